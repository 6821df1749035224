/**
 * Starts a node in a process of its own, with a durable log in a temporary folder.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nextMessage, startProcess, stopProcess } from './child-processes.ts';

export type NodeProcess = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Processor time that the node has used so far, all its threads together, in microseconds. */
  readonly cpuUs: () => Promise<number>;
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
    const cpuUs = async (): Promise<number> => {
      const answer = nextMessage(child);
      child.send('cpu');
      return ((await answer) as { readonly cpuUs: number }).cpuUs;
    };
    return { url, port: Number(new URL(url).port), pid: child.pid!, cpuUs, close };
  } catch (error) {
    await close();
    throw error;
  }
}
