/**
 * A node on a disk that fails, in its short form: of each kind of file one call with each kind of fault. `npm run faults -- disk` tries all calls.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { universalCanister } from '@myelin/test-canisters';
import { createDice } from '../store/log-life.ts';
import { allPoints, nameOf, tryPoint, withFolder } from './disk-faults.ts';
import { FAULTS, type Point, TARGETS, whyNoInjection } from './system-calls.ts';

const skip = whyNoInjection() ?? false;

/** One of each kind. */
function sample(points: readonly Point[], dice: (below: number) => number): Point[] {
  return TARGETS.flatMap((target) =>
    FAULTS.flatMap((fault) =>
      [false, true].flatMap((isLasting) => {
        const alike = points.filter((point) => point.target === target && point.fault === fault && point.isLasting === isLasting);
        return alike.length === 0 ? [] : [alike[dice(alike.length)]!];
      }),
    ),
  );
}

describe('a node on a disk that fails', { skip, timeout: 300_000 }, () => {
  it('keeps what was acknowledged, says why it stopped, and starts again', async (context) => {
    const seed = Number(process.env['MYELIN_SEED'] ?? Date.now() % 1_000_000);
    context.diagnostic(`MYELIN_SEED=${seed}`);
    await withFolder(async (folder) => {
      const wasm = join(folder, 'universal.wasm');
      writeFileSync(wasm, await universalCanister());
      const points = await allPoints(wasm);
      assert.ok(points.length > 300, `${points.length} points`);
      const chosen = sample(points, createDice(seed));
      assert.equal(chosen.length, TARGETS.length * (FAULTS.length + 1), 'a disk may also be full for good');
      for (const point of chosen) {
        const outcome = await tryPoint(point, wasm).catch((error: unknown) => {
          throw new Error(`MYELIN_SEED=${seed}, ${nameOf(point)}: ${String(error)}`, { cause: error });
        });
        context.diagnostic(`${nameOf(point)}: ${outcome}`);
      }
    });
  });
});
