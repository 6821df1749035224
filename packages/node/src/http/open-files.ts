/**
 * How many files a process may have open. Every connection is one, and a node that has none left for its log has to stop.
 * @module
 */
import { readFileSync } from 'node:fs';

/** Files that a node needs besides its connections: log, checkpoints, threads, what Node itself opens. */
const RESERVED_FILES = 256;

/** The limit of this process, which Node raises as far as the system lets it; undefined where the system does not tell. */
function openFilesMax(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** Connections that fit: `wanted`, or fewer where the system allows fewer open files. */
export function connectionsThatFit(wanted: number, filesMax: number | undefined = openFilesMax()): number {
  return filesMax === undefined ? wanted : Math.max(1, Math.min(wanted, filesMax - RESERVED_FILES));
}
