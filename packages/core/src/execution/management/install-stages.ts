/**
 * Running the functions of an installation, one after the other, on a view of the canister: the state does not change.
 *
 * `canister_pre_upgrade` runs on the old instance; then a fresh instance of the new module runs `start`, and `canister_init` or
 * `canister_post_upgrade`. After each function its heap is captured under a token of its own, so that an instance is never mistaken for
 * the state that the installation began with.
 * Source: IC interface spec, "Canister initialization", "Canister upgrades".
 * @module
 */
import { present } from '../../base/index.ts';
import { type CanisterState, EMPTY_HEAP, type HeapImage, type StartedMessage } from '../../state/index.ts';
import type { Running } from '../environment.ts';
import { applyHeapDelta, shareFirstImage } from '../heap.ts';
import { SLICE_INSTRUCTIONS, STABLE_DIRTY_PAGES_INSTALL_MAX } from '../limits.ts';
import { reservedMemoryBytes, canisterMemoryBytes } from '../memory-usage.ts';
import { baseContext } from '../message-contexts.ts';
import type { MessageContext, MessageEffects } from '../message-context.ts';
import type { EntryPoint, HostTrapDetail, RunRequest } from '../ports.ts';
import { runPlain, runSliced } from '../run-message.ts';
import { MessageApi } from '../system-api/index.ts';
import { Mode } from '../system-api-modes.ts';
import { trapDetail } from '../traps.ts';
import type { Invocation } from './answer.ts';

/** An installation on its way. What it does so far is here and nowhere else. */
export type Stages = {
  readonly invocation: Invocation;
  readonly start: StartedMessage;
  /** The canister as the next function sees it. */
  view: CanisterState;
  /** Token of the instance that holds the heap of `view`. */
  token: object;
  /** Cycles that the next function sees: the balance less what is set aside and what was burned. */
  balance: bigint;
  burned: bigint;
  /** Instructions so far, those for compiling included. */
  used: bigint;
  readonly logs: Uint8Array[];
  /** New content, when it was set. */
  certifiedData: Uint8Array | undefined;
  /** New value, when the new module set it. */
  globalTimerNs: bigint | undefined;
};

/** A function of the installation. */
type Step = {
  readonly mode: number;
  readonly entries: readonly EntryPoint[];
  readonly argument?: Uint8Array;
  readonly instance: RunRequest['instance'];
  readonly keptHeap?: HeapImage;
};

/** Memory that the subnet has besides what the installation has taken so far. */
function memoryLeft({ start, view }: Stages, canister: CanisterState): bigint {
  const used = canisterMemoryBytes(view);
  return start.subnetMemoryAvailable - (used + reservedMemoryBytes(view, used) - canister.countedBytes - canister.reservedBytes);
}

function contextOf(stages: Stages, canister: CanisterState, step: Step): MessageContext {
  const { invocation, start, view, balance } = stages;
  const atStart = { ...start, subnetMemoryAvailable: memoryLeft(stages, canister) };
  const context = baseContext(invocation.environment, view, atStart, step.mode);
  context.caller = invocation.call.sender;
  context.balance = balance;
  context.stableDirtyPagesMax = STABLE_DIRTY_PAGES_INSTALL_MAX;
  context.enforceWasmMemoryLimit = step.mode !== Mode.G;
  if (step.argument !== undefined) context.argument = step.argument;
  return context;
}

/** Takes over what a completed function did. */
function absorb(stages: Stages, effects: MessageEffects, isNewModule: boolean): void {
  for (const text of effects.logs) stages.logs.push(text);
  stages.burned += effects.burned;
  stages.balance -= effects.burned;
  if (effects.certifiedData !== undefined) stages.certifiedData = effects.certifiedData;
  // What the old module does to the timer is undone by the upgrade.
  if (isNewModule && effects.globalTimerNs !== undefined) stages.globalTimerNs = effects.globalTimerNs;
  stages.invocation.environment.written.pages += effects.stableDirtyPages;
  if (effects.stable !== undefined) stages.view = { ...stages.view, stable: effects.stable, stablePages: effects.stablePages };
}

