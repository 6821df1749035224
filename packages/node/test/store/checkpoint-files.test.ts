/**
 * The file of a checkpoint in the hands of people and disks: removed, copied in part, mixed, in the way, or filled with something else.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { encodeStateValue, type RecordChange } from '@myelin/core/state';
import { SqliteCheckpoints } from '../../src/store/index.ts';
import { openFilesBelow } from '../open-files.ts';

const markOf = (height: bigint): { height: bigint; digest: Uint8Array; protocolVersion: number } => ({
  height,
  digest: new Uint8Array(32).fill(Number(height)),
  protocolVersion: 1,
});

function change(key: number, value?: Uint8Array): RecordChange {
  return { key: Uint8Array.of(1, key), value };
}

/** Records of which each says to which checkpoint it belongs. */
function recordsOf(height: bigint): RecordChange[] {
  return Array.from({ length: 40 }, (_, key) => change(key, new Uint8Array(key % 5 === 0 ? 40_000 : 200).fill(Number(height))));
}

/** Heights that the records of a folder say; its mark. */
async function heightsIn(folder: string): Promise<{ readonly mark: bigint | undefined; readonly records: Set<number> }> {
  const store = SqliteCheckpoints.open(folder);
  try {
    return { mark: store.mark?.height, records: new Set([...store.records()].map(({ value }) => value[0]!)) };
  } finally {
    await store.close();
  }
}

const failed = { detail: { code: 'STATE_DISK_FAILED' } };

describe('the file of a checkpoint', () => {
  let directory = '';
  let count = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myelin-files-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const freshFolder = (): string => join(directory, `store-${count++}`);

  it('that is removed or replaced under a running node takes no checkpoint', async () => {
    for (const replace of [false, true]) {
      const folder = freshFolder();
      const store = SqliteCheckpoints.open(folder);
      await store.write(markOf(1n), recordsOf(1n));
      await rename(folder, `${folder}-away`);
      if (replace) await SqliteCheckpoints.open(folder).close();
      await assert.rejects(store.write(markOf(2n), recordsOf(2n)), { ...failed, message: /removed, moved or replaced/ });
      await assert.rejects(store.close());
      assert.deepEqual(openFilesBelow(folder), []);
      // Where the files are now one of the two is whole.
      const { mark, records } = await heightsIn(`${folder}-away`);
      assert.deepEqual([...records], [Number(mark)]);
    }
  });

  it('may be copied with its write-ahead log or without: both are a whole checkpoint', async () => {
    const folder = freshFolder();
    const store = SqliteCheckpoints.open(folder);
    await store.write(markOf(1n), recordsOf(1n));
    // A reader in the middle keeps the log of the next checkpoint from going.
    const reader = new DatabaseSync(join(folder, 'checkpoint.db'));
    const reading = reader.prepare('SELECT key FROM record').iterate();
    reading.next();
    await store.write(markOf(2n), recordsOf(2n));
    assert.deepEqual((await readdir(folder)).toSorted(), ['checkpoint.db', 'checkpoint.db-shm', 'checkpoint.db-wal', 'lock']);
    const [whole, logged, lone] = [freshFolder(), freshFolder(), freshFolder()];
    await cp(folder, whole, { recursive: true });
    for (const [to, names] of [[logged, ['checkpoint.db', 'checkpoint.db-wal']] as const, [lone, ['checkpoint.db']] as const]) {
      await mkdir(to);
      for (const name of names) await cp(join(folder, name), join(to, name));
    }
    reading.return?.();
    reader.close();
    await store.close();
    assert.deepEqual(await heightsIn(whole), { mark: 2n, records: new Set([2]) });
    assert.deepEqual(await heightsIn(logged), { mark: 2n, records: new Set([2]) });
    assert.deepEqual(await heightsIn(lone), { mark: 1n, records: new Set([1]) });
    assert.deepEqual(await heightsIn(folder), { mark: 2n, records: new Set([2]) });
  });

  it('is for one node at a time, by whatever path it comes', async () => {
    const folder = freshFolder();
    const store = SqliteCheckpoints.open(folder);
    await symlink(folder, `${folder}-link`);
    for (const path of [folder, `${folder}-link`])
      assert.throws(() => SqliteCheckpoints.open(path), { detail: { code: 'STATE_DIRECTORY_IN_USE' }, message: /stop it first/ });
    await store.write(markOf(1n), recordsOf(1n));
    await store.close();
    await SqliteCheckpoints.open(`${folder}-link`).close();
    assert.deepEqual(openFilesBelow(folder), []);
  });

  it('whose mark is not one is refused, and not kept open', async () => {
    const folder = freshFolder();
    await SqliteCheckpoints.open(folder).close();
    const marks = [
      Uint8Array.of(),
      Uint8Array.of(1, 2, 3),
      encodeStateValue(7n),
      encodeStateValue({ ...markOf(1n), digest: new Uint8Array(31) }),
    ];
    for (const mark of [...marks, encodeStateValue({ ...markOf(1n), height: -1n })]) {
      const database = new DatabaseSync(join(folder, 'checkpoint.db'));
      database.prepare('INSERT OR REPLACE INTO record VALUES (?, ?)').run(Uint8Array.of(0), mark);
      database.close();
      assert.throws(() => SqliteCheckpoints.open(folder), { detail: { code: 'CHECKPOINT_UNREADABLE' } });
      assert.deepEqual(openFilesBelow(folder), []);
    }
  });

  it('is told apart from a disk that does not let it be opened', async () => {
    const file = join(directory, 'a-file');
    await writeFile(file, '');
    assert.throws(() => SqliteCheckpoints.open(join(file, 'checkpoint')), {
      ...failed,
      message: /no directory.*[Nn]ame another state directory/,
    });
    const folder = freshFolder();
    await mkdir(join(folder, 'checkpoint.db'), { recursive: true });
    assert.throws(() => SqliteCheckpoints.open(folder), { ...failed, message: /can not be opened/ });
  });

  it('is given records no faster than it takes them', { timeout: 60_000 }, async () => {
    const folder = freshFolder();
    const store = SqliteCheckpoints.open(folder);
    const holder = new DatabaseSync(join(folder, 'checkpoint.db'));
    // The writer waits for this one, a few seconds at most.
    holder.exec('BEGIN IMMEDIATE');
    let given = 0;
    const size = 5 * 1024 * 1024;
    function* records(): Generator<RecordChange> {
      for (let key = 0; key < 40; key++) {
        given += size;
        yield change(key, new Uint8Array(size));
      }
    }
    const written = store.write(markOf(1n), records());
    let before = -1;
    while (before !== given) {
      before = given;
      await setTimeout(300);
    }
    assert.ok(given <= 4 * size, `${given} bytes`);
    holder.exec('ROLLBACK');
    holder.close();
    await written;
    assert.equal([...store.records()].length, 40);
    await store.close();
  });
});
