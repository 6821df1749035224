/**
 * The input log on a disk that stops at any moment: whatever of the unsynced is lost, torn or reordered, every batch that was acknowledged is there
 * once, in order, and none that was never appended. `MYELIN_CRASHES` sets how many outcomes of each moment are tried.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, createDice, live, type Progress } from './log-life.ts';
import { Crash, MemoryDisk } from './memory-disk.ts';

async function lives(disk: MemoryDisk, progress: Progress): Promise<void> {
  try {
    await live(disk, progress);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

describe('the input log on a disk that stops', () => {
  it('keeps what was acknowledged, whatever becomes of the rest', async (context) => {
    const seed = Number(process.env['MYELIN_SEED'] ?? 20_261_127);
    context.diagnostic(`MYELIN_SEED=${seed}`);
    const outcomes = Number(process.env['MYELIN_CRASHES'] ?? 80);
    const whole = new MemoryDisk();
    await lives(whole, { acknowledged: 0n, appended: 0n, checkpoint: 0n });
    let points = 0;
    for (let moment = 0; moment <= whole.operations; moment++) {
      const disk = new MemoryDisk(moment);
      const progress: Progress = { acknowledged: 0n, appended: 0n, checkpoint: 0n };
      await lives(disk, progress);
      for (let outcome = 0; outcome < outcomes; outcome++) {
        const what = `MYELIN_SEED=${seed}, crash ${moment} of ${whole.operations}, outcome ${outcome}`;
        const dice = createDice(seed + moment * 1_000_003 + outcome * 7_919);
        const left = disk.afterCrash(dice);
        const last = await check(left, progress, what);
        points++;
        // The node lives on, and its machine stops again.
        if (outcome % 10 !== 0) continue;
        const next: Progress = { acknowledged: last, appended: last, checkpoint: progress.checkpoint };
        const second = left.afterCrash(dice);
        second.crashAfter(dice(whole.operations));
        await lives(second, next);
        await check(second.afterCrash(dice), next, `${what}, second crash`);
        points++;
      }
    }
    context.diagnostic(`${points} crashes at ${whole.operations + 1} moments`);
    // At least 10,000 when 80 outcomes are tried.
    assert.ok(points >= 125 * outcomes, `${points} crashes`);
  });
});