/**
 * Runs one function to its end; its heap is neither kept nor undone yet.
 * @returns why it failed, or undefined.
 */
function* runStep(stages: Stages, canister: CanisterState, step: Step): Running<HostTrapDetail | undefined> {
  const { view } = stages;
  const limit = stages.invocation.environment.config.instructions.install;
  if (stages.used >= limit) return trapDetail('instruction-limit', limit);
  const context = contextOf(stages, canister, step);
  const request: RunRequest = {
    canister: view.id,
    module: present(view.module, 'an installation runs on a module'),
    heap: view.heap,
    heapToken: stages.token,
    instance: step.instance,
    ...(step.keptHeap === undefined ? {} : { keptHeap: step.keptHeap }),
    role: 'update',
    entries: step.entries,
    createApi: () => new MessageApi(context),
    instructionLimit: limit - stages.used,
    sliceInstructions: SLICE_INSTRUCTIONS,
    slicesDone: 0,
  };
  const { environment } = stages.invocation;
  const outcome = runPlain(environment, request) ?? (yield* runSliced(environment, request));
  stages.used += outcome.instructions;
  const api = outcome.api as unknown as MessageApi;
  if (outcome.kind === 'trapped') {
    for (const text of api.logs) stages.logs.push(text);
    return trapDetail(outcome.trap, limit);
  }
  absorb(stages, api.effects(), step.mode !== Mode.G);
  return undefined;
}

/** Keeps the heap that the last function left, as the difference to `base`. */
function captureStep(stages: Stages, base: HeapImage): void {
  const { engine, written } = stages.invocation.environment;
  const token = {};
  engine.commit(stages.view.id);
  const delta = engine.capture(stages.view.id, stages.token, token);
  if (delta === undefined) return;
  written.pages += delta.pages.length;
  stages.view = { ...stages.view, heap: applyHeapDelta(base, delta) };
  stages.token = token;
}

/** Runs `canister_pre_upgrade`. Its heap is kept if the upgrade keeps the heap, else only its stable memory. */
export function* runPreUpgrade(stages: Stages, canister: CanisterState, keepsHeap: boolean): Running<HostTrapDetail | undefined> {
  const entries: readonly EntryPoint[] = [{ kind: 'export', name: 'canister_pre_upgrade' }];
  const failure = yield* runStep(stages, canister, { mode: Mode.G, entries, instance: 'reuse' });
  if (failure !== undefined) return failure;
  if (keepsHeap) captureStep(stages, stages.view.heap);
  else stages.invocation.environment.engine.rollback(stages.view.id);
  return undefined;
}

/**
 * Instantiates the module of the view and runs `start`, and `entry` if the module has it.
 * @param keptHeap - heap that is in place before anything runs.
 */
export function* runNewModule(
  stages: Stages,
  canister: CanisterState,
  entry: 'canister_init' | 'canister_post_upgrade',
  argument: Uint8Array,
  keptHeap: HeapImage | undefined,
): Running<HostTrapDetail | undefined> {
  const module = present(stages.view.module, 'an installation has a module');
  const { info } = module;
  const main: readonly EntryPoint[] = info.entryPoints.has(entry) ? [{ kind: 'export', name: entry }] : [];
  const startsFirst = info.hasStart;
  const fresh = { instance: 'fresh' as const, ...(keptHeap === undefined ? {} : { keptHeap }) };
  const first: Step = startsFirst
    ? { mode: Mode.S, entries: [{ kind: 'start' }], ...fresh }
    : { mode: Mode.I, entries: main, argument, ...fresh };
  let failure = yield* runStep(stages, canister, first);
  if (failure !== undefined) return failure;
  captureStep(stages, keptHeap ?? EMPTY_HEAP);
  if (startsFirst && main.length > 0) {
    failure = yield* runStep(stages, canister, { mode: Mode.I, entries: main, argument, instance: 'reuse' });
    if (failure !== undefined) return failure;
    captureStep(stages, stages.view.heap);
  }
  if (keptHeap === undefined) stages.view = { ...stages.view, heap: shareFirstImage(module, stages.view.heap) };
  return undefined;
}
