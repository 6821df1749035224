/**
 * Program: replaces the network of a directory by that of a file, or forgets it, or only opens its genesis, until something happens at a step.
 * Says each step, a line each, before it is done, and at the end what could not be removed.
 * Arguments as JSON: `ImportOrder`.
 */
import { rmSync, writeSync } from 'node:fs';
import fileSystem from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';

export type ImportOrder = {
  readonly work: 'import' | 'forget' | 'open';
  readonly file: string;
  readonly directory: string;
  /** Number of the step, the first is 0; none: it comes to its end. */
  readonly step?: number;
  /**
   * What happens there: the process is killed before it, or in the middle of it (of the removal of a folder, which has left the keys), or the disk
   * refuses it.
   */
  readonly event?: 'killed' | 'killed halfway' | 'refused';
};

const { work, file, directory, step: last = Infinity, event } = JSON.parse(process.argv[2] ?? '') as ImportOrder;

const PLACES: readonly string[] = [dirname(directory), directory, ...['coming', 'going', 'gone'].map((name) => `${directory}.${name}`)];
let steps = 0;

/** What the names of the networks are changed with, and made durable. */
function watched<A extends readonly unknown[], T>(name: string, call: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  return (...args) => {
    const path = String(args[0]);
    if (!PLACES.includes(path)) return call(...args);
    if (steps++ === last) {
      if (event === 'refused') return Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
      if (event === 'killed halfway') for (const name of ['log', 'checkpoint']) rmSync(join(path, name), { recursive: true, force: true });
      process.kill(process.pid, 'SIGKILL');
    }
    writeSync(1, `${name} ${path === dirname(directory) ? 'the folder' : basename(path)}\n`);
    return call(...args);
  };
}

fileSystem.rename = watched('rename', fileSystem.rename);
fileSystem.rm = watched('rm', fileSystem.rm);
fileSystem.open = watched('open', fileSystem.open);
// What imports them by name gets these.
syncBuiltinESMExports();

const { importState } = await import('../../src/replica/index.ts');
const { forgetNetwork, openGenesis } = await import('../../src/replica/state-directory.ts');
function tellLeft(why: string | undefined): void {
  if (why !== undefined) writeSync(1, `left: ${why}\n`);
}
if (work === 'import') tellLeft((await importState(file, directory, true)).leftover);
else if (work === 'forget') await forgetNetwork(directory);
else await openGenesis(directory, 0n, tellLeft);
