/**
 * Every field of the replicated state, at any depth, is part of its digest: two states that differ anywhere have different digests.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nobleHasher, toHex } from '../../src/base/index.ts';
import {
  canonicalStateTree,
  type CanisterState,
  createTreeHasher,
  forkState,
  fullDigest,
  type ReplicatedState,
  stateDelta,
} from '../../src/state/index.ts';
import { ID, sampleCanister, sampleState, stateVariants, variants } from './support/sample-state.ts';

const tree = createTreeHasher(nobleHasher);

function digestOf(state: ReplicatedState): string {
  const fork = forkState(state);
  return toHex(fullDigest(canonicalStateTree(fork, tree).hash(), stateDelta(fork, tree), nobleHasher));
}

describe('the digest of a state', () => {
  it('covers every field of the state', () => {
    const expected = digestOf(sampleState());
    assert.equal(digestOf(sampleState()), expected, 'equal states have equal digests');
    let count = 0;
    for (const [path, name, value] of stateVariants()) {
      assert.notEqual(digestOf({ ...sampleState(), [name]: value }), expected, path);
      count++;
    }
    assert.ok(count > 60, `${count} places`);
  });

  it('covers every field of a canister', () => {
    const expected = digestOf(sampleState());
    let count = 0;
    for (const [path, value] of variants(sampleCanister({}), 'canister')) {
      const state = sampleState();
      state.canisters.set(ID, { ...(value as CanisterState), edit: state.edit });
      assert.notEqual(digestOf(state), expected, path);
      count++;
    }
    assert.ok(count > 150, `${count} places`);
  });

  it('does not depend on whether hashes were taken before', () => {
    const state = sampleState();
    const fork = forkState(state);
    digestOf(fork);
    assert.equal(digestOf(state), digestOf(sampleState()));
  });
});
