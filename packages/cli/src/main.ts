/**
 * Starts the command line with the words of this process.
 * @module
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Halves the time to start from the second time on. Not in the shared temporary folder: what lies in the cache is run.
enableCompileCache(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'myelin', 'compiled'));

const { runCommandLine } = await import('./run.ts');
const exitCode = await runCommandLine(process.argv.slice(2));
process.exitCode = exitCode;

/** Time for output that is still on its way. Without anything else to do the process ends by itself before. */
const LINGER_MS = 500;
setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
