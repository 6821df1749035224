/**
 * `install_code` and `install_chunked_code`.
 *
 * All or nothing: the functions run on a view of the canister, and the state changes once, after the last of them. An installation that
 * fails costs what it executed and leaves its texts in the log; nothing else of it remains.
 * Source: IC interface spec, abstract behaviour, "Code installation", "Code upgrade", "Install chunked code".
 * @module
 */
import { err, ok, present, principalToText, type Result } from '../../base/index.ts';
import {
  canisterForRead,
  canisterForWrite,
  type CanisterModule,
  type CanisterState,
  EMPTY_HEAP,
  type HeapImage,
  type IngressMessage,
  type ManagementCall,
  PageMap,
  PersistentQueue,
  type StartedMessage,
  updateActivity,
  setModule,
} from '../../state/index.ts';
import type { ExecutionEnvironment, Running } from '../environment.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { executionFee, freezingLimit } from '../fees.ts';
import { captureHeap } from '../heap.ts';
import { WASM_PAGE_BYTES } from '../limits.ts';
import { appendLog, trapLogEntry } from '../log.ts';
import { updateLowWasmMemoryHook } from '../low-wasm-memory.ts';
import { canisterMemoryBytes, recountMemory, reservedMemoryBytes } from '../memory-usage.ts';
import type { HostTrapDetail } from '../ports.ts';
import { burn, renewalOverhead } from '../run-message.ts';
import { setGlobalTimer } from '../timers.ts';
import { canisterError } from '../traps.ts';
import { subnetMemoryError } from './allocations.ts';
import { type Answer, done, type Failure, type Invocation, rejected } from './answer.ts';
import { canisterNotFound, controllerError, senderVersionError } from './authorization.ts';
import { changeOrigin, recordChange } from './history.ts';
import { type ChunkEnvironment, type InstallOrder, modeError, parseInstallOrder, persistenceError } from './install-order.ts';
import { runNewModule, runPreUpgrade, type Stages } from './install-stages.ts';
import { COMPILE_INSTRUCTIONS, KNOWN_MODULE_SHARE, MODULE_BYTE_BATCH_INSTRUCTIONS, REFUSED_MODULE_INSTRUCTIONS } from './limits.ts';

/** Why the canister can not set aside `fee`, or undefined. */
function fundsError({ environment }: Pick<Invocation, 'environment'>, canister: CanisterState, fee: bigint): UserError | undefined {
  const needed = fee + freezingLimit(environment.config.fees, canister, canisterMemoryBytes(canister));
  if (canister.balance >= needed) return undefined;
  const missing = needed - canister.balance;
  return userError(
    ErrorCode.CanisterOutOfCycles,
    `Canister installation failed with \`Canister ${principalToText(canister.id)} is out of cycles: please top up the canister with at least ${missing} additional cycles\``,
  );
}

/** Checks everything that is known before the module is looked at. */
function orderError(
  invocation: Pick<Invocation, 'environment' | 'call'>,
  canister: CanisterState,
  order: InstallOrder,
): UserError | undefined {
  const { call, environment } = invocation;
  return (
    controllerError(canister, call.sender) ??
    senderVersionError(call, order.senderVersion) ??
    modeError(canister, order.mode) ??
    fundsError(invocation, canister, executionFee(environment.config.fees, REFUSED_MODULE_INSTRUCTIONS, false))
  );
}

type Prepared = { readonly module: CanisterModule; readonly compiled: bigint };

/** Reads, validates and rewrites the module. */
function prepareModule(invocation: Invocation, canister: CanisterState, order: InstallOrder): Result<Prepared, Failure> {
  const { environment } = invocation;
  const source = order.source();
  if (!source.ok) return source;
  const loaded = environment.modules.load(source.value);
  if (!loaded.ok) {
    const message = `Canister's Wasm module is not valid: ${loaded.error.message}`;
    return err({ error: canisterError(canister.id, { code: ErrorCode.CanisterInvalidWasm, message }), used: REFUSED_MODULE_INSTRUCTIONS });
  }
  const module = loaded.value;
  const compiled = COMPILE_INSTRUCTIONS * BigInt(module.instrumented.instructionCount);
  const prepaid = executionFee(environment.config.fees, environment.config.instructions.install, module.info.memory64);
  const error = persistenceError(canister.module, module, order.mode) ?? fundsError(invocation, canister, prepaid);
  return error === undefined ? ok({ module, compiled }) : err({ error, used: REFUSED_MODULE_INSTRUCTIONS });
}

