/**
 * Runs canister modules on V8's own WebAssembly engine: the implementation of `WasmEngine`.
 *
 * A message runs as a plain call of one slice; when that is not enough it is undone and runs again in slices on a suspendable stack. Both ways
 * give the same bytes and the same count.
 * @module
 */
import { assert, present, type PrincipalId } from '@myelin/core/base';
import type {
  CanisterModule,
  EngineCounters,
  HeapDelta,
  RunOutcome,
  RunRequest,
  SystemApiHandler,
  WasmEngine,
} from '@myelin/core/execution';
import { type CanisterSlot, standsAt } from './canister-slot.ts';
import { checkStack, checkSuspendableStack } from './stack-check.ts';
import type { CanisterInstance } from './instance.ts';
import { InstancePool } from './instance-pool.ts';
import { INSTANCE_BYTES_DEFAULT, INSTANCES_DEFAULT, MODULES_DEFAULT } from './limits.ts';
import { CompiledModules, type InBaseline } from './module-cache.ts';
import { reportedInstructions, trapOf, trapped } from './outcome.ts';
import { Signal } from './signals.ts';
import { SlicedRun } from './sliced-run.ts';
import { type EngineTrap, learnTrapTexts } from './traps.ts';

export type EngineOptions = {
  /** Instances kept at once before idle ones are dropped; default {@link INSTANCES_DEFAULT}. */
  readonly instancesMax?: number;
  /** Bytes of their memories before idle ones are dropped; default {@link INSTANCE_BYTES_DEFAULT}. */
  readonly instanceBytesMax?: number;
  /** Compiled modules kept at once; default {@link MODULES_DEFAULT}. */
  readonly modulesMax?: number;
  /**
   * Lets a module be compiled to code that V8 never optimises, where the host has a way to do so. By default V8 may optimise such code too when it runs for long, and
   * some code then needs a larger stack than the protocol's limit foresees.
   */
  readonly inBaseline?: InBaseline;
  /** Proves what the host holds before the first message runs instead of at once: a network in a test may never run one, and it takes 20 ms. */
  readonly proveLater?: boolean;
  /** Pages lie in memory that all threads of the process see, so that handing them to another thread copies nothing. */
  readonly sharePages?: boolean;
};

function ownBlock(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}

