/**
 * What metering, the stack limit, page tracking and canonical NaNs cost: instrumented against plain V8, run in turns.
 *
 * The harness belongs to the engine (packages/engine/bench/overhead.ts): each of its reports holds the ratio of the fastest runs of each
 * workload. Here they are repeated, so that the spread shows.
 * @module
 */
import { measureCold, measureMotoko, measureWarm, type OverheadReport } from '../../packages/engine/bench/overhead.ts';
import type { Benchmark, Figure } from '../src/figure.ts';
import { median, summary } from '../src/statistics.ts';

type Kind = {
  readonly name: string;
  readonly what: string;
  readonly target: number;
  readonly measure: () => OverheadReport;
};

/** Median ratio of each workload. */
function ratios(reports: readonly OverheadReport[]): Record<string, number> {
  const names = reports[0]?.rows.map(({ name }) => name) ?? [];
  return Object.fromEntries(names.map((name, index) => [`${name}, x`, median(reports.map(({ rows }) => rows[index]?.ratio ?? 0))]));
}

export const overhead: Benchmark = async ({ quick, progress }) => {
  const kinds: readonly Kind[] = [
    {
      name: 'overhead.warm',
      what: 'Ten C workloads with everything on, warm: geometric mean of instrumented / plain V8',
      target: 1.35,
      measure: () => measureWarm('32', {}, quick ? 4 : 8),
    },
    {
      name: 'overhead.cold',
      what: 'The same, each the first call in a module that V8 has not seen, against plain V8 in the same state',
      target: 1.6,
      measure: () => measureCold('32', quick ? 1 : 3),
    },
    {
      name: 'overhead.warm64',
      what: 'The same ten built for a 64-bit memory, warm, against plain V8 with a 64-bit memory',
      target: 1.35,
      measure: () => measureWarm('64', {}, quick ? 4 : 8),
    },
    {
      name: 'overhead.motoko',
      what: 'Messages of a Motoko canister through the engine with commit, warm, against plain V8',
      target: 1.9,
      measure: () => measureMotoko(quick ? 4 : 8),
    },
  ];
  const rounds = quick ? 1 : 5;
  const reports = kinds.map((): OverheadReport[] => []);
  // Kinds take turns as well: a slow minute of the machine does not hit one of them alone.
  for (let round = 1; round <= rounds; round++) {
    for (const [index, kind] of kinds.entries()) {
      const report = kind.measure();
      reports[index]?.push(report);
      progress(`round ${round} of ${rounds}: ${kind.name} ${report.geomean.toFixed(3)}`);
    }
  }
  return kinds.map(({ name, what, target }, index): Figure => {
    const measured = reports[index] ?? [];
    return {
      name,
      what,
      unit: 'x',
      better: 'lower',
      ...summary(measured.map(({ geomean }) => geomean)),
      target,
      references: [{ kind: 'limit', what: 'plain V8', value: 1 }],
      parts: ratios(measured),
    };
  });
};
