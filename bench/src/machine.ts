/**
 * What a figure depends on besides the code: the machine, its load, the versions.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

export type Machine = {
  readonly date: string;
  readonly commit: string;
  /** Whether files under version control differ from the commit. */
  readonly changed: boolean;
  readonly node: string;
  readonly v8: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
};

function git(...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    commit: git('rev-parse', '--short=10', 'HEAD') ?? 'unknown',
    changed: git('status', '--porcelain', '--untracked-files=no') !== '',
    node: process.versions.node,
    v8: process.versions.v8,
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
  };
}

/** Load average of the last minute: processes that run or want to. Above the number of cores, times are longer than they need to be. */
export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}
