/**
 * Looks at the state of a network that does not run: no file there is another one afterwards, whatever a crash has left.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { toHex } from '@myelin/core/base';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode, type LocalNode } from '../../src/node/index.ts';
import { exportState, verifyState } from '../../src/replica/index.ts';
import { deploy, update, work } from './node-updates.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'myelin-look-'));
  // Often small, and another file system: nothing is put there.
  process.env['TMPDIR'] = join(folder, 'nowhere');
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Every name below a folder with what is in it. */
function contents(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const path = join(directory, name);
    found[name] = statSync(path).isDirectory() ? 'folder' : createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return found;
}

/** Names that begin with that of a directory. */
function beside(directory: string): string[] {
  return readdirSync(dirname(directory)).filter((name) => name.startsWith(`${basename(directory)}.`));
}

/** What a look that was killed leaves. */
function leaveLook(directory: string): void {
  mkdirSync(`${directory}.look`);
  for (const name of ['lock', 'checkpoint.db', 'checkpoint.db-wal'])
    writeFileSync(join(`${directory}.look`, name), name === 'lock' ? '' : Buffer.alloc(70_000, name));
}

/** Looks at a directory in all ways. @returns height and digest of what is there. */
async function look(directory: string): Promise<{ readonly height: bigint; readonly digest: string }> {
  const before = contents(directory);
  leaveLook(directory);
  const { height, digest } = await verifyState(directory);
  assert.deepEqual(contents(directory), before, 'verified');
  assert.deepEqual(beside(directory), [], 'nothing is left beside it');
  const exported = await exportState(directory, join(folder, 'exported.state'));
  assert.deepEqual(contents(directory), before, 'exported');
  assert.equal(exported.digest, digest);
  assert.deepEqual(beside(directory), [], 'nothing is left beside it');
  return { height, digest };
}

async function open(stateDirectory: string, batches = 10n ** 9n): Promise<LocalNode> {
  const checkpoints = { logBytes: 2 ** 40, batches };
  return await openLocalNode({ stateDirectory, host: '127.0.0.1', port: 0, checkpoints, onFault: (error) => assert.fail(String(error)) });
}

/** What a crash of a node would leave now: nobody asks it anything. */
function leftBy(
  node: LocalNode,
  directory: string,
  name: string,
): { readonly copy: string; readonly height: bigint; readonly digest: string } {
  const copy = join(folder, name);
  cpSync(directory, copy, { recursive: true });
  return { copy, height: node.host.state.height, digest: toHex(node.host.digest()) };
}

/** Takes a record out of a database and puts it back so that only the write-ahead log has it. */
function takeIntoLog(file: string, meanwhile: () => void): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
  const { key, value } = database.prepare('SELECT key, value FROM record ORDER BY key DESC LIMIT 1').get() as {
    readonly key: Uint8Array;
    readonly value: Uint8Array;
  };
  database.prepare('DELETE FROM record WHERE key = ?').run(key);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.prepare('INSERT INTO record VALUES (?, ?)').run(key, value);
  meanwhile();
  database.close();
}

const segmentsOf = (directory: string): string[] =>
  readdirSync(join(directory, 'log'))
    .toSorted()
    .map((name) => join(directory, 'log', name));

describe('a look at a state changes nothing', { timeout: 120_000 }, () => {
  it('after a clean stop, and without what can be made again', async () => {
    const directory = join(folder, 'clean');
    const node = await open(directory);
    await update(node, await deploy(node, await universalCanister()), 'update', work(1));
    await node.close();
    const wanted = { height: node.host.state.height, digest: toHex(node.host.digest()) };
    assert.deepEqual(await look(directory), wanted);
    rmSync(join(directory, 'modules'), { recursive: true });
    rmSync(join(directory, 'checkpoint', 'lock'));
    assert.deepEqual(await look(directory), wanted);
    assert.ok(!existsSync(join(directory, 'modules')) && !existsSync(join(directory, 'checkpoint', 'lock')));
  });

  it('after a crash before the first checkpoint, also one before the first batch', async () => {
    const directory = join(folder, 'young');
    const node = await open(directory);
    await update(node, await deploy(node, await universalCanister()), 'update', work(1));
    const { copy, ...wanted } = leftBy(node, directory, 'young-crashed');
    await node.close();
    assert.deepEqual(await look(copy), wanted);
    for (const name of ['checkpoint', 'log']) rmSync(join(copy, name), { recursive: true });
    assert.equal((await look(copy)).height, 0n);
    assert.deepEqual(readdirSync(copy), ['genesis.json']);
  });

  it('after a crash with a torn record, a segment that was only begun, and a checkpoint on its way into the database', async () => {
    const directory = join(folder, 'torn');
    const node = await open(directory, 4n);
    const id = await deploy(node, await universalCanister());
    const taken = async (): Promise<number> => {
      const { checkpoints } = await node.replica.snapshot();
      return checkpoints === undefined || checkpoints.running ? 0 : checkpoints.taken;
    };
    for (let step = 0; step < 200 && (await taken()) < 2; step++) await update(node, id, 'update', work(step));
    const { copy: between, ...wanted } = leftBy(node, directory, 'between');
    await node.close();
    assert.deepEqual(await look(between), wanted);

    const copy = join(folder, 'torn-crashed');
    takeIntoLog(join(between, 'checkpoint', 'checkpoint.db'), () => cpSync(between, copy, { recursive: true }));
    assert.ok(statSync(join(copy, 'checkpoint', 'checkpoint.db-wal')).size > 0);
    assert.deepEqual(await look(copy), wanted);

    const torn = Buffer.alloc(700, 1);
    torn.writeUInt32LE(torn.length);
    createHash('sha256').update('what was to be written').digest().copy(torn, 4, 0, 8);
    createHash('sha256').update(torn.subarray(0, 12)).digest().copy(torn, 12, 0, 4);
    appendFileSync(segmentsOf(copy).at(-1)!, torn);
    assert.deepEqual(await look(copy), wanted);

    const next = `${(wanted.height + 1n).toString(16).padStart(16, '0')}.log`;
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(19), Buffer.from('myelin')]) {
      writeFileSync(join(copy, 'log', next), bytes);
      assert.deepEqual(await look(copy), wanted);
    }

    // The place is there already, and is none: the path is named.
    writeFileSync(`${copy}.look`, '');
    await assert.rejects(verifyState(copy), { detail: { code: 'STATE_DISK_FAILED' }, message: /torn-crashed\.look could not be made/ });
    rmSync(`${copy}.look`);
    leaveLook(copy);
    const again = await open(copy);
    assert.deepEqual(beside(copy), [], 'a start removes what a look has left');
    await again.close();
    assert.ok(again.replayed <= Number(wanted.height) && again.host.state.height > wanted.height, 'and a node goes on from there');
  });
});
