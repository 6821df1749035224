/**
 * Nothing leaves a node before the batch that it depends on is durable.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fromHex, type PrincipalId, toHex } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, createIngressMessage, SoloSequencer, SubnetHost } from '@myelin/network';
import { managementCanister } from '@myelin/core/candid';
import { decodeCertificate, lookupPath } from '@myelin/core/certification';
import { createNodeBlsSigner, nodeHasher } from '../../src/crypto/index.ts';
import { Front } from '../../src/front/index.ts';
import { Replica } from '../../src/replica/index.ts';

/** A log that is durable when the test says so. */
class HeldLog {
  held: (() => void)[] = [];
  holding = false;
  batches: Batch[] = [];

  append(batch: Batch): Promise<void> {
    this.batches.push(batch);
    return this.holding ? new Promise((resolve) => this.held.push(resolve)) : Promise.resolve();
  }

  release(): void {
    this.holding = false;
    for (const resolve of this.held.splice(0)) resolve();
  }
}

function open(): { readonly replica: Front; readonly log: HeldLog; readonly host: SubnetHost; readonly stop: () => Promise<void> } {
  const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;
  const genesis = createGenesis(
    { seed: new Uint8Array(32).fill(9), subnetType: 'application', nodes: 13, timeNs: nowNs(), firstCanisterIndex: 0n },
    nodeHasher,
  );
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const host = new SubnetHost({ state: genesis.state, config: genesis.config, engine: createV8Engine({}), hasher: nodeHasher, blsSigner });
  const log = new HeldLog();
  const ordering = new SoloSequencer({
    log,
    nowNs,
    randomness: () => new Uint8Array(32),
    after: () => () => undefined,
    nextTurn: setImmediate,
    onFault: (error) => assert.fail(String(error)),
  });
  const core = new Replica({ host, ordering, nowNs });
  core.start();
  const replica = new Front({ core, identity: { ...genesis, subnet: genesis.state.subnet }, nowNs });
  return { replica, log, host, stop: () => core.stop() };
}

let nonce = 0n;

/** Asks for a new canister. */
function creation(): Parameters<Front['submit']>[0] {
  const arg = managementCanister.provisional_create_canister_with_cycles.args.encode([
    { amount: [], settings: [], specified_id: [], sender_canister_version: [] },
  ]);
  const expiryNs = BigInt(Date.now()) * 1_000_000n + 120_000_000_000n;
  const sender = '04' as PrincipalId;
  const receiver = '' as PrincipalId;
  const message = createIngressMessage(
    { sender, receiver, methodName: 'provisional_create_canister_with_cycles', arg, expiryNs, nonce: nonce++ },
    nodeHasher,
  );
  return {
    requestId: fromHex(message.requestId),
    sender,
    canisterId: receiver,
    effectiveCanisterId: receiver,
    methodName: message.methodName,
    arg,
    ingressExpiry: expiryNs,
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

describe('durability', () => {
  it('acknowledges, certifies and shows nothing before the batch is on disk', async () => {
    const { replica, log, host, stop } = open();
    log.holding = true;
    const message = creation();
    let acknowledged = false;
    let certificate: Uint8Array | undefined;
    const submitted = replica.submit(message).then(() => (acknowledged = true));
    const waited = replica.waitForCertificate(message.requestId, 5_000).then((bytes) => (certificate = bytes));
    await turns(20);
    assert.equal(log.batches.length, 1);
    assert.equal(host.state.canisters.size, 1, 'the batch was executed');
    assert.equal(acknowledged, false);
    assert.equal(certificate, undefined);
    assert.deepEqual(await replica.canisterIds(10), []);
    assert.equal(host.certified.state.height, 0n);
    const path = [new TextEncoder().encode('request_status'), message.requestId, new TextEncoder().encode('status')];
    const early = decodeCertificate(host.certified.certificate([path]));
    assert.equal(lookupPath(path, early.tree).status, 'absent');
    log.release();
    await Promise.all([submitted, waited]);
    assert.equal(acknowledged, true);
    assert.equal((await replica.canisterIds(10)).length, 1);
    const found = lookupPath(path, decodeCertificate(certificate ?? new Uint8Array(0)).tree);
    assert.equal(found.status, 'found');
    await stop();
  });

  it('takes the same message once, however often it is offered', async () => {
    const { replica, log, host, stop } = open();
    log.holding = true;
    const message = creation();
    const all = Promise.all([replica.submit(message), replica.submit(message)]);
    await turns(20);
    const late = replica.submit(message);
    log.release();
    const accepted = { kind: 'accepted', certificate: undefined };
    assert.deepEqual(await all, [accepted, accepted]);
    assert.deepEqual(await late, accepted);
    assert.deepEqual(await replica.submit(message), accepted);
    await turns(5);
    assert.equal(host.state.canisters.size, 1);
    assert.equal(
      log.batches.flatMap((batch) => batch.ingress.map((each) => each.requestId)).filter((id) => id === toHex(message.requestId)).length,
      1,
    );
    await stop();
  });
});
