/**
 * Finds or makes the instance on which a message runs, and drops idle ones when there are too many.
 *
 * Instances are caches: dropping one changes no result, unless it holds changes that were not captured; those are never dropped here.
 * @module
 */
import { assert, type PrincipalId } from '@myelin/core/base';
import type { CacheCounters, RunRequest } from '@myelin/core/execution';
import { type CanisterSlot, emptySlot, isPending, standsAt } from './canister-slot.ts';
import { CanisterInstance } from './instance.ts';
import { EVICTED_FRACTION } from './limits.ts';
import type { CompiledModules } from './module-cache.ts';

export class InstancePool {
  readonly slots: Map<PrincipalId, CanisterSlot> = new Map();
  readonly #modules: CompiledModules;
  readonly #instancesMax: number;
  readonly #bytesMax: number;
  #count = 0;
  #clock = 0;
  /** How often a message found an instance that stood at its state. */
  readonly counters: CacheCounters = { hits: 0, misses: 0 };

  constructor(modules: CompiledModules, instancesMax: number, bytesMax: number) {
    this.#modules = modules;
    this.#instancesMax = instancesMax;
    this.#bytesMax = bytesMax;
  }

  /** Instances that are held now. */
  get count(): number {
    return this.#count;
  }

  slot(canister: PrincipalId): CanisterSlot {
    let slot = this.slots.get(canister);
    if (slot === undefined) this.slots.set(canister, (slot = emptySlot()));
    return slot;
  }

