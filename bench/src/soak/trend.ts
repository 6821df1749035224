/**
 * Whether a series of values rises.
 * @module
 */
import { median } from '../statistics.ts';

export type Point = { readonly x: number; readonly y: number };

/**
 * Slope of the line through points by Theil and Sen: the median of the slopes between all pairs. A few points that are far off, as
 * memory just before a collection, do not turn it.
 * @returns 0 for fewer than two points.
 */
export function slopeOf(points: readonly Point[]): number {
  const slopes: number[] = [];
  for (const [index, { x, y }] of points.entries())
    for (const later of points.slice(index + 1)) if (later.x !== x) slopes.push((later.y - y) / (later.x - x));
  return slopes.length === 0 ? 0 : median(slopes);
}

/** By how much the line through points rises from the first to the last. */
export function riseOf(points: readonly Point[]): number {
  const first = points[0];
  const last = points.at(-1);
  return first === undefined || last === undefined ? 0 : slopeOf(points) * (last.x - first.x);
}
