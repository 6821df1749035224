/**
 * Myelin as a library: the command line for programs that embed it, and the network that `myelin start` runs.
 * @module
 */
export { runCommandLine } from './run.ts';
export { openNode } from '@myelin/node';
export type { NodeOptions, RunningNode } from '@myelin/node';
