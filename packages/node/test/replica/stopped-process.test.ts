/**
 * A node whose process stands still for a while, as that of a laptop that sleeps, and goes on. `MYELIN_STOP_SECONDS` sets how long.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { universalCanister } from '@myelin/test-canisters';
import { checkDirectory, startWork } from '../faults/work-run.ts';

describe('a node whose process is stopped and goes on', () => {
  it('takes up its work where it was, and nothing is lost or run twice', async (context) => {
    const seconds = Number(process.env['MYELIN_STOP_SECONDS'] ?? 2);
    const folder = await mkdtemp(join(tmpdir(), 'myelin-stopped-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const wasm = join(folder, 'universal.wasm');
    await writeFile(wasm, await universalCanister());
    const directory = join(folder, 'node');
    const { child, said, ended } = startWork({ directory, wasm, updates: 0, atOnce: 4, checkpointBatches: 5, isLocal: false });
    context.after(() => child.kill('SIGKILL'));
    // Each time in the middle of some other batch.
    for (const lines of [20, 60]) {
      await said(lines);
      child.kill('SIGSTOP');
      await setTimeout((seconds * 1_000) / 2);
      child.kill('SIGCONT');
      await said(lines + 30);
    }
    child.kill('SIGKILL');
    const result = await ended;
    assert.equal(result.fault, undefined);
    const { entries } = await checkDirectory(directory, result);
    assert.ok(entries >= result.acknowledged.size && result.acknowledged.size > 20, `${entries} entries`);
  });
});
