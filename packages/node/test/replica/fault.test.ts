/**
 * A replica whose log fails, or that stops: everybody who waits is told, and nobody is told of what is not durable.
 */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, fromHex, MANAGEMENT_CANISTER_ID, utf8 } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, createIngressMessage, type InputLog, SoloSequencer, SubnetHost } from '@myelin/network';
import { createNodeBlsSigner, nodeHasher } from '../../src/crypto/index.ts';
import type { ReadStateRequest } from '../../src/http/index.ts';
import { Front } from '../../src/front/index.ts';
import { Replica } from '../../src/replica/index.ts';

const START_NS = 1_700_000_000_000_000_000n;

/** A log whose disk is in the test's hands. */
class HeldLog implements InputLog {
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  append(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  release(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  fail(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('no space left on device'));
  }
}

function open() {
  const seed = new Uint8Array(32).fill(9);
  const genesis = createGenesis({ seed, subnetType: 'application', nodes: 13, timeNs: START_NS, firstCanisterIndex: 0n }, nodeHasher);
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const host = new SubnetHost({ state: genesis.state, config: genesis.config, engine: createV8Engine({}), hasher: nodeHasher, blsSigner });
  const log = new HeldLog();
  const faults: unknown[] = [];
  const clock = { nowNs: START_NS };
  const ordering = new SoloSequencer({
    log,
    nowNs: () => clock.nowNs,
    randomness: () => new Uint8Array(32),
    after: () => () => undefined,
    nextTurn,
    onFault: (error) => faults.push(error),
  });
  const core = new Replica({ host, ordering, nowNs: () => clock.nowNs });
  core.start();
  const replica = new Front({ core, identity: { ...genesis, subnet: genesis.state.subnet }, nowNs: () => clock.nowNs });
  return { replica, host, ordering, log, faults, clock, stop: () => core.stop() };
}

let nonce = 0n;

function creation(): Parameters<Front['submit']>[0] {
  const { args } = managementCanister.provisional_create_canister_with_cycles;
  const arg = args.encode([{ amount: [], settings: [], specified_id: [], sender_canister_version: [] }]);
  const call = {
    sender: ANONYMOUS_PRINCIPAL,
    receiver: MANAGEMENT_CANISTER_ID,
    methodName: 'provisional_create_canister_with_cycles',
    arg,
  };
  const ingressExpiry = START_NS + 200_000_000_000n;
  const { requestId } = createIngressMessage({ ...call, expiryNs: ingressExpiry, nonce: nonce++ }, nodeHasher);
  const { sender, methodName, receiver } = call;
  return {
    requestId: fromHex(requestId),
    sender,
    canisterId: receiver,
    effectiveCanisterId: receiver,
    methodName,
    arg,
    ingressExpiry,
  };
}

const TIME: ReadStateRequest = {
  version: 3,
  scope: { kind: 'canister', id: MANAGEMENT_CANISTER_ID },
  sender: ANONYMOUS_PRINCIPAL,
  paths: [[utf8('time')]],
  targets: undefined,
};

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

describe('a batch that can not be made durable', () => {
  it('is a fault to everybody who waits for it, and nothing new is taken', { timeout: 10_000 }, async () => {
    const { replica, host, log, faults, stop } = open();
    const message = creation();
    const waiting = [replica.submit(message), replica.submit(message), replica.waitForCertificate(message.requestId, 60_000)];
    await turns();
    assert.equal(host.state.canisters.size, 1, 'the batch was executed');
    const late = replica.submit(creation());
    log.fail();
    const outcomes = await Promise.allSettled([...waiting, late]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected', 'rejected'],
    );
    assert.match(String(faults[0]), /no space left/);
    assert.deepEqual(await replica.canisterIds(10), []);
    await assert.rejects(replica.submit(message));
    await assert.rejects(replica.submit(creation()));
    await assert.rejects(replica.waitForCertificate(message.requestId, 60_000));
    await stop();
  });

  it('does not keep a read waiting that wants a fresh state', { timeout: 10_000 }, async () => {
    const { replica, log, clock } = open();
    clock.nowNs += 60_000_000_000n;
    const read = replica.readState(TIME);
    await turns();
    log.fail();
    await assert.rejects(read);
    await assert.rejects(replica.readState(TIME));
  });
});

describe('a replica that stops', () => {
  it('answers the messages that no batch has taken', { timeout: 10_000 }, async () => {
    const { replica, log, stop } = open();
    const taken = replica.submit(creation());
    await turns();
    const late = replica.submit(creation());
    await turns();
    const stopped = stop();
    log.release();
    await stopped;
    assert.equal((await taken).kind, 'accepted');
    assert.equal((await late).kind, 'busy');
  });

  it('seals nothing any more', { timeout: 10_000 }, async () => {
    const { stop, ordering } = open();
    await stop();
    await ordering.seal();
  });
});