/** The view with which the new module begins. */
function newModuleView(view: CanisterState, canister: CanisterState, module: CanisterModule, order: InstallOrder): CanisterState {
  const isUpgrade = order.mode.kind === 'upgrade';
  const kept = isUpgrade && order.mode.persistence === 'keep' ? view.heap : EMPTY_HEAP;
  const { initialPages, globalsBytes } = module.instrumented;
  return {
    ...view,
    module,
    heap: { pages: kept.pages, wasmPages: Math.max(initialPages, kept.wasmPages), globals: new Uint8Array(globalsBytes) },
    ...(isUpgrade ? {} : { stable: PageMap.empty(), stablePages: 0 }),
    globalTimerNs: 0n,
    version: canister.version + 1,
  };
}

/** Why the new module can not take over the heap that the upgrade keeps, or undefined: an engine makes no memory beyond its maximum. */
function keptHeapError({ wasmPages }: HeapImage, { instrumented }: CanisterModule): UserError | undefined {
  if (wasmPages <= instrumented.maximumPages) return undefined;
  return userError(
    ErrorCode.CanisterContractViolation,
    `Invalid upgrade option: The Wasm memory of ${wasmPages} pages that \`wasm_memory_persistence: opt Keep\` keeps exceeds the maximum of ${instrumented.maximumPages} pages of the new canister module.`,
  );
}

/**
 * Why the canister can not have the memory with which the new module begins, or undefined. What the module asks for while it runs is
 * checked when it asks.
 */
function memoryError(stages: Stages, canister: CanisterState): UserError | undefined {
  const { view, start, invocation, balance } = stages;
  const used = canisterMemoryBytes(view);
  const requested = used + reservedMemoryBytes(view, used);
  const subnetError = subnetMemoryError(start.subnetMemoryAvailable, canister.countedBytes + canister.reservedBytes, requested);
  if (subnetError !== undefined) return subnetError;
  const heapBytes = BigInt(view.heap.wasmPages) * BigInt(WASM_PAGE_BYTES);
  const limit = view.settings.wasmMemoryLimit;
  if (limit > 0n && heapBytes > limit) {
    const message = `Canister exceeded its current Wasm memory limit of ${limit} bytes. The peak Wasm memory usage was ${heapBytes} bytes.`;
    return canisterError(view.id, { code: ErrorCode.CanisterWasmMemoryLimitExceeded, message });
  }
  const missing = freezingLimit(invocation.environment.config.fees, view, used) - balance;
  if (missing <= 0n) return undefined;
  const growth = used - canister.countedBytes;
  const message = `Canister cannot grow memory by ${growth > 0n ? growth : 0n} bytes due to insufficient cycles. At least ${missing} additional cycles are required.`;
  return canisterError(view.id, { code: ErrorCode.InsufficientCyclesInMemoryGrow, message });
}

/** Runs everything that the installation runs. Returns why it failed, or undefined. */
function* runStages(stages: Stages, canister: CanisterState, prepared: Prepared, order: InstallOrder): Running<UserError | undefined> {
  const { mode } = order;
  const keepsHeap = mode.kind === 'upgrade' && mode.persistence === 'keep';
  const fail = (detail: HostTrapDetail): UserError => {
    stages.logs.push(trapLogEntry(detail.message));
    return canisterError(canister.id, detail);
  };
  if (mode.kind === 'upgrade' && !mode.skipPreUpgrade && canister.module?.info.entryPoints.has('canister_pre_upgrade') === true) {
    const failure = yield* runPreUpgrade(stages, canister, keepsHeap);
    if (failure !== undefined) return fail(failure);
  }
  const keptHeap = keepsHeap ? stages.view.heap : undefined;
  stages.view = newModuleView(stages.view, canister, prepared.module, order);
  stages.token = {};
  const unfit = (keptHeap === undefined ? undefined : keptHeapError(keptHeap, prepared.module)) ?? memoryError(stages, canister);
  if (unfit !== undefined) return unfit;
  const entry = mode.kind === 'upgrade' ? 'canister_post_upgrade' : 'canister_init';
  const failure = yield* runNewModule(stages, canister, entry, order.arg, keptHeap);
  return failure === undefined ? undefined : fail(failure);
}

/** Puts the installed canister in the place of the old one. */
function apply(stages: Stages, canister: CanisterState, order: InstallOrder): void {
  const { invocation, view, start } = stages;
  const { state } = invocation.environment;
  const module = present(view.module, 'an installed canister has a module');
  setModule(state, canister, module);
  canister.heap = view.heap;
  canister.heapToken = stages.token;
  canister.heapDirty = false;
  canister.stable = view.stable;
  canister.stablePages = view.stablePages;
  if (order.mode.kind !== 'upgrade') {
    canister.certifiedData = new Uint8Array(0);
    canister.logs = PersistentQueue.empty();
    canister.logBytes = 0;
  }
  if (stages.certifiedData !== undefined) canister.certifiedData = stages.certifiedData;
  setGlobalTimer(state, canister, stages.globalTimerNs ?? 0n);
  canister.version = view.version;
  canister.installedNs = start.startedNs;
  if (module.info.entryPoints.has('canister_heartbeat')) state.heartbeats.set(canister.id, true);
  else state.heartbeats.delete(canister.id);
  canister.taskQueue = [];
  if (order.mode.kind !== 'upgrade') canister.lowWasmMemoryHook = 'not_satisfied';
  updateLowWasmMemoryHook(canister);
  recordChange(canister, changeOrigin(invocation.call, order.senderVersion), start.startedNs, {
    kind: 'code_deployment',
    mode: order.mode.kind,
    moduleHash: module.hash,
  });
}

