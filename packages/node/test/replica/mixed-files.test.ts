/**
 * State directories that somebody has put together from files of different times: the state is the right one, or there is none.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { toHex } from '@myelin/core/base';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode, type LocalNode } from '../../src/node/index.ts';
import { verifyState } from '../../src/replica/index.ts';
import { deploy, update, work } from './node-updates.ts';

const CODES = ['CHECKPOINT_UNREADABLE', 'STATE_DIVERGED', 'INPUT_LOG_GAP', 'STATE_RECORD_MALFORMED'];

async function open(stateDirectory: string): Promise<LocalNode> {
  const checkpoints = { logBytes: 2 ** 40, batches: 10n ** 9n };
  return await openLocalNode({ stateDirectory, host: '127.0.0.1', port: 0, checkpoints, onFault: (error) => assert.fail(String(error)) });
}

describe('a state directory of files of different times', () => {
  it('gives the newest state or is refused', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'myelin-mixed-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const directory = join(folder, 'node');
    /** Copies of the directory, one after each stop. */
    const times: string[] = [];
    const digests: string[] = [];
    for (let time = 0; time < 3; time++) {
      const node = await open(directory);
      const [known] = await node.replica.canisterIds(1);
      const id = known ?? (await deploy(node, await universalCanister()));
      for (let step = 0; step < 3; step++) await update(node, id, 'update', work(time * 3 + step));
      // A reader keeps the write-ahead log of the last checkpoint from going into the database: it is there when the copy is made.
      const reader = new DatabaseSync(join(directory, 'checkpoint', 'checkpoint.db'));
      const reading = reader.prepare('SELECT key FROM record').iterate();
      reading.next();
      await node.close();
      const copy = join(folder, `copy-${time}`);
      await cp(directory, copy, { recursive: true });
      reading.return?.();
      reader.close();
      times.push(copy);
      digests.push(toHex(node.host.digest()));
    }
    const outcomes = { whole: 0, refused: 0 };
    for (const database of times) {
      for (const logged of [...times, undefined]) {
        for (const [index, log] of times.entries()) {
          const mixed = join(folder, 'mixed');
          await rm(mixed, { recursive: true, force: true });
          await cp(log, mixed, { recursive: true });
          for (const name of await readdir(join(mixed, 'checkpoint'))) await rm(join(mixed, 'checkpoint', name));
          await cp(join(database, 'checkpoint', 'checkpoint.db'), join(mixed, 'checkpoint', 'checkpoint.db'));
          if (logged !== undefined)
            await cp(join(logged, 'checkpoint', 'checkpoint.db-wal'), join(mixed, 'checkpoint', 'checkpoint.db-wal'));
          const found = await verifyState(mixed).then(
            ({ digest }) => digest,
            (error: unknown) => (error as { detail?: { code?: string } }).detail?.code ?? String(error),
          );
          const isWhole = found === digests[index];
          const what = [database, logged ?? 'none', log].map((path) => path.slice(-1)).join(' ');
          assert.ok(isWhole || CODES.includes(found), `database, write-ahead log and log of ${what}: ${found}`);
          outcomes[isWhole ? 'whole' : 'refused']++;
        }
      }
    }
    assert.ok(outcomes.whole >= 3 && outcomes.refused >= 3, JSON.stringify(outcomes));
  });
});
