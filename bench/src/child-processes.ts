/**
 * Programs that a benchmark starts: each is ended with the benchmark, however that ends.
 * @module
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

/** Time that a program has to end by itself before it is killed. */
const GRACE_MS = 5_000;

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error(`ended by ${signal}`);
    process.exit(1);
  });
}

/** Starts a program that is killed when this process ends. */
export function startProcess(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options);
  running.add(child);
  child.once('exit', () => running.delete(child));
  child.once('error', () => running.delete(child));
  return child;
}

/** Asks a program to end, kills it when it does not, and waits for the end. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(kill);
}

/** The next message that a program sends over its channel. @throws Error when it ends before. */
export function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (): void => void child.off('exit', fail).off('error', reject).off('message', take);
    const fail = (code: number | null): void => {
      settle();
      reject(new Error(`${child.spawnfile} ended with ${code} before it said anything`));
    };
    const take = (message: unknown): void => {
      settle();
      resolve(message);
    };
    child.on('exit', fail).on('error', reject).on('message', take);
  });
}
