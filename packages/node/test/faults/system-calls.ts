/**
 * Which calls of a node to the system have to do with its directory, counted; and how strace lets the n-th of them fail.
 *
 * strace counts the calls of each thread by itself. Targets are told apart by paths so that the calls of one come from one thread: the log's from
 * the only thread of libuv's pool, the checkpoint's from the thread that writes it or, while it is opened, from the main one.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Segments that a run may begin. */
const SEGMENTS_MAX = 200;

export type Target = { readonly name: string; readonly paths: (directory: string) => readonly string[] };

export const TARGETS: readonly Target[] = [
  {
    name: 'genesis',
    paths: (directory) => [dirname(directory), directory, join(directory, 'genesis.json'), join(directory, 'genesis.json.new')],
  },
  {
    name: 'log',
    paths: (directory) => [
      join(directory, 'log'),
      ...Array.from({ length: SEGMENTS_MAX }, (_, height) => join(directory, 'log', `${height.toString(16).padStart(16, '0')}.log`)),
    ],
  },
  {
    name: 'checkpoint',
    paths: (directory) => [
      join(directory, 'checkpoint'),
      ...['', '-wal', '-shm'].map((ending) => join(directory, 'checkpoint', `checkpoint.db${ending}`)),
    ],
  },
];

/** Calls that change something, or make it durable. */
const CALLS = ['openat', 'mkdir', 'write', 'pwrite64', 'ftruncate', 'fallocate', 'fsync', 'fdatasync', 'rename', 'unlink'] as const;
export type SystemCall = (typeof CALLS)[number];

/** How a call goes wrong. `KILL`: the process ends there. */
export type Fault = 'ENOSPC' | 'EIO' | 'KILL';
export const FAULTS: readonly Fault[] = ['ENOSPC', 'EIO', 'KILL'];

/** Calls that need room. */
const NEEDS_ROOM: readonly SystemCall[] = ['openat', 'mkdir', 'write', 'pwrite64', 'ftruncate', 'fallocate'];

/** Whether a system may answer a call so. */
export function isPossible(call: SystemCall, fault: Fault): boolean {
  return fault !== 'ENOSPC' || NEEDS_ROOM.includes(call);
}

/** One call of a run that goes wrong; `isLasting`: and all of its kind after it. */
export type Point = {
  readonly target: Target;
  readonly call: SystemCall;
  readonly n: number;
  readonly fault: Fault;
  readonly isLasting: boolean;
};

function pathArguments(target: Target, directory: string): string[] {
  return target.paths(directory).flatMap((path) => ['-P', path]);
}

const QUIET = ['-f', '--quiet=all', '--signal=none'];

/** Arguments of strace for a run with a fault. */
export function injecting({ target, call, n, fault, isLasting }: Point, directory: string): string[] {
  const how = fault === 'KILL' ? 'signal=KILL' : `error=${fault}`;
  const when = isLasting ? `${n}+` : String(n);
  return [
    'strace',
    ...QUIET,
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    ...pathArguments(target, directory),
    '-e',
    `inject=${call}:${how}:when=${when}`,
  ];
}

/** Arguments of strace for a run whose calls are counted. */
export function counting(target: Target, directory: string, into: string): string[] {
  return ['strace', ...QUIET, '-o', into, '-e', `trace=${CALLS.join(',')}`, ...pathArguments(target, directory)];
}

/** Calls by name, as many as the thread with the most of them made. */
export function countCalls(file: string): Map<SystemCall, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    // `4711 pwrite64(20</path>, …`; the end of a call that was interrupted by another thread's is a line of its own.
    const match = /^(\d+) +(\w+)\(/.exec(line);
    if (match !== null) counts.set(`${match[1]} ${match[2]}`, (counts.get(`${match[1]} ${match[2]}`) ?? 0) + 1);
  }
  const most = new Map<SystemCall, number>();
  for (const [key, count] of counts) {
    const call = key.split(' ')[1] as SystemCall;
    most.set(call, Math.max(most.get(call) ?? 0, count));
  }
  return most;
}

/** Why faults can not be injected on this machine; undefined when they can. */
export function whyNoInjection(): string | undefined {
  const { error, stderr, status } = spawnSync('strace', ['-e', 'trace=fsync', 'true'], { encoding: 'utf8' });
  if (error !== undefined) return 'strace is missing, which lets calls to the system fail: install it (Debian: apt-get install strace)';
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`;
}
