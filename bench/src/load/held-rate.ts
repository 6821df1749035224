/**
 * The highest rate of an open loop that a server holds.
 * @module
 */
import { cpuUsOf } from '../process-cpu.ts';
import type { Generator, ReadyLoad } from './generator.ts';
import type { LoadJob, LoadReport } from './job.ts';

export type LoadedServer = {
  readonly generator: Generator;
  readonly port: number;
  readonly pid: number;
};

/** What one run gave. */
export type LoadRun = {
  readonly load: ReadyLoad;
  readonly report: LoadReport;
  readonly ratePerSecond: number;
  /** Processor time of the server for each wanted answer, microseconds. */
  readonly serverCpuUs: number;
};

export type JobOf = (ratePerSecond: number, count: number) => Pick<LoadJob, 'requests' | 'connections' | 'keeps'>;

/** Runs one load against a server. @param countMax - the most requests that are made ready */
export async function runLoad(
  server: LoadedServer,
  jobOf: JobOf,
  { ratePerSecond, seconds, countMax }: { readonly ratePerSecond: number; readonly seconds: number; readonly countMax: number },
): Promise<LoadRun> {
  const count = Math.min(countMax, Math.ceil(ratePerSecond * seconds));
  const { generator, port, pid } = server;
  const load = await generator.prepare({ ...jobOf(ratePerSecond, count), port, ratePerSecond, count, timeMs: seconds * 1_000 });
  const before = cpuUsOf(pid);
  const report = await load.run();
  return { load, report, ratePerSecond, serverCpuUs: (cpuUsOf(pid) - before) / Math.max(report.answered, 1) };
}

/** What holding a rate means. */
export type Held = {
  /** The 99th percentile stays below this, milliseconds. */
  readonly p99Max: number;
  /** Seconds of a step of the search. */
  readonly stepSeconds: number;
  /** Seconds of the run that is reported. */
  readonly seconds: number;
  /** More than the server can do in a second; bounds how many requests are made for the first step. */
  readonly rateMax: number;
  readonly progress: (line: string) => void;
};

/** Shares of what the server does when asked for as much as it can, in the order in which they are tried. */
const SHARES = [0.95, 0.88, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3];
/** A server that falls behind is found out by its latencies, which run from when requests were due. */
function isHeld({ report }: LoadRun, p99Max: number): boolean {
  const failed = Object.values(report.failures).some((number) => number > 0);
  return !failed && report.answered > 0 && report.p99 <= p99Max;
}

/** One line on a run. */
export function describeRun({ report, ratePerSecond, serverCpuUs }: LoadRun): string {
  const { perSecond, p50, p99, p999, failures, ownCpuUs } = report;
  const asked = ratePerSecond === Infinity ? 'as many as possible' : `${Math.round(ratePerSecond)}/s asked`;
  const failed = Object.entries(failures).map(([kind, number]) => `, ${number} × ${kind}`);
  return (
    `${asked}: ${Math.round(perSecond)}/s, p50 ${p50.toFixed(1)} p99 ${p99.toFixed(1)} p99.9 ${p999.toFixed(1)} ms, ` +
    `${Math.round(serverCpuUs)} us of the server and ${Math.round(ownCpuUs)} us of the generator each${failed.join('')}`
  );
}

/** Runs the server warm, then holds a rate for the whole time, whether it keeps up or not. @returns that run, and every run in order */
export async function holdRate(
  server: LoadedServer,
  jobOf: JobOf,
  ratePerSecond: number,
  { stepSeconds, seconds, progress }: Pick<Held, 'stepSeconds' | 'seconds' | 'progress'>,
): Promise<LoadRun & { readonly runs: LoadRun[] }> {
  const runs: LoadRun[] = [];
  for (const time of [stepSeconds, seconds]) {
    runs.push(await runLoad(server, jobOf, { ratePerSecond, seconds: time, countMax: Math.ceil(ratePerSecond * time) }));
    progress(describeRun(runs.at(-1)!));
  }
  return { ...runs.at(-1)!, runs };
}

/**
 * Asks for as much as the server can do, then for less and less until it keeps up; then holds that rate for the whole time.
 * @returns the run at the rate held, or the last one when none was, and every run in order.
 */
export async function findHeldRate(server: LoadedServer, jobOf: JobOf, held: Held): Promise<LoadRun & { readonly runs: LoadRun[] }> {
  const { p99Max, stepSeconds, seconds, rateMax, progress } = held;
  const runs: LoadRun[] = [];
  const run = async (ratePerSecond: number, time: number): Promise<LoadRun> => {
    const done = await runLoad(server, jobOf, { ratePerSecond, seconds: time, countMax: Math.ceil(rateMax * time) });
    runs.push(done);
    progress(describeRun(done));
    return done;
  };
  // The first one warms the server up.
  let last = await run(Infinity, stepSeconds);
  const most = (await run(Infinity, stepSeconds)).report.perSecond;
  for (const share of SHARES) {
    last = await run(most * share, stepSeconds);
    if (!isHeld(last, p99Max)) continue;
    if (seconds > stepSeconds) last = await run(most * share, seconds);
    if (isHeld(last, p99Max)) break;
  }
  return { ...last, runs };
}
