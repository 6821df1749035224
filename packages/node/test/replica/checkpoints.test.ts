/**
 * A node that takes checkpoints while it works, and is killed: its directory gives back the network as it was. `MYELIN_KILLS` sets how often.
 */
import assert from 'node:assert/strict';
import { cp, type FileHandle, mkdtemp, open as openFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { IcError, PRINCIPAL_BYTES_MAX, toHex } from '@myelin/core/base';
import type { ReplicatedState } from '@myelin/core/state';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, SubnetHost } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { createNodeBlsSigner, nodeHasher } from '../../src/crypto/index.ts';
import { openLocalNode, type LocalNode } from '../../src/node/index.ts';
import { killRepeatedly } from '../faults/kills.ts';
import { deploy, update, work } from './node-updates.ts';
import { type PagesRead, type Recovered, recover } from '../../src/replica/recover.ts';
import { openGenesis } from '../../src/replica/state-directory.ts';
import { verifyState } from '../../src/replica/index.ts';

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'myelin-node-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function fail(error: unknown): void {
  assert.fail(error instanceof Error ? error : String(error));
}

async function open(context: TestContext, stateDirectory: string, batches: bigint): Promise<LocalNode> {
  const checkpoints = { logBytes: 2 ** 40, batches };
  const node = await openLocalNode({ stateDirectory, host: '127.0.0.1', port: 0, onFault: fail, checkpoints });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= node.close());
  context.after(close);
  return { ...node, close };
}

/** What the directory holds, without going on from it. */
async function recovered(
  directory: string,
  use: (found: Recovered) => void | Promise<void>,
  pages: PagesRead = 'when needed',
): Promise<void> {
  const genesis = createGenesis(await openGenesis(directory, 0n), nodeHasher);
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const openHost = (state: ReplicatedState): SubnetHost =>
    new SubnetHost({ state, config: genesis.config, engine: createV8Engine({}), hasher: nodeHasher, blsSigner });
  const found = await recover(directory, genesis, openHost, { pages });
  try {
    await use(found);
  } finally {
    await found.log.close();
    await found.store.close();
  }
}