/** Charges what was executed and keeps the texts. */
function settle(invocation: Invocation, canister: CanisterState, used: bigint, memory64: boolean, logs: readonly Uint8Array[]): void {
  const { environment, timeNs } = invocation;
  const fee = executionFee(environment.config.fees, used, memory64);
  canister.balance -= fee;
  burn(environment, canister, fee);
  appendLog(canister, timeNs, logs);
  recountMemory(environment.state, canister);
  updateActivity(environment.state, canister);
}

/**
 * The call with its module, when the chunks lie in another canister than the target: that canister's store may change while the
 * installation is paused, and the installation must then be able to start again from its own record. Only for who may install at all:
 * joining and hashing a module is work that the target pays for.
 */
export function withForeignChunks(environment: ExecutionEnvironment, call: ManagementCall): ManagementCall {
  if (call.methodName !== 'install_chunked_code') return call;
  const order = parseInstallOrder(environment, call);
  if (!order.ok || !order.value.isForeign) return call;
  const canister = canisterForRead(environment.state, order.value.target);
  if (canister === undefined || orderError({ environment, call }, canister, order.value) !== undefined) return call;
  const module = order.value.source();
  return module.ok ? { ...call, module: module.value } : call;
}

const INSTALLING_METHODS: ReadonlySet<string> = new Set(['install_code', 'install_chunked_code']);

/** The module that a user's call would install if it ran on this state now; undefined when it does not get that far. For who may build it beforehand. */
export function moduleToInstall(environment: ChunkEnvironment, message: IngressMessage): Uint8Array | undefined {
  const { methodName, sender, arg: payload } = message;
  if (!INSTALLING_METHODS.has(methodName)) return undefined;
  const order = parseInstallOrder(environment, { methodName, sender, payload });
  const source = order.ok ? order.value.source() : undefined;
  return source?.ok === true ? source.value : undefined;
}

/** Installs code; answers when it is done. */
export function* installCode(invocation: Invocation, start: StartedMessage): Running<Answer> {
  const { call, environment } = invocation;
  const { state, config, engine } = environment;
  const order = parseInstallOrder(environment, call);
  if (!order.ok) return rejected(invocation, order.error);
  const { target } = order.value;
  let canister = canisterForWrite(state, target);
  if (canister === undefined) return rejected(invocation, canisterNotFound(target));
  const refusal = orderError(invocation, canister, order.value);
  if (refusal !== undefined) return rejected(invocation, refusal);
  const prepared = prepareModule(invocation, canister, order.value);
  if (!prepared.ok) {
    const { error, used } = prepared.error;
    if (used > 0n) settle(invocation, canister, used, false, []);
    return rejected(invocation, error, used);
  }
  captureHeap(environment, canister);
  const { memory64, moduleBytes } = prepared.value.module.info;
  const overhead = MODULE_BYTE_BATCH_INSTRUCTIONS * BigInt(moduleBytes);
  const stages: Stages = {
    invocation,
    start,
    view: canister,
    token: canister.heapToken,
    balance: canister.balance - executionFee(config.fees, config.instructions.install, memory64),
    burned: 0n,
    used: prepared.value.compiled,
    logs: [],
    certifiedData: undefined,
    globalTimerNs: undefined,
  };
  const error = yield* runStages(stages, canister, prepared.value, order.value);
  canister = present(canisterForWrite(state, target), 'a canister with a started message is not removed');
  if (error !== undefined) {
    engine.drop(target);
    settle(invocation, canister, stages.used, memory64, stages.logs);
    return { ...rejected(invocation, error, stages.used), overhead: overhead + renewalOverhead(canister) };
  }
  // A module that a canister has is compiled already as a rule, wherever this batch runs.
  const isKnown = state.moduleUsers.has(prepared.value.module.hash);
  apply(stages, canister, order.value);
  canister.balance -= stages.burned;
  burn(environment, canister, stages.burned);
  settle(invocation, canister, stages.used, memory64, stages.logs);
  const { compiled } = prepared.value;
  const instructions = isKnown ? stages.used - compiled + compiled / KNOWN_MODULE_SHARE : stages.used;
  return { ...done(invocation), instructions, overhead };
}