function sharedBlock(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

/**
 * Makes an engine and proves that the host holds what the protocol promises: trap texts that can be told apart, a stack that is deep enough.
 * @throws IcError `ENGINE_TRAP_TEXT`, `ENGINE_STACK_TOO_SMALL`
 */
export function createV8Engine(options: EngineOptions): WasmEngine {
  const engine = new V8Engine(options);
  if (options.proveLater !== true) engine.prove();
  return engine;
}

class V8Engine implements WasmEngine {
  /** V8's texts of traps; undefined until the host has proved what it holds. */
  #texts: ReadonlyMap<string, EngineTrap> | undefined;
  readonly #modules: CompiledModules;
  readonly #pool: InstancePool;
  readonly #newBlock: (bytes: number) => ArrayBufferLike;
  #suspendableStack: Promise<void> | undefined;

  constructor(options: EngineOptions) {
    this.#newBlock = options.sharePages === true ? sharedBlock : ownBlock;
    this.#modules = new CompiledModules(options.modulesMax ?? MODULES_DEFAULT, options.inBaseline);
    this.#pool = new InstancePool(
      this.#modules,
      options.instancesMax ?? INSTANCES_DEFAULT,
      options.instanceBytesMax ?? INSTANCE_BYTES_DEFAULT,
    );
  }

  /** No message runs on a host that has not proved what it holds. @throws IcError `ENGINE_TRAP_TEXT`, `ENGINE_STACK_TOO_SMALL` */
  prove(): ReadonlyMap<string, EngineTrap> {
    if (this.#texts !== undefined) return this.#texts;
    const texts = learnTrapTexts();
    checkStack();
    this.#texts = texts;
    return texts;
  }

  get counters(): EngineCounters {
    return { instances: this.#pool.counters, modules: this.#modules.counters };
  }

  get instanceCount(): number {
    return this.#pool.count;
  }

  prepare(module: CanisterModule): void {
    this.#modules.get(module);
  }

  runPlain(request: RunRequest): RunOutcome | undefined {
    // V8 would refuse to make the instance, before there is a message that could trap.
    if (!request.module.instrumented.elementsFit) return trapped(0n, request.createApi(), 'table-out-of-bounds');
    const slot = this.#pool.slot(request.canister);
    return this.#runPlainOn(slot, this.#instanceFor(slot, request), request);
  }

  #runPlainOn(slot: CanisterSlot, instance: CanisterInstance, request: RunRequest): RunOutcome | undefined {
    const api = request.createApi();
    try {
      this.#begin(instance, request, api, false);
      for (const entry of request.entries) {
        if (!instance.call(entry)) return this.#noSuchCallback(instance, request, api);
      }
    } catch (error) {
      if (error instanceof Signal && error.reason === 'instructions' && request.sliceInstructions < request.instructionLimit) {
        instance.rollback();
        return undefined;
      }
      if (overflowsStack(error) && !instance.isCold) return this.#runPlainOn(slot, this.#coldInstance(slot, instance, request), request);
      return this.#trapped(instance, request, api, error);
    }
    return this.#completed(slot, instance, request, api);
  }

  /**
   * The same state in code that V8 has not optimised. Optimised frames of some functions are much larger than their weight, so the host's stack may end
   * before the protocol's; frames of V8's baseline code are never larger.
   */
  #coldInstance(slot: CanisterSlot, instance: CanisterInstance, request: RunRequest): CanisterInstance {
    this.#undo(instance, request);
    return this.#pool.cold(slot, instance, request);
  }

  async startSliced(request: RunRequest): Promise<RunOutcome> {
    await (this.#suspendableStack ??= checkSuspendableStack());
    const slot = this.#pool.slot(request.canister);
    const instance = this.#instanceFor(slot, request);
    const api = request.createApi();
    const run = new SlicedRun(request, instance, api);
    const outcome = run.nextOutcome();
    void this.#drive(slot, run);
    return outcome;
  }

  async #drive(slot: CanisterSlot, run: SlicedRun): Promise<void> {
    const { instance, request, api } = run;
    slot.paused = run;
    instance.onPause = () => run.pause();
    try {
      const outcome = await this.#runSliced(slot, run);
      if (!run.aborted) run.finish(outcome);
    } catch (error) {
      if (run.aborted) return;
      slot.paused = undefined;
      if (overflowsStack(error) && !instance.isCold) {
        void this.#drive(slot, run.again(this.#coldInstance(slot, instance, request), request.createApi()));
        return;
      }
      try {
        run.finish(this.#trapped(instance, request, api, error));
      } catch (fault) {
        run.fail(fault);
      }
    }
  }

  async #runSliced(slot: CanisterSlot, run: SlicedRun): Promise<RunOutcome> {
    const { instance, request, api } = run;
    this.#begin(instance, request, api, true);
    for (const entry of request.entries) {
      const exists = await instance.callSuspendable(entry);
      if (!exists) {
        slot.paused = undefined;
        return this.#noSuchCallback(instance, request, api);
      }
    }
    slot.paused = undefined;
    return this.#completed(slot, instance, request, api);
  }

  resumeSliced(canister: PrincipalId): Promise<RunOutcome> {
    const run = this.#pool.slots.get(canister)?.paused;
    return present(run, 'a message is resumed when it is paused').resume();
  }

  abortSliced(canister: PrincipalId): void {
    const slot = this.#pool.slots.get(canister);
    const run = slot?.paused;
    if (slot === undefined || run === undefined) return;
    run.abort();
    slot.paused = undefined;
    run.instance.rollback();
  }

  commit(canister: PrincipalId): void {
    const slot = present(this.#pool.slots.get(canister), 'a message that completed has its instance');
    const { instance, role, isFresh } = present(slot.pending.pop(), 'a message is committed once, after it completed');
    instance.commit();
    if (isFresh) {
      instance.uncaptured = true;
      this.#pool.keep(slot, 'update', instance);
    } else if (role === 'query' && slot.update === instance) {
      this.#pool.release(slot, 'update');
      this.#pool.keep(slot, 'query', instance);
    }
    slot.lastCommitted = instance;
  }

  rollback(canister: PrincipalId): void {
    const slot = present(this.#pool.slots.get(canister), 'a message that completed has its instance');
    const { instance, role } = present(slot.pending.pop(), 'a message is rolled back once, after it completed');
    instance.rollback();
    if (role === 'query') this.#pool.queryUndone(slot, instance);
  }

  capture(canister: PrincipalId, heapToken: object, newToken: object): HeapDelta | undefined {
    const slot = this.#pool.slots.get(canister);
    if (slot === undefined) return undefined;
    // A composite query captures its own instance, never what the batch has in the update instance at the same token.
    const instance = slot.lastCommitted ?? slot.update;
    slot.lastCommitted = undefined;
    if (instance === undefined || !instance.uncaptured || !standsAt(instance, heapToken)) {
      this.#alias(slot, heapToken, newToken);
      return undefined;
    }
    const delta = instance.capture(this.#newBlock);
    instance.token = newToken;
    instance.alias = undefined;
    instance.image = undefined;
    if (instance.measure()) this.#pool.keepToBytes(slot);
    if (instance.hoards) this.#pool.release(slot, slot.query === instance ? 'query' : 'update');
    return delta;
  }

  /** Nothing changed: the same state has two names until the caller says which one it goes by. */
  #alias(slot: CanisterSlot, heapToken: object, newToken: object): void {
    for (const instance of [slot.update, slot.query]) {
      if (instance === undefined || !standsAt(instance, heapToken)) continue;
      instance.token = heapToken;
      instance.alias = newToken;
    }
  }

  drop(canister: PrincipalId): void {
    this.#pool.drop(canister);
  }

  #instanceFor(slot: CanisterSlot, request: RunRequest): CanisterInstance {
    if (this.#texts === undefined) this.prove();
    const blocking = request.role === 'query' ? slot.pending.some((message) => message.role === 'query') : slot.pending.length > 0;
    assert(!blocking, 'a completed message is committed or rolled back before the next one runs');
    assert(slot.paused === undefined || request.role === 'query', 'no other message of a canister runs while one is paused');
    if (request.instance === 'reuse') return this.#pool.acquire(slot, request);
    const instance = this.#pool.create(request);
    instance.token = request.heapToken;
    return instance;
  }

  #begin(instance: CanisterInstance, request: RunRequest, api: SystemApiHandler, sliced: boolean): void {
    const { instructionLimit: limit, sliceInstructions: slice } = request;
    instance.begin(api, slice < limit ? slice : limit, sliced);
    if (request.instance === 'fresh') instance.initialise(request.keptHeap);
  }

  #completed(slot: CanisterSlot, instance: CanisterInstance, request: RunRequest, api: SystemApiHandler): RunOutcome {
    const dirtyPages = instance.settle();
    slot.pending.push({ instance, role: request.role, isFresh: request.instance === 'fresh' });
    return { kind: 'completed', instructions: reportedInstructions(request, instance), api, dirtyPages, wasmPages: instance.wasmPages };
  }

  #trapped(instance: CanisterInstance, request: RunRequest, api: SystemApiHandler, error: unknown): RunOutcome {
    try {
      const trap = trapOf(error, instance, this.prove());
      return trapped(reportedInstructions(request, instance), api, trap);
    } finally {
      this.#undo(instance, request);
    }
  }

  #undo(instance: CanisterInstance, request: RunRequest): void {
    instance.rollback();
    const slot = this.#pool.slots.get(request.canister);
    if (request.role === 'query' && slot !== undefined) this.#pool.queryUndone(slot, instance);
  }

  #noSuchCallback(instance: CanisterInstance, request: RunRequest, api: SystemApiHandler): RunOutcome {
    const outcome = trapped(reportedInstructions(request, instance), api, 'no-such-callback');
    this.#undo(instance, request);
    return outcome;
  }
}

/** Whether the host's stack was used up, or the handler asked for something out of range: that shows when the message runs again. */
function overflowsStack(error: unknown): boolean {
  return error instanceof RangeError;
}
