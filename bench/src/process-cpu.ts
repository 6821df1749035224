/**
 * Processor time of another process, all its threads together.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own clock (`USER_HZ`). */
const TICK_US = 10_000;
/** `utime` and `stime` behind the name of the program, which may hold spaces. Source: proc_pid_stat(5). */
const UTIME_FIELD = 11;

function microsecondsOfClock(text: string): number {
  const [rest = '', days = '0'] = text.trim().split('-').toReversed();
  const seconds = rest.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1e6;
}

/**
 * Processor time that a process has used so far, in microseconds; in steps of 10 ms on Linux, of up to a second elsewhere.
 * @throws Error when there is no such process.
 */
export function cpuUsOf(pid: number): number {
  if (process.platform === 'linux') {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[UTIME_FIELD]) + Number(fields[UTIME_FIELD + 1])) * TICK_US;
  }
  return microsecondsOfClock(execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'latin1' }));
}

/** A figure of a process in bytes, as Linux tells it. Source: proc_pid_status(5). @throws Error when there is no such process. */
function statusBytesOf(pid: number, name: 'VmRSS' | 'VmPeak'): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kilobytes) * 1_024;
}

/** Most address space that a process ever took, in bytes; undefined where the system does not tell. */
export function peakAddressBytesOf(pid: number): number | undefined {
  return process.platform === 'linux' ? statusBytesOf(pid, 'VmPeak') : undefined;
}

/** Memory of a process that lies in the machine's memory, in bytes. @throws Error when there is no such process. */
export function residentBytesOf(pid: number): number {
  if (process.platform === 'linux') return statusBytesOf(pid, 'VmRSS');
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'latin1' })) * 1_024;
}
