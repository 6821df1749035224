/**
 * The upgrade rule, with versions that there are not yet: what was left by a clean stop goes over, everything else is left as it is.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { toHex } from '@myelin/core/base';
import { type Batch, upgradeProtocol } from '@myelin/core/execution';
import { forkState, type ReplicatedState } from '@myelin/core/state';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, SubnetHost } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { createNodeBlsSigner, nodeHasher } from '../../src/crypto/index.ts';
import { Checkpointer } from '../../src/replica/checkpointer.ts';
import { type LocalNode, openLocalNode } from '../../src/node/index.ts';
import { verifyState } from '../../src/replica/index.ts';
import { type Protocol, upgradeState } from '../../src/replica/protocol-versions.ts';
import { type Recovered, recover } from '../../src/replica/recover.ts';
import { openGenesis } from '../../src/replica/state-directory.ts';
import { deploy, update, work } from './node-updates.ts';

const REPAIRED = 'an upgrade was here';

/** Versions 2 and 3; the second one changes something. */
function versionOf(version: number): Protocol {
  const steps = { 3: (state: ReplicatedState) => void (state.metrics.updateTransactions += REPAIRED.length) };
  return { version, upgrade: (state) => upgradeProtocol(state, version, steps) };
}

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'myelin-protocol-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(stateDirectory: string, queuedBytesMax = 2 ** 40): Promise<LocalNode> {
  const checkpoints = { logBytes: 2 ** 40, batches: 10n ** 9n, queuedBytesMax };
  return await openLocalNode({ stateDirectory, host: '127.0.0.1', port: 0, checkpoints, onFault: (error) => assert.fail(String(error)) });
}

/** A directory of this version's. @param isClean - whether a checkpoint was taken at its stop. */
async function written(directory: string, isClean: boolean): Promise<LocalNode> {
  const node = await open(directory, isClean ? 2 ** 40 : -1);
  const id = await deploy(node, await universalCanister());
  for (let step = 0; step < 3; step++) await update(node, id, 'update', work(step));
  await node.close();
  return node;
}

/** Opens a directory as a program of another version would. */
async function openAs<T>(protocol: Protocol, directory: string, use: (found: Recovered) => Promise<T> | T): Promise<T> {
  const genesis = createGenesis(await openGenesis(directory, 0n), nodeHasher);
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const openHost = (state: ReplicatedState): SubnetHost =>
    new SubnetHost({ state, config: genesis.config, engine: createV8Engine({}), hasher: nodeHasher, blsSigner });
  const found = await recover(directory, genesis, openHost, { protocol });
  try {
    return await use(found);
  } finally {
    await found.log.close();
    await found.store.close();
  }
}

async function runBatch({ host, log }: Recovered, protocolVersion: number): Promise<void> {
  const { height, timeNs } = host.state;
  const randomness = new Uint8Array(32);
  const batch: Batch = { height: height + 1n, timeNs: timeNs + 1n, protocolVersion, randomness, heartbeat: false, ingress: [] };
  await log.append(batch);
  await host.runBatch(batch);
}

