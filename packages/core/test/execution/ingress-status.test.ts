/**
 * The history of requests: each is open or in a group that is pruned, groups are bounded and do not grow once their batch is over.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionFault, nobleHasher, toHex } from '../../src/base/index.ts';
import { pruneIngressHistory, setIngressStatus } from '../../src/execution/ingress-status.ts';
import {
  createIngressHistory,
  DUE_REQUESTS_MAX,
  dueRequestIds,
  forkState,
  type IngressStatus,
  type ReplicatedState,
} from '../../src/state/index.ts';
import { ID, sampleState } from '../state/support/sample-state.ts';

const KEPT_NS = 300_000_000_000n;

function idOf(number: number): string {
  return toHex(nobleHasher.sha256(Uint8Array.of(number >> 8, number)));
}

function emptyState(): ReplicatedState {
  return { ...sampleState(), ingressHistory: createIngressHistory(), timeNs: 1_000n };
}

/** The state of the next batch; who has the one before keeps it as it is. */
function nextBatch(state: ReplicatedState, timeNs: bigint): ReplicatedState {
  const before = forkState(state);
  state.height++;
  state.timeNs = timeNs;
  return before;
}

const known = { sender: ID, receiver: ID, expiryNs: 2_000n } as const;
const replied = (bytes: number): IngressStatus => ({ ...known, status: 'replied', reply: new Uint8Array(bytes) });

function groupsOf({ ingressHistory: { pruneAt } }: ReplicatedState): number[] {
  return [...pruneAt.values()].map((due) => dueRequestIds(due).length);
}

describe('the history of requests', () => {
  it('has a request among the open ones until its status is final, which it stays', () => {
    const state = emptyState();
    const { entries, open } = state.ingressHistory;
    for (const status of ['received', 'processing'] as const) {
      setIngressStatus(state, idOf(1), { ...known, status });
      assert.equal(open.get(idOf(1))?.status, status);
      assert.equal(entries.get(idOf(1))?.status, status);
      assert.deepEqual(groupsOf(state), []);
    }
    setIngressStatus(state, idOf(1), replied(5));
    assert.equal(open.size, 0);
    assert.equal(entries.get(idOf(1))?.status, 'replied');
    assert.deepEqual(groupsOf(state), [1]);
    assert.equal(state.ingressHistory.bytes, 5);
    for (const status of [replied(1), { ...known, status: 'processing' } as const]) {
      assert.throws(() => setIngressStatus(state, idOf(1), status), AssertionFault);
    }
  });

  it('divides the requests of a batch into groups of bounded size', () => {
    const state = emptyState();
    const count = 2 * DUE_REQUESTS_MAX + 7;
    for (let number = 0; number < count; number++) setIngressStatus(state, idOf(number), replied(1));
    assert.deepEqual(groupsOf(state), [DUE_REQUESTS_MAX, DUE_REQUESTS_MAX, 7]);
    state.timeNs += KEPT_NS - 1n;
    pruneIngressHistory(state);
    assert.equal(state.ingressHistory.entries.size, count, 'not yet');
    state.timeNs += 1n;
    pruneIngressHistory(state);
    assert.deepEqual([state.ingressHistory.entries.size, state.ingressHistory.pruneAt.size, state.ingressHistory.bytes], [0, 0, 0]);
  });

  it('forgets a part in each batch when much is due', () => {
    const state = emptyState();
    const count = 3 * 4_096;
    for (let number = 0; number < count; number++) setIngressStatus(state, idOf(number), replied(1));
    state.timeNs += 2n * KEPT_NS;
    const left: number[] = [];
    for (let batch = 0; batch < 4; batch++) {
      pruneIngressHistory(state);
      left.push(state.ingressHistory.entries.size);
      assert.equal(state.ingressHistory.bytes, left[batch]);
    }
    assert.deepEqual(left, [2 * 4_096, 4_096, 0, 0]);
  });

  it('never lets a group grow after its batch, though senders choose one time for all', () => {
    const state = emptyState();
    const expiryNs = 1_000n + KEPT_NS + 50_000_000_000n;
    const forks: ReplicatedState[] = [];
    for (let batch = 0; batch < 5; batch++) {
      forks.push(nextBatch(state, 1_000n + BigInt(batch)));
      for (let number = 0; number < 3; number++) setIngressStatus(state, idOf(10 * batch + number), { ...replied(batch), expiryNs });
    }
    assert.deepEqual(groupsOf(state), [3, 3, 3, 3, 3]);
    assert.deepEqual(
      forks.map((fork) => groupsOf(fork).length),
      [0, 1, 2, 3, 4],
    );
    state.timeNs = expiryNs;
    pruneIngressHistory(state);
    assert.equal(state.ingressHistory.entries.size, 15, 'a request outlives the time until which it could be inducted again');
    state.timeNs = expiryNs + 1n;
    pruneIngressHistory(state);
    assert.equal(state.ingressHistory.entries.size, 0);
    assert.equal(state.ingressHistory.bytes, 0);
    assert.equal(forks[4]?.ingressHistory.entries.size, 12, 'forks keep what they had');
  });
});