describe('checkpoints of a node', () => {
  it('lose nothing that was acknowledged when the process is killed, wherever it is', async (context) => {
    const kills = Number(process.env['MYELIN_KILLS'] ?? 8);
    const seed = Number(process.env['MYELIN_SEED'] ?? Date.now() % 1_000_000);
    context.diagnostic(`MYELIN_SEED=${seed}`);
    const { acknowledged, replays, checkpoints } = await killRepeatedly(await temporaryFolder(context), kills, seed);
    context.diagnostic(`${kills} kills, ${acknowledged} acknowledged updates, each there once`);
    assert.ok(acknowledged > 0 && replays > 0 && checkpoints > 0, `${replays} replays, ${checkpoints} new checkpoints`);
  });

  it('wait while the queues hold much, and the log keeps everything meanwhile', async (context) => {
    const directory = join(await temporaryFolder(context), 'node');
    const checkpoints = { logBytes: 0, batches: 1n, queuedBytesMax: -1 };
    const node = await openLocalNode({ stateDirectory: directory, host: '127.0.0.1', port: 0, onFault: fail, checkpoints });
    const id = await deploy(node, await universalCanister());
    await update(node, id, 'update', work(1));
    await node.close();
    await recovered(directory, ({ host, store, replayed }) => {
      assert.equal(store.mark, undefined);
      assert.equal(BigInt(replayed), node.host.state.height);
      assert.equal(toHex(host.digest()), toHex(node.host.digest()));
    });
  });

  it('are taken when messages have written much, to the heap or to stable memory', async (context) => {
    const taken = async (node: LocalNode): Promise<number> => (await node.replica.snapshot()).checkpoints?.taken ?? 0;
    const directory = join(await temporaryFolder(context), 'node');
    const checkpoints = { logBytes: 2 ** 40, batches: 10n ** 9n, writtenBytes: 4 * 2 ** 20 };
    const node = await openLocalNode({ stateDirectory: directory, host: '127.0.0.1', port: 0, onFault: fail, checkpoints });
    const id = await deploy(node, await universalCanister());
    await update(node, id, 'update', work(1));
    assert.equal(await taken(node), 0);
    const written = node.host.writtenBytes;
    await update(
      node,
      id,
      'update',
      script.program(script.drop(script.stableGrow(40)), script.stableWrite(0, script.filled(2 ** 20, 1)), script.reply('done')),
    );
    assert.ok(node.host.writtenBytes - written > 2 * 2 ** 20, 'a mebibyte of the heap and as much of stable memory');
    for (let step = 0; (await taken(node)) === 0; step++) {
      assert.ok(step < 1_000, 'a checkpoint is taken');
      await update(node, id, 'update', script.program(script.stableWrite(step * 1_000, script.filled(2 ** 18, 2)), script.reply('done')));
    }
    await node.close();
  });

  it('leave nothing to run again after a clean stop, and go on from there', async (context) => {
    const directory = join(await temporaryFolder(context), 'node');
    const node = await open(context, directory, 1_000n);
    const id = await deploy(node, await universalCanister());
    for (let step = 0; step < 5; step++) await update(node, id, 'update', work(step));
    await node.close();
    const height = node.host.state.height;
    assert.equal((await readdir(join(directory, 'log'))).length, 1, 'the log before the checkpoint is gone');
    const again = await open(context, directory, 1_000n);
    assert.equal(again.replayed, 0);
    assert.ok(again.host.state.height > height);
    await update(again, id, 'update', work(7));
    await again.close();
    await recovered(directory, ({ host }) => assert.equal(toHex(host.digest()), toHex(again.host.digest())));
  });

  it('are refused when they are damaged or missing', async (context) => {
    const folder = await temporaryFolder(context);
    const directory = join(folder, 'node');
    const node = await open(context, directory, 4n);
    const id = await deploy(node, await universalCanister());
    for (let step = 0; step < 10; step++) await update(node, id, 'update', work(step));
    await node.close();

    const without = join(folder, 'without');
    await cp(directory, without, { recursive: true });
    await rm(join(without, 'checkpoint'), { recursive: true });
    await assert.rejects(
      recovered(without, () => assert.fail()),
      { detail: { code: 'INPUT_LOG_GAP' } },
    );

    const database = join(directory, 'checkpoint', 'checkpoint.db');
    const bytes = await readFile(database);
    // The text that a message has left in the heap.
    const at = bytes.indexOf('step 3');
    assert.ok(at > 0);
    bytes[at]! ^= 1;
    await writeFile(database, bytes);
    await assert.rejects(
      recovered(directory, () => assert.fail(), 'at once'),
      { detail: { code: 'STATE_DIVERGED' }, message: /the directory is damaged/ },
    );
    await recovered(directory, ({ host }) => {
      const pages = host.state.canisters.get(id)?.heap.pages;
      assert.throws(
        () => [...(pages?.entries() ?? [])],
        { detail: { code: 'CHECKPOINT_UNREADABLE' } },
        'it is met when the page is needed',
      );
    });
  });

  it('are met where a record is damaged when it is needed, and by a look at the whole', async (context) => {
    const folder = await temporaryFolder(context);
    const directory = join(folder, 'node');
    const node = await open(context, directory, 1_000n);
    const id = await deploy(node, await universalCanister());
    for (let step = 0; step < 3; step++) await update(node, id, 'update', work(step));
    const digest = node.host.digest();
    await node.close();
    /** A copy in which the last byte of the first record that begins so is another one. */
    const damaged = async (name: string, start: string): Promise<string> => {
      const copy = join(folder, name);
      await cp(directory, copy, { recursive: true });
      const database = new DatabaseSync(join(copy, 'checkpoint', 'checkpoint.db'));
      const row = database.prepare('SELECT key, value FROM record WHERE hex(key) LIKE ? ORDER BY key LIMIT 1').get(`${start}%`);
      const { key, value } = row as { readonly key: Uint8Array; readonly value: Uint8Array };
      value[value.length - 1]! ^= 1;
      database.prepare('UPDATE record SET value = ? WHERE key = ?').run(value, key);
      database.close();
      return copy;
    };
    const malformed = { detail: { code: 'STATE_RECORD_MALFORMED' } };
    const record = await damaged('canister', '10');
    await recovered(record, ({ host }) => {
      assert.equal(toHex(host.digest()), toHex(digest), 'nobody needed it yet');
      assert.throws(() => host.state.canisters.get(id), malformed);
    });
    await assert.rejects(verifyState(record), (error) => error instanceof IcError);
    // Requests are looked at when a node starts.
    const request = await damaged('request', '21');
    await assert.rejects(
      recovered(request, () => undefined),
      { detail: { code: 'STATE_DIVERGED' } },
    );
    await assert.rejects(verifyState(request), (error) => error instanceof IcError);
    // What the records say about pages is read when the canister is needed, and never when all pages are read.
    const span = await damaged('span', `10${'_'.repeat(2 * (PRINCIPAL_BYTES_MAX + 1))}01`);
    await recovered(span, ({ host }) => assert.throws(() => host.state.canisters.get(id), malformed));
    await assert.rejects(verifyState(span), { detail: { code: 'CHECKPOINT_UNREADABLE' } });
    assert.equal((await verifyState(directory)).digest, toHex(digest));
  });

  it('are not taken of a state that the log has gone beyond: a node that failed starts again', async (context) => {
    const directory = join(await temporaryFolder(context), 'node');
    const faults: unknown[] = [];
    const node = await openLocalNode({ stateDirectory: directory, host: '127.0.0.1', port: 0, onFault: (error) => faults.push(error) });
    const id = await deploy(node, await universalCanister());
    await update(node, id, 'update', work(1));
    const acknowledged = node.host.certified;
    const file: FileHandle = await openFile(join(directory, 'genesis.json'));
    const disk = Object.getPrototypeOf(file) as Pick<FileHandle, 'datasync'>;
    const { datasync } = disk;
    await file.close();
    disk.datasync = () => Promise.reject(new Error('input/output error'));
    try {
      await assert.rejects(update(node, id, 'update', work(2)), /input\/output error/);
    } finally {
      disk.datasync = datasync;
    }
    assert.equal(faults.length, 1);
    await node.close();
    await recovered(directory, ({ host }) => {
      assert.ok(host.state.height >= acknowledged.state.height);
      if (host.state.height === acknowledged.state.height) assert.equal(toHex(host.digest()), toHex(acknowledged.digest()));
    });
    const again = await open(context, directory, 1_000n);
    await update(again, id, 'update', work(3));
    await again.close();
  });

  it('are refused when the code of a canister is damaged, or the network is another one', async (context) => {
    const folder = await temporaryFolder(context);
    const directory = join(folder, 'node');
    const node = await open(context, directory, 1_000n);
    await deploy(node, await universalCanister());
    await node.close();
    const other = join(folder, 'other');
    await openGenesis(other, 0n);

    const exchanged = join(folder, 'exchanged');
    await cp(directory, exchanged, { recursive: true });
    await cp(join(other, 'genesis.json'), join(exchanged, 'genesis.json'));
    const refused = { detail: { code: 'CHECKPOINT_UNREADABLE' } };
    await assert.rejects(
      recovered(exchanged, () => assert.fail()),
      refused,
    );

    const database = join(directory, 'checkpoint', 'checkpoint.db');
    const bytes = await readFile(database);
    // Name of an export: the module is as valid without it.
    const at = bytes.indexOf('canister_query query');
    assert.ok(at > 0);
    bytes[at + 'canister_query query'.length - 1]! ^= 1;
    await writeFile(database, bytes);
    await assert.rejects(
      recovered(directory, () => assert.fail()),
      refused,
    );
  });
});
