/**
 * Starts the command line with the words of this process.
 * @module
 */
import { keepCompiledCode } from './compiled-code.ts';
import { startSmall } from './small-start.ts';

keepCompiledCode();
if (process.argv[2] === 'start') startSmall();
const { runCommandLine } = await import('./run.ts');
const exitCode = await runCommandLine(process.argv.slice(2));
process.exitCode = exitCode;

/** Time for output that is still on its way. Without anything else to do the process ends by itself before. */
const LINGER_MS = 500;
setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
