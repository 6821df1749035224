/**
 * Starts the programs of threads.
 * @module
 */
import { getCompileCacheDir } from 'node:module';
import { dirname, extname } from 'node:path';
import { type ResourceLimits, type Transferable, Worker } from 'node:worker_threads';

/** A thread does not take over the compiled code that this process keeps between runs, unless its environment says so: it would start half as fast. */
function environment(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir();
  return folder === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(folder) };
}

/**
 * Starts a thread.
 * @param name - a program beside this file: a source where sources run as they are, else what was compiled from it.
 * @param workerData - what the program is given.
 * @param transferList - ports in it.
 * @param resourceLimits - of its heap.
 */
export function startThread(
  name: `./${string}`,
  workerData: object,
  transferList: readonly Transferable[],
  resourceLimits: ResourceLimits = {},
): Worker {
  const program = new URL(`${name}${extname(import.meta.url)}`, import.meta.url);
  return new Worker(program, { workerData, transferList: [...transferList], env: environment(), resourceLimits });
}
