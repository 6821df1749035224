/**
 * Starts the command line with the words of this process.
 * @module
 */
import { runCommandLine } from './run.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
