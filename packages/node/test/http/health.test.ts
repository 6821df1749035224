/** What a node says of its health when it can not do its work: a real replica on a log whose disk is in the test's hands. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { Cbor } from '@icp-sdk/core/agent';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, type InputLog, SoloSequencer, SubnetHost } from '@myelin/network';
import { createNodeBlsSigner, createNodeVerifier, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { openHttpServer, type HttpServer } from '../../src/http/index.ts';
import { healthOf } from '../../src/http/operator/health.ts';
import { Front } from '../../src/front/index.ts';
import { Replica } from '../../src/replica/index.ts';
import { raw, until } from './network.ts';

/** A replica whose batches wait for the test, with its endpoints. */
async function open(freeBytes: number) {
  const timeNs = BigInt(Date.now()) * 1_000_000n;
  const genesis = createGenesis(
    { seed: new Uint8Array(32).fill(3), subnetType: 'application', nodes: 13, timeNs, firstCanisterIndex: 0n },
    nodeHasher,
  );
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const host = new SubnetHost({ state: genesis.state, config: genesis.config, engine: createV8Engine({}), hasher: nodeHasher, blsSigner });
  const waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  const log: InputLog = { append: () => new Promise((resolve, reject) => void waiting.push({ resolve, reject })) };
  const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;
  const ordering = new SoloSequencer({
    log,
    nowNs,
    randomness: () => new Uint8Array(32),
    after: () => () => undefined,
    nextTurn,
    onFault: () => undefined,
  });
  const kept = {
    checkpoints: () => ({ height: 0, taken: 0, duration: { bounds: [], counts: [0], sum: 0 }, running: false }),
    log: () => Promise.resolve({ bytes: 0, freeBytes }),
  };
  const replica = new Replica({ host, ordering, nowNs, kept });
  replica.start();
  const { nodeSeed, nodeId, rootKeyDer, blsSecretKey, config } = genesis;
  const front = new Front({
    core: replica,
    identity: { subnet: genesis.state.subnet, nodeSeed, nodeId, rootKeyDer, blsSecretKey, config },
    nowNs,
  });
  const crypto = { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nodeBlsVerifier };
  const server = await openHttpServer({ replica: front, crypto, host: '127.0.0.1', port: 0 });
  return { front, replica, ordering, waiting, server };
}

type Told = { readonly status: string; readonly reasons: readonly string[]; readonly height: number };

async function health(server: HttpServer): Promise<{ readonly code: number; readonly told: Told }> {
  const { status, body } = await raw(server.port, { path: '/health' });
  return { code: status, told: JSON.parse(body.toString()) as Told };
}

describe('health', () => {
  it('ends when a batch could not be kept, and says so without saying too much', async () => {
    const { replica, ordering, waiting, server } = await open(2 ** 40);
    assert.deepEqual(await health(server), { code: 200, told: { status: 'healthy', reasons: [], height: 0 } });
    const sealed = ordering.seal();
    await until(() => waiting.length === 1);
    waiting.pop()!.reject(new Error('EIO: i/o error, write'));
    await assert.rejects(sealed, /EIO/);
    for (let told = await health(server); ; told = await health(server)) {
      if (told.code === 200) continue;
      assert.equal(told.code, 503);
      assert.deepEqual(told.told.reasons, ['No batch can be made any more: the log of the node says why.']);
      break;
    }
    const { body } = await raw(server.port, { path: '/api/v2/status' });
    assert.equal((Cbor.decode(body) as Record<string, unknown>)['replica_health_status'], 'certified_state_behind');
    await server.close();
    await replica.stop();
  });

  it('ends when the disk of the log is full', async () => {
    const { replica, server } = await open(1_000);
    const { code, told } = await health(server);
    assert.deepEqual([code, told.reasons], [503, ['The disk of the input log is full.']]);
    await server.close();
    await replica.stop();
  });

  it('ends when a batch does not end, and when the replica does not answer', async () => {
    const { front, replica, server } = await open(2 ** 40);
    const snapshot = await front.snapshot();
    const stuck = { ...snapshot, batches: { ...snapshot.batches, runningSeconds: 61.2 } };
    assert.deepEqual(healthOf(stuck, false).reasons, ['A batch has been running for 61 seconds.']);
    assert.deepEqual(healthOf(undefined, false).reasons, ['The replica does not answer.']);
    assert.deepEqual(healthOf(snapshot, true).reasons, ['The node stops.']);
    assert.deepEqual(structuredClone(snapshot), snapshot, 'a snapshot is plain data');
    await server.close();
    await replica.stop();
  });
});
