/**
 * The digest of a state, made in steps: the same digest, and no step takes long.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex, type Hasher } from '@myelin/core/base';
import {
  canonicalStateTree,
  createTreeHasher,
  fullDigest,
  hashCanonicalStateInSteps,
  type ReplicatedState,
  stateDelta,
  stateDeltaInSteps,
  type TreeHasher,
} from '@myelin/core/state';
import { script, universalCanister } from '@myelin/test-canisters';
import { nodeHasher, openNetwork } from './universal-network.ts';

const { program, reply } = script;

/** Counts the bytes that are hashed. */
function countingHasher(): { readonly tree: TreeHasher; readonly take: () => number } {
  let bytes = 0;
  const hasher: Hasher = { ...nodeHasher, sha256: (data) => ((bytes += data.length), nodeHasher.sha256(data)) };
  const take = (): number => {
    const taken = bytes;
    bytes = 0;
    return taken;
  };
  return { tree: createTreeHasher(hasher), take };
}

function digestOf(state: ReplicatedState, tree: TreeHasher): string {
  return toHex(fullDigest(canonicalStateTree(state, tree).hash(), stateDelta(state, tree), tree.hasher));
}

describe('a digest in steps', () => {
  it('is the one that is made at once; steps are small, and little is left after them', async () => {
    const make = async (): Promise<ReplicatedState> => {
      const network = openNetwork();
      const wasm = await universalCanister();
      for (let index = 0; index < 10; index++) {
        const id = await network.deploy(wasm, { arg: program() });
        await network.update(
          id,
          'update',
          program(script.drop(script.stableGrow(20)), script.stableWrite(0, script.filled(400_000, 7)), reply()),
        );
      }
      return network.state;
    };
    const atOnce = countingHasher();
    const expected = digestOf(await make(), atOnce.tree);
    const whole = atOnce.take();

    const { tree, take } = countingHasher();
    const state = await make();
    take();
    let largest = 0;
    for (const steps of [hashCanonicalStateInSteps(state, tree), stateDeltaInSteps(state, tree)]) {
      for (const _ of steps) largest = Math.max(largest, take());
      largest = Math.max(largest, take());
    }
    assert.equal(digestOf(state, tree), expected);
    const rest = take();
    assert.ok(largest < 2 ** 18, `one step hashes ${largest} bytes`);
    assert.ok(rest < 2 ** 15, `${rest} bytes of ${whole} are left`);
  });
});
