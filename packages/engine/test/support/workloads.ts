/**
 * The workloads in testing/canisters/fixtures/workloads and calls of them.
 * @module
 */
import { readFileSync } from 'node:fs';

export type WorkloadBuild = '32' | '64' | 'simd';

export const builds: readonly WorkloadBuild[] = ['32', '64', 'simd'];

/** The module of a build. */
export function workload(build: WorkloadBuild): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../../../testing/canisters/fixtures/workloads/workloads-${build}.wasm`, import.meta.url)));
}

/** The ten kinds of loops, small. */
export const loops: readonly (readonly [name: string, size: number])[] = [
  ['hash', 16],
  ['sort', 3_000],
  ['matrix', 24],
  ['bodies', 60],
  ['sieve', 60_000],
  ['table', 5_000],
  ['recursion', 14],
  ['interpreter', 3_000],
  ['copy', 1],
  ['encode', 4_000],
];

/** Addresses are i64 in the 64-bit build. */
export const addresses = (build: WorkloadBuild, ...values: number[]): (number | bigint)[] => (build === '64' ? values.map(BigInt) : values);
