/**
 * Starts a node in a process of its own, with a durable log in a temporary folder.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeUsage } from '../programs/node.ts';
import { nextMessage, startProcess, stopProcess } from './child-processes.ts';

export type NodeProcess = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Processor time that the node has used so far, all its threads together, in microseconds. */
  readonly cpuUs: () => Promise<number>;
  /** What it has used so far, and how late its event loop was since this was last asked. */
  readonly usage: () => Promise<NodeUsage>;
  /** Stops the node and removes its folder. */
  readonly close: () => Promise<void>;
};

/** @param programArguments - options of the Node that runs it, for profiles. */
export async function startNode(programArguments: readonly string[] = []): Promise<NodeProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  const program = fileURLToPath(new URL('../programs/node.ts', import.meta.url));
  const child = startProcess(process.execPath, [...programArguments, program, join(directory, 'state')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const close = async (): Promise<void> => {
    await stopProcess(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const { url } = (await nextMessage(child)) as { readonly url: string };
    const usage = async (): Promise<NodeUsage> => {
      const answer = nextMessage(child);
      child.send('usage');
      return (await answer) as NodeUsage;
    };
    const cpuUs = async (): Promise<number> => (await usage()).cpuUs;
    return { url, port: Number(new URL(url).port), pid: child.pid!, cpuUs, usage, close };
  } catch (error) {
    await close();
    throw error;
  }
}