describe('a directory of an older protocol version', () => {
  it('goes over from a clean stop, also when the first start after it was killed', async (context) => {
    const directory = join(await temporaryFolder(context), 'node');
    const before = (await written(directory, true)).host.certified.state;
    const first = await openAs(versionOf(3), directory, async (found) => {
      const { state } = found.host;
      assert.deepEqual([state.protocolVersion, state.height, found.replayed], [3, before.height, 0]);
      assert.equal(state.metrics.updateTransactions, before.metrics.updateTransactions + REPAIRED.length);
      await runBatch(found, 3);
      await runBatch(found, 3);
      return toHex(found.host.digest());
    });
    await openAs(versionOf(3), directory, async (found) => {
      assert.equal(found.replayed, 2);
      assert.equal(toHex(found.host.digest()), first, 'the same upgrade, the same batches');
      const { host, log, store, recorder, keeper, modules } = found;
      await new Checkpointer({ host, log, store, recorder, keeper, modules, onFault: (error) => assert.fail(String(error)) }).close();
    });
    await openAs(versionOf(3), directory, ({ host, replayed, store }) => {
      assert.deepEqual([replayed, store.mark?.protocolVersion, toHex(host.digest())], [0, 3, first]);
    });
    await assert.rejects(open(directory), { detail: { code: 'PROTOCOL_VERSION_NEWER' }, message: /checkpoint.*version 3.*version 1/ });
  });

  it('is refused with the release that can finish it while its log holds batches, and stays as it was', async (context) => {
    const directory = join(await temporaryFolder(context), 'node');
    const node = await written(directory, false);
    const refused = {
      detail: { code: 'PROTOCOL_VERSION_OLDER', release: '0.1.0' },
      message: /once with release 0\.1\.0 and stop that with Ctrl-C/,
    };
    await assert.rejects(
      openAs(versionOf(2), directory, () => assert.fail()),
      refused,
    );
    const { height, digest } = await verifyState(directory);
    assert.deepEqual([height, digest], [node.host.state.height, toHex(node.host.digest())]);
    // What the message says: started once with the old one, and stopped.
    await (await open(directory)).close();
    await openAs(versionOf(2), directory, ({ host, replayed }) => assert.deepEqual([host.state.protocolVersion, replayed], [2, 0]));
  });

  it('is refused when the log goes on with batches of a newer version than the program', async (context) => {
    const directory = join(await temporaryFolder(context), 'node');
    await written(directory, true);
    await openAs(versionOf(2), directory, (found) => runBatch(found, 2));
    await assert.rejects(open(directory), { detail: { code: 'PROTOCOL_VERSION_NEWER' }, message: /batch \d+ of the input log/ });
  });

  it('does not go over in the middle of a message', async (context) => {
    const directory = join(await temporaryFolder(context), 'node');
    const node = await open(directory);
    const id = await deploy(node, await universalCanister());
    const running = update(node, id, 'update', script.program(script.spin(300_000_000), script.reply()));
    running.catch(() => undefined);
    let paused = forkState(node.host.certified.state);
    while (paused.paused.size === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      paused = forkState(node.host.certified.state);
    }
    await node.close();
    assert.throws(() => upgradeState(paused, versionOf(2)), { detail: { code: 'PROTOCOL_VERSION_OLDER', release: '0.1.0' } });
    assert.equal(paused.protocolVersion, 1);
  });
});

describe('the genesis of a directory', () => {
  it('is refused when it is newer, cut, or changed in any place', async (context) => {
    const folder = await temporaryFolder(context);
    const directory = join(folder, 'node');
    await written(directory, false);
    const path = join(directory, 'genesis.json');
    const text = await readFile(path, 'utf8');
    const file = JSON.parse(text) as Record<string, unknown>;
    const refusal = async (changed: string): Promise<unknown> => {
      const copy = join(folder, 'copy');
      await rm(copy, { recursive: true, force: true });
      await cp(directory, copy, { recursive: true });
      await writeFile(join(copy, 'genesis.json'), changed);
      return await open(copy).then(
        () => 'it was opened',
        (error: unknown) => (error as { detail?: { code?: string } }).detail?.code,
      );
    };
    assert.equal(await refusal(JSON.stringify({ ...file, protocolVersion: 2 })), 'PROTOCOL_VERSION_NEWER');
    assert.equal(await refusal(JSON.stringify({ ...file, format: 2 })), 'PROTOCOL_VERSION_NEWER');
    const seed = String(file['seed']);
    const other = {
      seed: `${seed.startsWith('0') ? '1' : '0'}${seed.slice(1)}`,
      timeNs: `${String(file['timeNs'])}0`,
      nodes: 12,
      priceSet: 'none',
    };
    for (const [name, value] of Object.entries(other))
      assert.equal(await refusal(JSON.stringify({ ...file, [name]: value })), 'GENESIS_INVALID', name);
    for (const changed of ['', 'null', '7', '[]', text.slice(0, -20), text.replace('seed', 'sead')])
      assert.equal(await refusal(changed), 'GENESIS_INVALID', changed);
  });
});
