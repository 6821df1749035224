import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { toHex } from '@myelin/core/base';
import type { RecordChange } from '@myelin/core/state';
import { SqliteCheckpoints } from '../../src/store/index.ts';

const markOf = (height: bigint): { height: bigint; digest: Uint8Array; protocolVersion: number } => ({
  height,
  digest: new Uint8Array(32).fill(Number(height)),
  protocolVersion: 1,
});

function change(key: number, value?: Uint8Array): RecordChange {
  return { key: Uint8Array.of(1, key >> 8, key & 255), value };
}

function read(store: SqliteCheckpoints): [string, Uint8Array][] {
  return [...store.records()].map(({ key, value }) => [toHex(key), Uint8Array.from(value)]);
}

describe('checkpoints in SQLite', () => {
  let directory = '';
  let count = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myelin-checkpoint-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const freshFolder = (): string => join(directory, `store-${count++}`);

  it('keep what was written last, in the order of keys, over a restart', async () => {
    const folder = freshFolder();
    let store = SqliteCheckpoints.open(folder);
    assert.equal(store.mark, undefined);
    await store.write(markOf(1n), [change(3, Uint8Array.of(3)), change(1, Uint8Array.of()), change(2, new Uint8Array(70_000).fill(2))]);
    await store.write(markOf(2n), [change(1), change(3, Uint8Array.of(4))]);
    assert.deepEqual(store.mark, markOf(2n));
    const expected = [
      ['010002', new Uint8Array(70_000).fill(2)],
      ['010003', Uint8Array.of(4)],
    ];
    assert.deepEqual(read(store), expected);
    await store.close();
    store = SqliteCheckpoints.open(folder);
    assert.deepEqual(store.mark, markOf(2n));
    assert.deepEqual(read(store), expected);
    await store.close();
  });

  it('let other work have its turn while many records are written', async () => {
    const store = SqliteCheckpoints.open(freshFolder());
    function* records(): Generator<RecordChange> {
      for (let key = 0; key < 2_000; key++) yield change(key, new Uint8Array(65_536).fill(key));
    }
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await store.write(markOf(1n), records());
    clearInterval(timer);
    assert.ok(turns > 20, `${turns} turns`);
    assert.equal(read(store).length, 2_000);
    await store.close();
  });

  it('leave the one before whole when one is given up', async () => {
    const folder = freshFolder();
    const store = SqliteCheckpoints.open(folder);
    await store.write(markOf(1n), [change(1, Uint8Array.of(1))]);
    function* failing(): Generator<RecordChange> {
      for (let key = 0; key < 100; key++) yield change(key, new Uint8Array(100_000));
      throw new Error('the state can not be read');
    }
    await assert.rejects(store.write(markOf(2n), failing()), /can not be read/);
    assert.deepEqual(store.mark, markOf(1n));
    assert.deepEqual(read(store), [['010001', Uint8Array.of(1)]]);
    await store.close();
    const again = SqliteCheckpoints.open(folder);
    assert.deepEqual(again.mark, markOf(1n));
    await again.close();
  });

  it('close their file also when the thread that writes has failed', async () => {
    const folder = freshFolder();
    const store = SqliteCheckpoints.open(folder);
    const tooLong = change(1, new Uint8Array(1_000_000_001));
    await assert.rejects(store.write(markOf(1n), [tooLong]), { detail: { code: 'CHECKPOINT_WRITE_FAILED' } });
    await assert.rejects(store.close());
    assert.throws(() => read(store), /not open/);
    const again = SqliteCheckpoints.open(folder);
    assert.equal(again.mark, undefined);
    await again.close();
  });

  const refused = { detail: { code: 'CHECKPOINT_UNREADABLE' }, message: /Restore/ };

  it('say what to do when the file is no checkpoint', async () => {
    const folder = freshFolder();
    const store = SqliteCheckpoints.open(folder);
    await store.close();
    for (const bytes of [Buffer.alloc(100_000, 7), Buffer.alloc(50, 1), Buffer.from('SQLite format 3\0 and then something else')]) {
      await writeFile(join(folder, 'checkpoint.db'), bytes);
      assert.throws(() => SqliteCheckpoints.open(folder), refused);
    }
  });

  it('never end the process when any part of the file is damaged', async () => {
    const folder = freshFolder();
    const store = SqliteCheckpoints.open(folder);
    const values = Array.from({ length: 60 }, (_, key) => change(key, new Uint8Array(key % 7 === 0 ? 66_000 : 300).fill(key)));
    await store.write(markOf(1n), values);
    await store.close();
    const path = join(folder, 'checkpoint.db');
    const bytes = await readFile(path);
    const outcomes = { read: 0, refused: 0 };
    for (let at = 0; at < bytes.length; at += at < 16_384 ? 37 : 2_053) {
      const damaged = Buffer.from(bytes);
      for (let offset = at; offset < Math.min(at + 8, bytes.length); offset++) damaged[offset]! ^= 0x5a;
      await writeFile(path, damaged);
      let opened: SqliteCheckpoints | undefined;
      try {
        opened = SqliteCheckpoints.open(folder);
        read(opened);
        outcomes.read++;
      } catch (error) {
        assert.equal((error as { detail?: { code?: string } }).detail?.code, 'CHECKPOINT_UNREADABLE', `byte ${at}: ${String(error)}`);
        outcomes.refused++;
      } finally {
        await opened?.close();
      }
    }
    assert.ok(outcomes.read > 10 && outcomes.refused > 3, JSON.stringify(outcomes));
  });
});
