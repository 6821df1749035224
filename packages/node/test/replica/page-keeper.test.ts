/** Pages that are away are found whatever happens to the canister in whose records they lie. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PrincipalId } from '@myelin/core/base';
import {
  addCanister,
  canisterForWrite,
  canonicalStateTree,
  createCanisterState,
  createReplicatedState,
  createTreeHasher,
  forkState,
  fullDigest,
  PageMap,
  RECORD_KIND,
  type ReplicatedState,
  StateBuilder,
  stateDelta,
  StateRecorder,
} from '@myelin/core/state';
import { nodeHasher } from '../../src/crypto/index.ts';
import { PageKeeper } from '../../src/replica/page-keeper.ts';

const FIRST = '00000000000000010101' as PrincipalId;
const SECOND = '00000000000000020101' as PrincipalId;
const PAGE_BYTES = 4_096;
const tree = createTreeHasher(nodeHasher);

/** A store, and what a node does with it. */
class Kept {
  readonly records = new Map<string, Uint8Array>();
  readonly keeper = new PageKeeper({ read: (key) => this.records.get(Buffer.from(key).toString('hex')) }, nodeHasher, PAGE_BYTES / 4);
  #recorder = new StateRecorder(nodeHasher);

  /** The state as a start makes it: pages are away, and canisters with the same have them in common. */
  reopen(): ReplicatedState {
    const { shelf, nodes } = this.keeper;
    const builder = new StateBuilder(() => assert.fail('there is no module'), { shelf, nodes, hasher: nodeHasher });
    for (const key of [...this.records.keys()].toSorted()) {
      const bytes = Buffer.from(key, 'hex');
      if (bytes[0] !== RECORD_KIND.pages) builder.add(bytes, this.records.get(key)!);
    }
    const state = builder.finish();
    for (const id of [FIRST, SECOND]) state.canisters.get(id);
    this.#recorder = new StateRecorder(nodeHasher, state);
    return forkState(state);
  }

  /** Takes a checkpoint. @returns how many records of pages it wrote */
  checkpoint(state: ReplicatedState): number {
    const fork = forkState(state);
    fullDigest(canonicalStateTree(fork, tree).hash(), stateDelta(fork, tree), nodeHasher);
    let pages = 0;
    for (const { key, value } of this.keeper.guarded(this.#recorder.record(fork))) {
      if (key[0] === RECORD_KIND.pages) pages++;
      const name = Buffer.from(key).toString('hex');
      if (value === undefined) this.records.delete(name);
      else this.records.set(name, value);
    }
    return pages;
  }

  /** Lets all pages go that the checkpoint holds. */
  letGo(): void {
    assert.ok(this.#recorder.recorded !== undefined);
    for (const _ of this.keeper.round(this.#recorder.recorded));
  }
}

function write(state: ReplicatedState, id: PrincipalId, byte: number): void {
  const canister = canisterForWrite(state, id)!;
  const pages = canister.heap.pages.fork();
  pages.write(0, new Uint8Array(PAGE_BYTES).fill(byte));
  pages.seal();
  canister.heap = { ...canister.heap, pages };
}

function firstByte(state: ReplicatedState, id: PrincipalId): number | undefined {
  return state.canisters.get(id)?.heap.pages.get(0)?.[0];
}

function twoCanisters(): ReplicatedState {
  const subnet = { id: FIRST, type: 'application', publicKey: new Uint8Array(1), nodes: [], ranges: [] } as const;
  const state = createReplicatedState({
    subnet,
    network: [subnet],
    rootKey: new Uint8Array(1),
    timeNs: 1n,
    protocolVersion: 1,
    firstCanisterIndex: 1n,
  });
  const settings = {
    controllers: [],
    computeAllocation: 0,
    memoryAllocation: 0n,
    freezingThreshold: 0n,
    reservedCyclesLimit: 0n,
    minimumIncomingCallCycles: 0n,
    logVisibility: { kind: 'controllers' },
    snapshotVisibility: { kind: 'controllers' },
    statusVisibility: { kind: 'controllers' },
    wasmMemoryLimit: 0n,
    wasmMemoryThreshold: 0n,
    logMemoryLimit: 0,
    environmentVariables: [],
  } as const;
  for (const id of [FIRST, SECOND]) {
    const canister = createCanisterState({ edit: state.edit, id, settings, balance: 0n, timeNs: 1n, firstCallbackId: 1 });
    addCanister(state, { ...canister, heap: { ...canister.heap, pages: PageMap.empty() } });
    write(state, id, 7);
  }
  return state;
}

it('two canisters share pages that are away, and the one in whose records they lie changes them, back, and for good', () => {
  const kept = new Kept();
  assert.ok(kept.checkpoint(twoCanisters()) > 0);
  const state = kept.reopen();
  assert.equal(firstByte(state, FIRST), 7);
  write(state, FIRST, 8);
  kept.letGo();
  write(state, FIRST, 7);
  assert.equal(kept.checkpoint(state), 0, 'the records are what they were');
  kept.letGo();
  write(state, FIRST, 9);
  assert.ok(kept.checkpoint(state) > 0);
  kept.letGo();
  assert.equal(firstByte(state, FIRST), 9);
  assert.equal(firstByte(state, SECOND), 7);
});
