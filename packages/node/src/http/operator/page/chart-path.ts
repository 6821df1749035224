/**
 * Lines of charts as SVG paths.
 * @module
 */

/** A value of the series; undefined leaves a gap. */
export type ChartValue = number | undefined;

/** A bound that the axis can end at: 1, 2 or 5 times a power of ten, at least as large as all values. */
export function axisMax(values: readonly ChartValue[]): number {
  const largest = Math.max(0, ...values.map((value) => value ?? 0));
  if (largest === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  return [1, 2, 5, 10].map((step) => step * power).find((bound) => bound >= largest) ?? largest;
}

/** Where the axis of a chart begins and ends: at zero for what is counted, at the least value for what changes little beside its size. */
export type ChartAxis = 'zero' | 'fit';

/** Bounds of the axis: the first is less than the second. */
function boundsOf(values: readonly ChartValue[], axis: ChartAxis): readonly [least: number, most: number] {
  if (axis === 'zero') return [0, axisMax(values)];
  const known = values.filter((value) => value !== undefined);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  if (most > least) return [least, most];
  // A line without change lies in the middle.
  return known.length === 0 ? [0, 1] : [least - Math.max(1, Math.abs(least)), least + Math.max(1, Math.abs(least))];
}

/** Where the values lie in a box; the newest at the right edge. */
function pointsOf(
  values: readonly ChartValue[],
  { width, height, slots }: ChartBox,
  [least, most]: readonly [least: number, most: number],
): (readonly [x: number, y: number] | undefined)[] {
  const step = width / Math.max(1, slots - 1);
  const left = width - (values.length - 1) * step;
  return values.map((value, index) =>
    value === undefined ? undefined : [left + index * step, height - (height * (Math.min(value, most) - least)) / (most - least)],
  );
}

const round = (value: number): string => value.toFixed(2).replace(/\.?0+$/, '');

/** Runs of points without gaps. */
function runsOf<T>(points: readonly (T | undefined)[]): T[][] {
  const runs: T[][] = [];
  let run: T[] = [];
  for (const point of points) {
    if (point !== undefined) run.push(point);
    else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  return run.length > 0 ? [...runs, run] : runs;
}

export type ChartBox = { readonly width: number; readonly height: number; readonly slots: number };

/** Path data; `points` are values between two gaps. */
export type ChartPaths = { readonly line: string; readonly points: string; readonly area: string };

/** The line, and the area below it. */
export function chartPaths(values: readonly ChartValue[], box: ChartBox, axis: ChartAxis = 'zero'): ChartPaths {
  const { height, slots } = box;
  const runs = runsOf(pointsOf(values.slice(-slots), box, boundsOf(values, axis)));
  const text = (run: readonly (readonly [number, number])[]): string => run.map(([x, y]) => `${round(x)} ${round(y)}`).join('L');
  return {
    line: runs
      .filter((run) => run.length > 1)
      .map((run) => `M${text(run)}`)
      .join(''),
    // A line of no length: round caps make a point of it.
    points: runs
      .filter((run) => run.length === 1)
      .map((run) => `M${text(run)}h0`)
      .join(''),
    area: runs
      .filter((run) => run.length > 1)
      .map((run) => `M${round(run[0]![0])} ${height}L${text(run)}L${round(run.at(-1)![0])} ${height}Z`)
      .join(''),
  };
}
