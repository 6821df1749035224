/**
 * What an attack must not do, and the report of all of them.
 * @module
 */
import type { AttackResult } from './siege.ts';

/**
 * Memory that the node may take for hostile clients, bytes: the bodies and unread answers that `HTTP_LIMITS` allows, and as much again
 * for connections, requests and what is not collected yet.
 */
export const MEMORY_GROWTH_MAX: number = 1024 * 1024 * 1024;

const failuresOf = ({ calls, queries }: AttackResult): [string, number][] => [
  ...Object.entries(calls.failures),
  ...Object.entries(queries.failures),
];

/** What went wrong; nothing when honest clients were all answered and the memory stayed within its bound. */
export function faultsOf(result: AttackResult): string[] {
  const faults = failuresOf(result).map(([kind, number]) => `${number} honest requests failed: ${kind}`);
  const grown = result.memoryPeak - result.memoryBefore;
  if (grown > MEMORY_GROWTH_MAX) faults.push(`the node took ${Math.round(grown / 2 ** 20)} MiB more`);
  return faults;
}

const mebibytes = (bytes: number): string => String(Math.round(bytes / 2 ** 20));

function outcomesOf({ outcomes }: AttackResult): string {
  const entries = Object.entries(outcomes).map(([outcome, number]) => `${outcome}: ${number.toLocaleString('en-US')}`);
  return entries.length === 0 ? 'held open' : entries.join(', ');
}

/** A row for each attack, in Markdown. */
export function formatAttacks(results: readonly AttackResult[]): string {
  const head = [
    '| attack | clients | what they got | honest updates: p50, p99 ms | honest queries: p50, p99 ms | failed | memory MiB: before, peak | cores |',
    '| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |',
  ];
  const rows = results.map((result) => {
    const { name, clients, calls, queries, memoryBefore, memoryPeak, cores } = result;
    const failed = failuresOf(result).reduce((sum, [, number]) => sum + number, 0);
    const times = [calls, queries].map(({ p50, p99 }) => `${p50.toFixed(0)}, ${p99.toFixed(0)}`);
    return (
      `| ${name} | ${clients.toLocaleString('en-US')} | ${outcomesOf(result)} | ${times.join(' | ')} | ${failed} | ` +
      `${mebibytes(memoryBefore)}, ${mebibytes(memoryPeak)} | ${cores.toFixed(1)} |`
    );
  });
  return [...head, ...rows].join('\n');
}
