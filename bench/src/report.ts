/**
 * Results as a table for people and as JSON for comparisons.
 * @module
 */
import { type Figure, type Reference, reachesTarget, timesBetter, type Unit } from './figure.ts';
import type { Machine } from './machine.ts';

/** What one benchmark gave, or why it gave nothing. */
export type BenchmarkResult = {
  readonly benchmark: string;
  readonly figures: readonly Figure[];
  readonly error?: string;
  readonly seconds: number;
  /** Load averages when it began and when it ended. */
  readonly load: readonly [number, number];
};

export type Results = {
  readonly format: 1;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly results: readonly BenchmarkResult[];
};

/** Three significant digits, thousands apart. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

function formatValue(value: number, unit: Unit): string {
  return unit === 'x' || unit === '/s' ? `${formatNumber(value)}${unit}` : `${formatNumber(value)} ${unit}`;
}

function formatRatio(ratio: number): string {
  return `${formatNumber(ratio)}×`;
}

type Row = readonly string[];

const HEAD: Row = ['figure', 'median', 'min – max', 'target', 'of target', 'peer, limit or published', 'value', 'ratio'];

function referenceCells(figure: Figure, reference: Reference | undefined): Row {
  if (reference === undefined) return ['', '', ''];
  const name = `${reference.kind}: ${reference.what}`;
  return [name, formatValue(reference.value, figure.unit), formatRatio(timesBetter(figure, reference.value))];
}

function rowsOf(figure: Figure): Row[] {
  const { target, unit } = figure;
  const reached = reachesTarget(figure) === false ? ' MISSED' : '';
  const first: Row = [
    figure.name,
    formatValue(figure.value, unit),
    `${formatNumber(figure.min)} – ${formatNumber(figure.max)}`,
    target === undefined ? '' : `${figure.better === 'lower' ? '≤' : '≥'} ${formatValue(target, unit)}`,
    target === undefined ? '' : `${formatRatio(timesBetter(figure, target))}${reached}`,
    ...referenceCells(figure, figure.references?.[0]),
  ];
  const rest = (figure.references ?? []).slice(1).map((reference) => ['', '', '', '', '', ...referenceCells(figure, reference)]);
  return [first, ...rest];
}

function align(rows: readonly Row[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
}

/** The table, in Markdown. Ratios above 1 are better than what stands beside them. */
export function formatTable(results: readonly BenchmarkResult[]): string {
  const rows = results.flatMap(({ figures }) => figures.flatMap(rowsOf));
  const lines = align([HEAD, HEAD.map(() => '---'), ...rows]);
  return lines.join('\n');
}

/** What each figure is, and the values beside it. */
export function formatDetails(results: readonly BenchmarkResult[]): string {
  const lines: string[] = [];
  for (const { figures } of results) {
    for (const { name, what, parts = {}, rounds } of figures) {
      const values = Object.entries(parts).map(([part, value]) => `${part}: ${formatNumber(value)}`);
      lines.push(
        `- ${name}: ${what} (${rounds} ${rounds === 1 ? 'round' : 'rounds'})${values.length === 0 ? '' : `; ${values.join('; ')}`}`,
      );
    }
  }
  return lines.join('\n');
}

export function formatMachine(machine: Machine): string {
  const { commit, changed, node, v8, cpu, cores, memoryGb, system, date } = machine;
  return `${date}, commit ${commit}${changed ? ' with changes' : ''}, Node ${node} (V8 ${v8}), ${cpu}, ${cores} cores, ${memoryGb} GB, ${system}`;
}
