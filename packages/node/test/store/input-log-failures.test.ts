/**
 * The input log on a disk that refuses any of its operations, once or from then on: whoever waits is told, nothing is left open, and what was
 * acknowledged is there when the disk works again, also when the machine stops before.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, createDice, live, openLog, type Progress } from './log-life.ts';
import { MemoryDisk } from './memory-disk.ts';

const newProgress = (): Progress => ({ acknowledged: 0n, appended: 0n, checkpoint: 0n });

describe('the input log on a disk that fails', () => {
  it('says so, closes its files, and keeps what was acknowledged', async () => {
    const whole = new MemoryDisk();
    await live(whole, newProgress());
    for (const text of ['no space left on device', 'input/output error']) {
      for (const count of [1, Infinity]) {
        for (let moment = 0; moment < whole.operations; moment++) {
          const what = `${text} at operation ${moment}, ${count} times`;
          const disk = new MemoryDisk();
          const error = new Error(text);
          disk.refuse(moment, count, error);
          const progress = newProgress();
          await assert.rejects(live(disk, progress), error, what);
          assert.equal(disk.openFiles, 0, what);
          const dice = createDice(moment);
          for (let outcome = 0; outcome < 2; outcome++) await check(disk.afterCrash(dice), progress, `${what}, then a crash`);
          disk.mend();
          const last = await check(disk, progress, what);
          // And it goes on.
          const next: Progress = { acknowledged: last, appended: last, checkpoint: progress.checkpoint };
          await live(disk, next);
          await check(disk, next, `${what}, then more`);
          assert.equal(disk.openFiles, 0, what);
        }
      }
    }
  });

  it('takes nothing more when its file has lost its name: it would be gone with the process', async () => {
    const disk = new MemoryDisk();
    const log = await openLog(disk, 0n, () => undefined);
    const batch = { timeNs: 1n, protocolVersion: 1, randomness: new Uint8Array(32), heartbeat: false, ingress: [] };
    await log.append({ ...batch, height: 1n });
    await disk.remove('/log/0000000000000001.log');
    const gone = { detail: { code: 'STATE_DISK_FAILED' }, message: /removed, moved or replaced/ };
    await assert.rejects(log.rotate(new Uint8Array(32)), gone);
    await assert.rejects(log.append({ ...batch, height: 2n }), gone);
    await log.close();
    assert.equal(disk.openFiles, 0);
  });
});
