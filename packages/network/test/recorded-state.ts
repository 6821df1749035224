/**
 * The records of a replica's state in memory, as a store would keep them: for the gate.
 */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '@myelin/core/base';
import { buildCanisterModule } from '@myelin/core/execution';
import { nodeHasher } from './universal-network.ts';
import {
  type CanisterModule,
  forkState,
  keysOfPages,
  type PageShelf,
  RECORD_KIND,
  type ReplicatedState,
  sendPagesAway,
  StateBuilder,
  StateRecorder,
  StoredPages,
} from '@myelin/core/state';

/** Rewritten modules by hash, as a node keeps them beside its records: rewriting takes longer than all the rest. */
const modules = new Map<string, CanisterModule>();

function loadModule(source: Uint8Array, hash: string): CanisterModule {
  let module = modules.get(hash);
  if (module === undefined) {
    const built = buildCanisterModule(source, hash);
    assert.ok(built.ok, 'a module that was installed can be read again');
    module = built.value;
    modules.set(hash, module);
  }
  assert.deepEqual(module.source, source);
  return module;
}

export class RecordedState {
  readonly #recorder = new StateRecorder(nodeHasher);
  readonly #records = new Map<string, Uint8Array>();
  readonly #sources = new Map<string, StoredPages[]>();
  /** Bytes of pages that were sent away so far. */
  bytesAway = 0;

  /** Brings the records up to date. */
  update(state: ReplicatedState): void {
    for (const { key, value } of this.#recorder.record(forkState(state))) {
      if (value === undefined) this.#records.delete(toHex(key));
      else this.#records.set(toHex(key), value);
    }
  }

  /**
   * Brings the records up to date and sends all pages away that are in them.
   * @param state - has its digest, and goes on to be used.
   */
  sendAway(state: ReplicatedState): void {
    for (const { key, value } of this.#recorder.record(forkState(state))) {
      if (key[0] === RECORD_KIND.pages) this.#retain(key);
      if (value === undefined) this.#records.delete(toHex(key));
      else this.#records.set(toHex(key), value);
    }
    for (const canister of this.#recorder.recorded!.canisters.values()) this.bytesAway += sendPagesAway(canister, this.#shelf);
  }

  /** What was about to be replaced is read before. */
  #retain(key: Uint8Array): void {
    for (const source of this.#sources.get(toHex(key)) ?? []) source.retain();
    this.#sources.delete(toHex(key));
  }

  readonly #shelf: PageShelf = (place) => {
    const source = new StoredPages(place, (key) => this.#records.get(toHex(key)), nodeHasher);
    for (const key of keysOfPages(place)) {
      const sources = this.#sources.get(toHex(key)) ?? [];
      this.#sources.set(toHex(key), [...sources, source]);
    }
    return source;
  };

  /** A state from the records, whose pages stay there until somebody looks at them. */
  buildAway(): ReplicatedState {
    const builder = new StateBuilder(loadModule, { shelf: this.#shelf, hasher: nodeHasher });
    for (const key of [...this.#records.keys()].toSorted()) {
      if (!key.startsWith(toHex(Uint8Array.of(RECORD_KIND.pages)))) builder.add(fromHex(key), this.#records.get(key)!);
    }
    return builder.finish();
  }

  /** A state from nothing but the records. */
  build(): ReplicatedState {
    const builder = new StateBuilder(loadModule);
    for (const key of [...this.#records.keys()].toSorted()) builder.add(fromHex(key), this.#records.get(key)!);
    return builder.finish();
  }
}