  /** A new instance for the message; it does not count until it is kept. */
  create(request: RunRequest): CanisterInstance {
    return new CanisterInstance(request.module, this.#modules.get(request.module));
  }

  /** The instance on which a message that reuses state runs. */
  acquire(slot: CanisterSlot, request: RunRequest): CanisterInstance {
    const instance = request.role === 'update' ? this.#forUpdate(slot, request) : this.#forQuery(slot, request);
    if (!instance.uncaptured) instance.image = request.heap;
    instance.lastUsed = ++this.#clock;
    return instance;
  }

  #forUpdate(slot: CanisterSlot, request: RunRequest): CanisterInstance {
    const { update } = slot;
    if (update !== undefined && update.module.hash === request.module.hash) {
      if (standsAt(update, request.heapToken)) return update.isSpent ? this.#renew(slot, update) : this.#found(update);
      if (this.#rebase(slot, update, request) && !update.isSpent) return update;
    }
    return this.keep(slot, 'update', this.#restored(request));
  }

  #found(instance: CanisterInstance): CanisterInstance {
    this.counters.hits++;
    return instance;
  }

  /** An instance with the same contents, but nothing left over from what was rolled back. */
  #renew(slot: CanisterSlot, spent: CanisterInstance): CanisterInstance {
    this.counters.misses++;
    const renewed = new CanisterInstance(spent.module, this.#modules.get(spent.module));
    renewed.inherit(spent);
    if (slot.lastCommitted === spent) slot.lastCommitted = renewed;
    return this.keep(slot, 'update', renewed);
  }

  /** An instance with the same contents whose code V8 has not optimised, in place of one on which a message was undone. */
  cold(slot: CanisterSlot, warm: CanisterInstance, request: RunRequest): CanisterInstance {
    const cold = new CanisterInstance(warm.module, this.#modules.compileAgain(warm.module), true);
    if (request.instance === 'fresh') {
      cold.token = request.heapToken;
      return cold;
    }
    cold.inherit(warm);
    if (slot.lastCommitted === warm) slot.lastCommitted = cold;
    return this.keep(slot, slot.update === warm ? 'update' : 'query', cold);
  }

  #forQuery(slot: CanisterSlot, request: RunRequest): CanisterInstance {
    const { update, query } = slot;
    const { hash } = request.module;
    const isLent =
      slot.lends &&
      update !== undefined &&
      update.module.hash === hash &&
      standsAt(update, request.heapToken) &&
      !update.uncaptured &&
      !update.isConsumed &&
      slot.paused === undefined &&
      !isPending(slot, update);
    if (isLent && !keepsChanges(request)) return this.#found(update);
    if (query !== undefined && query.module.hash === hash && !query.isConsumed) {
      if (standsAt(query, request.heapToken)) return this.#found(query);
      if (this.#rebase(slot, query, request)) return query;
    }
    return this.keep(slot, 'query', this.#restored(request));
  }

  #rebase(slot: CanisterSlot, instance: CanisterInstance, request: RunRequest): boolean {
    if (instance.image === undefined || instance.isConsumed) return false;
    this.counters.misses++;
    instance.rebase(instance.image, request.heap);
    instance.token = request.heapToken;
    instance.alias = undefined;
    instance.image = request.heap;
    if (instance.measure()) this.keepToBytes(slot);
    return true;
  }

  #restored(request: RunRequest): CanisterInstance {
    this.counters.misses++;
    const instance = this.create(request);
    instance.restore(request.heap);
    instance.token = request.heapToken;
    instance.image = request.heap;
    return instance;
  }

  /** Puts an instance in its place in the slot, in place of what was there. */
  keep(slot: CanisterSlot, role: 'update' | 'query', instance: CanisterInstance): CanisterInstance {
    if (slot[role] === undefined) {
      if (this.#count >= this.#instancesMax) this.#evict(slot, Math.max(1, Math.floor(this.#instancesMax * EVICTED_FRACTION)), 0);
      this.#count++;
    }
    slot[role] = instance;
    instance.lastUsed = ++this.#clock;
    this.keepToBytes(slot);
    return instance;
  }

  /** Settles where a query was undone: an instance that it has made useless for updates is for queries alone from now on. */
  queryUndone(slot: CanisterSlot, instance: CanisterInstance): void {
    const role = slot.update === instance ? 'update' : 'query';
    if (instance.hoards) {
      this.release(slot, role);
      return;
    }
    if (instance.measure() && slot[role] === instance) this.keepToBytes(slot);
    if (role === 'update' && instance.isSpent) {
      slot.lends = false;
      this.release(slot, 'update');
      this.keep(slot, 'query', instance);
    }
  }

  /** Forgets one of the instances. */
  release(slot: CanisterSlot, role: 'update' | 'query'): void {
    if (slot[role] === undefined) return;
    slot[role] = undefined;
    this.#count--;
  }

  /** Forgets everything about a canister. */
  drop(canister: PrincipalId): void {
    const slot = this.slots.get(canister);
    if (slot === undefined) return;
    slot.paused?.abort();
    this.release(slot, 'update');
    this.release(slot, 'query');
    this.slots.delete(canister);
  }

  /** Bytes of the memories of all instances. */
  get bytes(): number {
    let bytes = 0;
    for (const { update, query } of this.slots.values()) bytes += (update?.bytes ?? 0) + (query?.bytes ?? 0);
    return bytes;
  }

  /** Drops instances while their memories are too large; those of `used` stay. To be called when one was added or has grown. */
  keepToBytes(used: CanisterSlot): void {
    const excess = this.bytes - this.#bytesMax;
    if (excess > 0) this.#evict(used, 0, excess + this.#bytesMax * EVICTED_FRACTION);
  }

  /** Drops what was not used for longest, at least so many instances and so many bytes where there are; `filled` gets an instance now and stays. */
  #evict(filled: CanisterSlot, countMin: number, bytesMin: number): void {
    const idle: { slot: CanisterSlot; role: 'update' | 'query'; lastUsed: number }[] = [];
    for (const slot of this.slots.values()) {
      for (const role of ['update', 'query'] as const) {
        const instance = slot[role];
        if (instance === undefined || instance.uncaptured || slot === filled) continue;
        if (slot.paused?.instance === instance || isPending(slot, instance)) continue;
        idle.push({ slot, role, lastUsed: instance.lastUsed });
      }
    }
    idle.sort((a, b) => a.lastUsed - b.lastUsed);
    let [count, bytes] = [0, 0];
    for (const { slot, role } of idle) {
      if (count >= countMin && bytes >= bytesMin) break;
      count++;
      bytes += slot[role]?.bytes ?? 0;
      this.release(slot, role);
    }
    for (const [canister, slot] of this.slots) {
      const isEmpty = slot.update === undefined && slot.query === undefined && slot.pending.length === 0 && slot.paused === undefined;
      if (isEmpty && slot !== filled) this.slots.delete(canister);
    }
    assert(this.#count >= 0, 'the count of instances is right');
  }
}

/** A composite query keeps what it did for its callbacks, so it must not run on the update instance. */
function keepsChanges(request: RunRequest): boolean {
  const [first] = request.entries;
  return first !== undefined && (first.kind !== 'export' || first.name.startsWith('canister_composite_query'));
}
