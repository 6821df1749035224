import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { toHex } from '@myelin/core/base';
import type { RecordChange } from '@myelin/core/state';
import { StateFileReader, writeStateFile } from '../../src/store/index.ts';

const head = {
  genesis: new TextEncoder().encode('{ "seed": "…" }'),
  mark: { height: 7n, digest: new Uint8Array(32).fill(7), protocolVersion: 1 },
};

function* records(count: number): Generator<RecordChange> {
  for (let index = 0; index < count; index++) {
    yield { key: Uint8Array.of(16, index >> 8, index & 255), value: new Uint8Array((index * 7_919) % 70_000).fill(index) };
  }
}

/** Keys and contents. */
async function read(path: string): Promise<[string, string][]> {
  const reader = await StateFileReader.open(path);
  try {
    assert.deepEqual(reader.head, head);
    const found: [string, string][] = [];
    for await (const { key, value } of reader.records()) found.push([toHex(key), toHex(value)]);
    return found;
  } finally {
    await reader.close();
  }
}

describe('a state file', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'myelin-file-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('gives back what was written', async () => {
    const path = join(folder, 'whole.state');
    for (const count of [0, 1, 300]) {
      await writeStateFile(path, head, records(count));
      assert.deepEqual(
        await read(path),
        [...records(count)].map(({ key, value }) => [toHex(key), toHex(value!)]),
      );
    }
  });

  it('carries notes that nobody looks into, with and without records', async () => {
    const path = join(folder, 'notes.state');
    const notes = new TextEncoder().encode('names');
    for (const count of [0, 3]) {
      await writeStateFile(path, { ...head, notes }, records(count));
      const reader = await StateFileReader.open(path);
      assert.deepEqual(reader.head, { ...head, notes });
      let found = 0;
      for await (const record of reader.records()) found += record.key.length > 0 ? 1 : 0;
      assert.equal(found, count);
      await reader.close();
    }
    await writeStateFile(path, { ...head, notes: new Uint8Array(1024 * 1024 + 1) }, records(1));
    await assert.rejects(StateFileReader.open(path), { detail: { code: 'STATE_FILE_UNREADABLE' }, message: /notes/ });
  });

  it('is not there when writing it failed, and the one before is', async () => {
    const path = join(folder, 'kept.state');
    await writeStateFile(path, head, records(2));
    function* failing(): Generator<RecordChange> {
      yield* records(50);
      throw new Error('the state can not be read');
    }
    await assert.rejects(writeStateFile(path, head, failing()), /can not be read/);
    assert.equal((await read(path)).length, 2);
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.new')),
      [],
    );
  });

  it('is refused when it was cut anywhere, or any byte is another one', async () => {
    const path = join(folder, 'damaged.state');
    await writeStateFile(path, head, records(12));
    const whole = await read(path);
    const bytes = await readFile(path);
    const refused = { detail: { code: 'STATE_FILE_UNREADABLE' } };
    for (let size = 0; size < bytes.length; size += size < 100 ? 7 : 101) {
      await writeFile(path, bytes.subarray(0, size));
      await assert.rejects(read(path), refused, `cut at ${size}`);
    }
    let changed = 0;
    for (let at = 0; at < bytes.length; at += at < 100 ? 1 : 53) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x10;
      await writeFile(path, damaged);
      try {
        // Bits that mean nothing, such as the time in the head of gzip.
        assert.deepEqual(await read(path), whole, `byte ${at}`);
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        assert.equal((error as { detail?: { code?: string } }).detail?.code, 'STATE_FILE_UNREADABLE', `byte ${at}: ${String(error)}`);
        changed++;
      }
    }
    assert.ok(changed > 50);
  });

  it('is refused when something follows it', async () => {
    const path = join(folder, 'longer.state');
    await writeStateFile(path, head, records(3));
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.from('more')]));
    await assert.rejects(read(path), { detail: { code: 'STATE_FILE_UNREADABLE' } });
  });
});
