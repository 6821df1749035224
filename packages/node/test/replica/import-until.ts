/**
 * Program: replaces the network of a directory by that of a file, until something happens at a step of it. Says each step, a line each, before it is done.
 * Arguments as JSON: `ImportOrder`.
 */
import { rmSync, writeSync } from 'node:fs';
import fileSystem from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';

export type ImportOrder = {
  readonly file: string;
  readonly directory: string;
  /** Number of the step, the first is 0; none: it comes to its end. */
  readonly step?: number;
  /** What happens there: the process is killed before it, or in the middle of it (of the removal of a folder), or the disk refuses it. */
  readonly event?: 'killed' | 'killed halfway' | 'refused';
};

const { file, directory, step: last = Infinity, event } = JSON.parse(process.argv[2] ?? '') as ImportOrder;

const PLACES: readonly string[] = [dirname(directory), directory, `${directory}.coming`, `${directory}.going`];
let steps = 0;

/** What the names of the networks are changed with, and made durable. */
function watched<A extends readonly unknown[], T>(name: string, call: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  return (...args) => {
    const path = String(args[0]);
    if (!PLACES.includes(path)) return call(...args);
    if (steps++ === last) {
      if (event === 'refused') return Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
      if (event === 'killed halfway') rmSync(join(path, 'genesis.json'));
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
await importState(file, directory, true);
