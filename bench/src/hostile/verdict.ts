/**
 * What an attack must not do, and the report of all of them.
 * @module
 */
import type { AttackResult } from './siege.ts';

const MIB = 1024 * 1024;

/** What a node takes that has something to do, whoever asks: compiled code, a heap that is not collected yet. */
const MEMORY_OF_WORK_MAX: number = 192 * MIB;
/** For a connection with what belongs to it. */
const MEMORY_OF_CLIENT_MAX: number = 32 * 1024;
/** A body or an answer that is kept is there several times for a while: from the thread that made it, encoded, on its way out. */
const COPIES_MAX = 4;

/**
 * Memory that the node may take for some clients, bytes.
 * @param heldBytes - of bodies and answers that they make it keep.
 */
export function memoryGrowthMax({ clients, heldBytes }: Pick<AttackResult, 'clients' | 'heldBytes'>): number {
  return MEMORY_OF_WORK_MAX + clients * MEMORY_OF_CLIENT_MAX + heldBytes * COPIES_MAX;
}

/**
 * The 99th percentile of what honest clients wait during an attack: so many times what they wait without one, which is more where the machine
 * does other things too, and milliseconds that are always allowed. On a machine with a load of 38, 4.4 s were the most.
 */
const WAIT_TIMES_MAX = 10;
const WAIT_MS_MAX = 5_000;

const failuresOf = ({ calls, queries }: AttackResult): [string, number][] => [
  ...Object.entries(calls.failures),
  ...Object.entries(queries.failures),
];

/** The longest that the 99th percentile of an honest wait may be, milliseconds. */
export function waitMsMax(calm: number): number {
  return calm * WAIT_TIMES_MAX + WAIT_MS_MAX;
}

/** What went wrong; nothing when honest clients were all answered in time and the memory stayed within its bound. @param calm - the same without an attack. */
export function faultsOf(result: AttackResult, calm: AttackResult): string[] {
  const faults = failuresOf(result).map(([kind, number]) => `${number} honest requests failed: ${kind}`);
  for (const kind of ['calls', 'queries'] as const) {
    const [is, was] = [result[kind].p99, calm[kind].p99];
    if (is > waitMsMax(was)) faults.push(`honest ${kind} waited ${Math.round(is)} ms (p99), without an attack ${Math.round(was)} ms`);
  }
  const grown = result.memoryPeak - result.memoryBefore;
  if (grown > memoryGrowthMax(result)) faults.push(`the node took ${Math.round(grown / MIB)} MiB more`);
  return faults;
}

const mebibytes = (bytes: number): string => String(Math.round(bytes / MIB));

function outcomesOf({ outcomes, clients }: AttackResult): string {
  if (clients === 0) return 'nothing';
  const entries = Object.entries(outcomes).map(([outcome, number]) => `${outcome}: ${number.toLocaleString('en-US')}`);
  return entries.length === 0 ? 'held open' : entries.join(', ');
}

/** A row for each attack, in Markdown. */
export function formatAttacks(results: readonly AttackResult[]): string {
  const head = [
    '| attack | clients | what they got | honest updates: p50, p99 ms | honest queries: p50, p99 ms | failed | memory MiB: before, peak, allowed | cores |',
    '| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |',
  ];
  const rows = results.map((result) => {
    const { name, clients, calls, queries, memoryBefore, memoryPeak, cores } = result;
    const failed = failuresOf(result).reduce((sum, [, number]) => sum + number, 0);
    const times = [calls, queries].map(({ p50, p99 }) => `${p50.toFixed(0)}, ${p99.toFixed(0)}`);
    return (
      `| ${name} | ${clients.toLocaleString('en-US')} | ${outcomesOf(result)} | ${times.join(' | ')} | ${failed} | ` +
      `${mebibytes(memoryBefore)}, ${mebibytes(memoryPeak)}, ${mebibytes(memoryBefore + memoryGrowthMax(result))} | ${cores.toFixed(1)} |`
    );
  });
  return [...head, ...rows].join('\n');
}
