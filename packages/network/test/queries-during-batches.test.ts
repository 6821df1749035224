/**
 * Queries that run while a batch waits between two slices: they see the last complete state, and change nothing.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, type PrincipalId, toHex } from '@myelin/core/base';
import type { Batch, CallResult } from '@myelin/core/execution';
import { createNetwork, type Network, type SubnetHost } from '@myelin/network';
import { ic0Imports, script, universalCanister, wat } from '@myelin/test-canisters';
import { GENESIS, openHost } from './gate-replica.ts';
import { nodeHasher, textOf } from './universal-network.ts';

const IMPORTS = ic0Imports(['msg_reply', 'msg_reply_data_append', 'msg_arg_data_copy']);

/** A counter in the heap. Without mutable globals a message that only reads leaves nothing behind that could be captured. */
const COUNTER = `(module ${IMPORTS} (memory 1)
  (func $answer (call $msg_reply_data_append (i32.const 0) (i32.const 4)) (call $msg_reply))
  (func (export "canister_update add") (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))) (call $answer))
  (func (export "canister_query get") (call $answer))
  (func (export "canister_composite_query get_composite") (call $answer))
  (func (export "canister_composite_query set_composite") (i32.store (i32.const 0) (i32.const 77)) (call $answer)))`;

const { program, reply, spin } = script;

type Setting = { readonly leader: Network; readonly history: Batch[]; readonly counter: PrincipalId; readonly spinner: PrincipalId };

async function open(): Promise<Setting> {
  const leader = createNetwork({ ...GENESIS, hasher: nodeHasher });
  const history: Batch[] = [];
  const runBatch = leader.runBatch.bind(leader);
  leader.runBatch = async (heartbeat) => {
    const batch = await runBatch(heartbeat);
    history.push(batch);
    return batch;
  };
  const counter = await leader.deploy(await wat(COUNTER));
  const spinner = await leader.deploy(await universalCanister(), { arg: program() });
  return { leader, history, counter, spinner };
}

/** Runs all batches on another replica, asking queries whenever it waits; returns its digests and the answers. */
async function replay(history: readonly Batch[], ask: (host: SubnetHost) => CallResult): Promise<{ host: SubnetHost; answers: string[] }> {
  const host = openHost();
  const answers: string[] = [];
  for (const batch of history) {
    let isDone = false;
    const done = Promise.resolve(host.runBatch(batch)).then(() => (isDone = true));
    for (let turn = 0; turn < 1_000 && !isDone; turn++) {
      answers.push(textOf(ask(host)));
      await Promise.resolve();
    }
    await done;
  }
  return { host, answers };
}

describe('queries during a batch', () => {
  for (const method of ['get', 'get_composite', 'set_composite']) {
    it(`${method} takes nothing from what the batch has done so far`, async () => {
      const { leader, history, counter, spinner } = await open();
      for (let round = 0; round < 3; round++) {
        leader.submit(counter, 'add');
        leader.submit(spinner, 'update', program(spin(16_000_000), reply()));
        await leader.runUntilIdle();
      }
      const { host, answers } = await replay(history, (replica) =>
        replica.query({ sender: ANONYMOUS_PRINCIPAL, receiver: counter, methodName: method, arg: new Uint8Array(0) }),
      );
      assert.ok(answers.length > history.length, 'queries ran within batches');
      assert.equal(toHex(host.digest()), leader.digest());
      if (method === 'set_composite') return;
      const counts = answers.filter((answer) => answer.length === 4).map((answer) => answer.charCodeAt(0));
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
        'no query sees an older state than one before it',
      );
    });
  }

  it('of the canister whose long message just ends are answered', async () => {
    const { leader, history, spinner } = await open();
    leader.submit(spinner, 'update', program(spin(16_000_000), reply()));
    await leader.runUntilIdle();
    const { host, answers } = await replay(history, (replica) =>
      replica.query({ sender: ANONYMOUS_PRINCIPAL, receiver: spinner, methodName: 'query', arg: program(reply('here')) }),
    );
    assert.ok(answers.includes('here'));
    assert.equal(toHex(host.digest()), leader.digest());
  });
});
