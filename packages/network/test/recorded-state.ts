/**
 * The records of a replica's state in memory, as a store would keep them: for the gate.
 */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '@myelin/core/base';
import { buildCanisterModule } from '@myelin/core/execution';
import { type CanisterModule, forkState, type ReplicatedState, StateBuilder, StateRecorder } from '@myelin/core/state';

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
  readonly #recorder = new StateRecorder();
  readonly #records = new Map<string, Uint8Array>();

  /** Brings the records up to date. */
  update(state: ReplicatedState): void {
    for (const { key, value } of this.#recorder.record(forkState(state))) {
      if (value === undefined) this.#records.delete(toHex(key));
      else this.#records.set(toHex(key), value);
    }
  }

  /** A state from nothing but the records. */
  build(): ReplicatedState {
    const builder = new StateBuilder(loadModule);
    for (const key of [...this.#records.keys()].toSorted()) builder.add(fromHex(key), this.#records.get(key)!);
    return builder.finish();
  }
}
