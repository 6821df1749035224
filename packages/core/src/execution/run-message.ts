/**
 * One message of a canister, from the queue to its effects.
 *
 * `startMessage` takes what is due, checks it, sets cycles aside and changes the state once; `runMessage` is a generator that runs the
 * Wasm and applies the effects. Between two slices only `StartedMessage` is replicated.
 * @module
 */
import { assert, present, principalToText } from '../base/index.ts';
import {
  type CallContext,
  type CallOrigin,
  canisterForWrite,
  type CanisterInput,
  type CanisterRequest,
  type CanisterResponse,
  type CanisterState,
  type CanisterTask,
  type IngressMessage,
  type StartedMessage,
} from '../state/index.ts';
import { applyEffects, commitHeap } from './apply-effects.ts';
import {
  answerCallContext,
  callContext,
  closeCallContextIfDone,
  openCallContext,
  removeCallback,
  updateCallContext,
} from './call-contexts.ts';
import type { ExecutionEnvironment, Running } from './environment.ts';
import { ErrorCode, type UserError, userError } from './error-codes.ts';
import { executionFee, freezingLimit, messagePrepayment, transmissionFee } from './fees.ts';
import { captureHeap } from './heap.ts';
import { setIngressStatus } from './ingress-status.ts';
import { QUEUED_BYTES_MAX, RENEWED_PAGE_INSTRUCTIONS, SLICE_INSTRUCTIONS } from './limits.ts';
import { appendLog, trapLogEntry } from './log.ts';
import { availableSubnetMemory, recountMemory } from './memory-usage.ts';
import { createMessageContext } from './message-contexts.ts';
import type { MessageContext } from './message-context.ts';
import type { EntryPoint, HostTrapDetail, RunOutcome, RunRequest } from './ports.ts';
import { type CallResult, canisterReject, failure, respond } from './responses.ts';
import { forgetDeadline } from './routing.ts';
import { finishStopping } from './stopping.ts';
import { discardUnperformedCall, MessageApi } from './system-api/index.ts';
import { Mode } from './system-api-modes.ts';
import { isTimerDue, offerDueTasks, setGlobalTimer } from './timers.ts';
import { canisterError, trapDetail, withCleanupFailure } from './traps.ts';

/** Share of a callback's instructions that is kept for its cleanup: one in 20. */
const CLEANUP_SHARE = 20n;

const TASK_EXPORT: Readonly<Record<CanisterTask, string>> = {
  heartbeat: 'canister_heartbeat',
  global_timer: 'canister_global_timer',
  on_low_wasm_memory: 'canister_on_low_wasm_memory',
};

/** What a finished message used up of the batch's budget. */
export type MessageOutcome = {
  readonly instructions: bigint;
  /** Work that the message leaves to the host, in instructions; nobody is charged cycles for it. */
  readonly overhead: bigint;
};

function reject(
  environment: ExecutionEnvironment,
  canister: CanisterState,
  origin: CallOrigin,
  refund: bigint,
  error: UserError,
): undefined {
  respond(environment.state, canister.id, origin, refund, failure(error));
  return undefined;
}

/** Why a call can not be executed now, or undefined. Order of checks: running, module, method. */
function admissionError(canister: CanisterState, methodName: string): UserError | undefined {
  if (canister.status.kind !== 'running') {
    const code = canister.status.kind === 'stopped' ? ErrorCode.CanisterStopped : ErrorCode.CanisterStopping;
    return userError(code, `Canister ${principalToText(canister.id)} is not running`);
  }
  if (canister.module === undefined) {
    return canisterError(canister.id, {
      code: ErrorCode.CanisterWasmModuleNotFound,
      message: 'Attempted to execute a message, but the canister contains no Wasm module',
    });
  }
  const kind = canister.module.info.methods.get(methodName);
  if (kind === 'composite_query') {
    return canisterError(canister.id, {
      code: ErrorCode.CompositeQueryCalledInReplicatedMode,
      message: `Composite query '${methodName}' cannot be called in replicated mode`,
    });
  }
  if (kind === undefined) {
    return canisterError(canister.id, { code: ErrorCode.CanisterMethodNotFound, message: `Canister has no update method '${methodName}'` });
  }
  return undefined;
}

/** Sets cycles aside for the most that a message may execute. */
function prepay(environment: ExecutionEnvironment, canister: CanisterState): UserError | undefined {
  const { fees, instructions } = environment.config;
  const fee = messagePrepayment(fees, instructions.update, canister.module?.info.memory64 === true);
  const needed = fee + freezingLimit(fees, canister, canister.countedBytes);
  if (canister.balance < needed) {
    return userError(
      ErrorCode.CanisterOutOfCycles,
      `Canister ${principalToText(canister.id)} is out of cycles: please top up the canister with at least ${needed - canister.balance} additional cycles`,
    );
  }
  canister.balance -= fee;
  return undefined;
}

function started(
  environment: ExecutionEnvironment,
  input: CanisterInput,
  parts: Pick<StartedMessage, 'callContextId' | 'callback'>,
): StartedMessage {
  const { state } = environment;
  return {
    input,
    ...parts,
    startedNs: state.timeNs,
    subnetMemoryAvailable: availableSubnetMemory(state),
    queueBytesAvailable: QUEUED_BYTES_MAX - state.queuedBytes,
    slicesDone: 0,
  };
}

function startIngress(environment: ExecutionEnvironment, canister: CanisterState, message: IngressMessage): StartedMessage | undefined {
  const { state } = environment;
  const origin: CallOrigin = {
    kind: 'ingress',
    requestId: message.requestId,
    sender: message.sender,
    ...(message.senderInfo === undefined ? {} : { senderInfo: message.senderInfo }),
  };
  if (message.expiryNs < state.timeNs) {
    const text = `Ingress message 0x${message.requestId} timed out waiting to start executing.`;
    return reject(environment, canister, origin, 0n, userError(ErrorCode.IngressMessageTimeout, text));
  }
  const error = admissionError(canister, message.methodName) ?? prepay(environment, canister);
  if (error !== undefined) return reject(environment, canister, origin, 0n, error);
  const status = present(state.ingressHistory.entries.get(message.requestId), 'an inducted message has a status');
  setIngressStatus(state, message.requestId, { ...status, status: 'processing' });
  const context = openCallContext(canister, origin, 0n, state.timeNs);
  return started(environment, message, { callContextId: context.id, callback: undefined });
}

function startRequest(environment: ExecutionEnvironment, canister: CanisterState, request: CanisterRequest): StartedMessage | undefined {
  const { state } = environment;
  const origin: CallOrigin = {
    kind: 'canister',
    sender: request.sender,
    callbackId: request.callbackId,
    deadlineNs: request.deadlineNs,
    senderVersion: request.senderVersion,
  };
  if (request.deadlineNs > 0n && request.deadlineNs < state.timeNs) {
    return reject(environment, canister, origin, request.cycles, userError(ErrorCode.DeadlineExpired, 'Call deadline has expired.'));
  }
  const minimum = canister.settings.minimumIncomingCallCycles;
  const tooFewCycles =
    request.sender !== canister.id && request.cycles < minimum
      ? userError(
          ErrorCode.InsufficientCyclesInCall,
          `Canister ${principalToText(canister.id)} only accepts calls with at least ${minimum} cycles attached, this one has ${request.cycles}`,
        )
      : undefined;
  const error = admissionError(canister, request.methodName) ?? tooFewCycles ?? prepay(environment, canister);
  if (error !== undefined) return reject(environment, canister, origin, request.cycles, error);
  const context = openCallContext(canister, origin, request.cycles, state.timeNs);
  return started(environment, request, { callContextId: context.id, callback: undefined });
}

/** Takes the callback out and gives back what was set aside for a larger response. */
function startResponse(environment: ExecutionEnvironment, canister: CanisterState, response: CanisterResponse): StartedMessage | undefined {
  const { state, config } = environment;
  canister.balance += response.refund;
  const callback = canister.callbacks.get(response.callbackId);
  // The call was answered before, because its deadline had passed: only the cycles still count.
  if (callback === undefined) {
    offerDueTasks(state, canister);
    return undefined;
  }
  removeCallback(canister, callback);
  const outstanding = (canister.outstanding.get(callback.respondent) ?? 1) - 1;
  if (outstanding === 0) canister.outstanding.delete(callback.respondent);
  else canister.outstanding.set(callback.respondent, outstanding);
  if (callback.deadlineNs > 0n) forgetDeadline(state, canister.id, callback.id, callback.deadlineNs);

  const size = response.payload.kind === 'reply' ? response.payload.data.length : response.payload.message.length;
  const carried = transmissionFee(config.fees, size);
  const paid = carried < callback.prepaidTransmission ? carried : callback.prepaidTransmission;
  canister.balance += callback.prepaidTransmission - paid;
  burn(environment, canister, paid);

  const context = callContext(canister, callback.callContextId);
  updateCallContext(canister, context.id, { outstandingCalls: context.outstandingCalls - 1 });
  if (context.deleted || canister.module === undefined) {
    canister.balance += callback.prepaidExecution;
    closeCallContextIfDone(state, canister, context.id);
    offerDueTasks(state, canister);
    finishStopping(environment, canister);
    return undefined;
  }
  return started(environment, response, { callContextId: context.id, callback });
}

function startTask(environment: ExecutionEnvironment, canister: CanisterState, task: CanisterTask): StartedMessage | undefined {
  const { state } = environment;
  if (canister.status.kind !== 'running' || canister.module?.info.entryPoints.has(TASK_EXPORT[task] as never) !== true) return undefined;
  if (task === 'global_timer' && !isTimerDue(state, canister)) return undefined;
  // What a frozen canister can not pay for stays due: see `offerDueTasks`.
  if (prepay(environment, canister) !== undefined) return undefined;
  if (task === 'global_timer') setGlobalTimer(state, canister, 0n);
  if (task === 'on_low_wasm_memory') canister.lowWasmMemoryHook = 'executed';
  const context = openCallContext(canister, { kind: 'system' }, 0n, state.timeNs);
  return started(environment, { kind: 'task', task }, { callContextId: context.id, callback: undefined });
}

/**
 * Checks a message and sets aside what it may cost.
 * @returns undefined when the message is already answered or has nothing to do.
 */
export function startMessage(environment: ExecutionEnvironment, canister: CanisterState, input: CanisterInput): StartedMessage | undefined {
  switch (input.kind) {
    case 'ingress':
      return startIngress(environment, canister, input);
    case 'request':
      return startRequest(environment, canister, input);
    case 'response':
      return startResponse(environment, canister, input);
    case 'task':
      return startTask(environment, canister, input.task);
  }
}

/** Cycles that leave the network. */
export function burn(environment: ExecutionEnvironment, canister: CanisterState, cycles: bigint): void {
  environment.state.cycles.burned += cycles;
  canister.consumedCycles += cycles;
}

type Plan = { readonly entry: EntryPoint; readonly context: MessageContext; readonly limit: bigint };

/** What runs, in which mode and with which limit. */
function planMessage(environment: ExecutionEnvironment, canister: CanisterState, start: StartedMessage, call: CallContext): Plan {
  const { input } = start;
  const limit = environment.config.instructions.update;
  switch (input.kind) {
    case 'ingress':
    case 'request': {
      const isQuery = canister.module?.info.methods.get(input.methodName) === 'query';
      const context = createMessageContext(environment, canister, start, call, isQuery ? Mode.RQ : Mode.U);
      context.caller = input.sender;
      context.argument = input.kind === 'ingress' ? input.arg : input.payload;
      context.enforceWasmMemoryLimit = !isQuery;
      // Only update methods and their callbacks have a deadline.
      if (isQuery) context.deadlineNs = 0n;
      return { entry: { kind: 'export', name: `canister_${isQuery ? 'query' : 'update'} ${input.methodName}` }, context, limit };
    }
    case 'response': {
      const callback = present(start.callback, 'a response is started with its callback');
      const isReply = input.payload.kind === 'reply';
      const closure = isReply ? callback.onReply : callback.onReject;
      const context = createMessageContext(environment, canister, start, call, isReply ? Mode.Ry : Mode.Rt);
      if (input.payload.kind === 'reply') context.argument = input.payload.data;
      else {
        context.rejectCode = input.payload.code;
        context.rejectMessage = input.payload.message;
      }
      context.cyclesRefunded = input.refund;
      const kept = callback.onCleanup === undefined ? 0n : limit / CLEANUP_SHARE;
      return { entry: { kind: 'callback', ...closure }, context, limit: limit - kept };
    }
    case 'task': {
      const context = createMessageContext(environment, canister, start, call, Mode.T);
      return { entry: { kind: 'export', name: TASK_EXPORT[input.task] }, context, limit };
    }
    case 'management':
      throw new Error('calls to the management canister have a runner of their own');
  }
}

function runRequest(canister: CanisterState, plan: Plan): RunRequest {
  return {
    canister: canister.id,
    module: present(canister.module, 'a message runs on a module'),
    heap: canister.heap,
    heapToken: canister.heapToken,
    instance: 'reuse',
    role: 'update',
    entries: [plan.entry],
    createApi: () => new MessageApi(plan.context),
    instructionLimit: plan.limit,
    sliceInstructions: SLICE_INSTRUCTIONS,
    slicesDone: 0,
  };
}

type Finished = Exclude<RunOutcome, { kind: 'paused' }>;

/**
 * Runs as a plain call, which most messages are: it needs nobody else, so it costs no way through the generators.
 * @returns undefined when the message needs slices: run it again with {@link runSliced}.
 */
export function runPlain(environment: ExecutionEnvironment, request: RunRequest): Finished | undefined {
  const outcome = environment.engine.runPlain(request);
  assert(outcome?.kind !== 'paused', 'a plain call does not pause');
  return outcome;
}

/**
 * Runs over as many slices as it takes. Each pause hands control to the scheduler.
 *
 * A message that needs slices starts from a captured heap: what earlier messages of the batch wrote would else be mixed with what this
 * one has written when it pauses.
 */
export function* runSliced(environment: ExecutionEnvironment, request: RunRequest): Running<Finished> {
  let outcome = yield { kind: 'run-sliced', request: onCapturedHeap(environment, request) };
  while (outcome.kind === 'paused') outcome = yield { kind: 'resume', canister: request.canister, request };
  return outcome;
}

function onCapturedHeap(environment: ExecutionEnvironment, request: RunRequest): RunRequest {
  if (request.instance === 'fresh') return request;
  const canister = present(canisterForWrite(environment.state, request.canister), 'a started message has its canister');
  if (!canister.heapDirty) return request;
  captureHeap(environment, canister);
  return { ...request, heap: canister.heap, heapToken: canister.heapToken };
}

/** Copying the heap into a new instance. */
export function renewalOverhead(canister: CanisterState): bigint {
  return BigInt(canister.heap.pages.size) * RENEWED_PAGE_INSTRUCTIONS;
}

/**
 * Work for the next message of the canister: where a growth was undone, or segments were dropped, no replicated message may run, so the
 * instance is made anew. A message that needed more than one slice was undone once.
 */
function leftOverhead(canister: CanisterState, outcome: Finished, isUndone: boolean): bigint {
  const undone = isUndone || outcome.kind === 'trapped' || outcome.instructions > SLICE_INSTRUCTIONS;
  const growthUndone = undone && (outcome.api as unknown as MessageApi).heapGrownPages > 0;
  return growthUndone || canister.module?.instrumented.mayConsumeInstance === true ? renewalOverhead(canister) : 0n;
}

function minimum(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Gives back what was set aside and not used. Entry messages prepaid now, callbacks when their call was made. */
function settle(environment: ExecutionEnvironment, canister: CanisterState, { start, plan }: Run, instructions: bigint): void {
  const memory64 = canister.module?.info.memory64 === true;
  const prepaid = start.callback?.prepaidExecution ?? plan.context.callbackPrepayment;
  const used = minimum(executionFee(environment.config.fees, instructions, memory64), prepaid);
  canister.balance += prepaid - used;
  burn(environment, canister, used);
}

/** A message that runs. */
type Run = { readonly id: CanisterState['id']; readonly start: StartedMessage; readonly contextId: number; readonly plan: Plan };

/**
 * Runs a started message and applies what it did.
 * @returns the outcome of a message that was done within its slice, as most are; for others a computation that asks for slices.
 */
export function runMessage(
  environment: ExecutionEnvironment,
  id: CanisterState['id'],
  start: StartedMessage,
): MessageOutcome | Running<MessageOutcome> {
  const canister = present(canisterForWrite(environment.state, id), 'a started message has its canister');
  const contextId = present(start.callContextId, 'a message of a canister has a call context');
  const run: Run = { id, start, contextId, plan: planMessage(environment, canister, start, callContext(canister, contextId)) };
  const request = runRequest(canister, run.plan);
  const outcome = runPlain(environment, request);
  return outcome === undefined ? runInSlices(environment, run, request) : afterRun(environment, run, outcome);
}

function* runInSlices(environment: ExecutionEnvironment, run: Run, request: RunRequest): Running<MessageOutcome> {
  const rest = afterRun(environment, run, yield* runSliced(environment, request));
  return 'next' in rest ? yield* rest : rest;
}

/** Applies what the entry point did. After a trap a cleanup may have to run. */
function afterRun(environment: ExecutionEnvironment, run: Run, outcome: Finished): MessageOutcome | Running<MessageOutcome> {
  const { state, config } = environment;
  const { id, start, contextId, plan } = run;
  const canister = present(canisterForWrite(state, id), 'a canister with a started message is not removed');
  const { instructions } = outcome;
  const overhead = leftOverhead(canister, outcome, plan.context.mode === Mode.RQ);
  if (outcome.kind === 'completed') {
    complete(environment, canister, contextId, plan.context, outcome);
    closeCallContextIfDone(state, canister, contextId);
    return endMessage(environment, canister, run, { instructions, overhead });
  }
  const detail = trapDetail(outcome.trap, config.instructions.update);
  const texts = [...(outcome.api as unknown as MessageApi).logs, trapLogEntry(detail.message)];
  // The log is part of the state: it must not change before the last slice of the cleanup, or building the message again would repeat it.
  if (start.callback?.onCleanup !== undefined) return cleanUp(environment, run, { instructions, overhead }, detail, texts);
  appendLog(canister, start.startedNs, texts);
  closeCallContextIfDone(state, canister, contextId, failure(canisterError(id, detail)));
  return endMessage(environment, canister, run, { instructions, overhead });
}

/** The way of a callback that trapped and has a cleanup. */
function* cleanUp(
  environment: ExecutionEnvironment,
  run: Run,
  used: MessageOutcome,
  trapped: HostTrapDetail,
  texts: readonly Uint8Array[],
): Running<MessageOutcome> {
  const { id, start, contextId } = run;
  const cleanup = yield* runCleanup(environment, id, start, used.instructions, texts);
  const detail = cleanup.failure === undefined ? trapped : withCleanupFailure(trapped, cleanup.failure);
  const canister = present(canisterForWrite(environment.state, id), 'a canister with a started message is not removed');
  closeCallContextIfDone(environment.state, canister, contextId, failure(canisterError(id, detail)));
  const instructions = used.instructions + cleanup.instructions;
  return endMessage(environment, canister, run, { instructions, overhead: used.overhead + cleanup.overhead });
}

/** Pays for the message and brings up to date what depends on what it left. */
function endMessage(environment: ExecutionEnvironment, canister: CanisterState, run: Run, outcome: MessageOutcome): MessageOutcome {
  const { state } = environment;
  const { start, contextId } = run;
  const { instructions } = outcome;
  const context = canister.callContexts.get(contextId);
  if (context !== undefined) updateCallContext(canister, contextId, { instructions: context.instructions + instructions });
  settle(environment, canister, run, instructions);
  canister.version++;
  recountMemory(state, canister);
  if (start.input.kind === 'response') offerDueTasks(state, canister);
  finishStopping(environment, canister);
  state.metrics.instructions += instructions;
  return outcome;
}

function complete(
  environment: ExecutionEnvironment,
  canister: CanisterState,
  contextId: number,
  context: MessageContext,
  outcome: Extract<RunOutcome, { kind: 'completed' }>,
): void {
  const api = outcome.api as unknown as MessageApi;
  discardUnperformedCall(api);
  const effects = api.effects();
  if (context.mode === Mode.RQ) environment.engine.rollback(canister.id);
  else commitHeap(environment, canister, outcome.wasmPages);
  applyEffects(environment, canister, contextId, context, effects);
  const { response } = effects;
  if (response === undefined) return;
  const result: CallResult = response.kind === 'reply' ? response : canisterReject(response.message);
  answerCallContext(environment.state, canister, contextId, result);
}

type Cleanup = MessageOutcome & { readonly failure: HostTrapDetail | undefined };

/**
 * Runs the cleanup closure after a callback trapped. Its failure changes no state.
 * @param used - instructions of the callback. @param texts - what the callback leaves in the log.
 */
function* runCleanup(
  environment: ExecutionEnvironment,
  id: CanisterState['id'],
  start: StartedMessage,
  used: bigint,
  texts: readonly Uint8Array[],
): Running<Cleanup> {
  const { state, config } = environment;
  const callback = present(start.callback, 'a cleanup belongs to a callback');
  const closure = present(callback.onCleanup, 'the callback has a cleanup closure');
  let canister = present(canisterForWrite(state, id), 'a started message has its canister');
  const { input } = start;
  const rejectCode = input.kind === 'response' && input.payload.kind === 'reject' ? input.payload.code : 0;
  const call = callContext(canister, callback.callContextId);
  const context = createMessageContext(environment, canister, start, call, Mode.C);
  context.rejectCode = rejectCode;
  context.contextInstructions = call.instructions + used;
  const limit = config.instructions.update - minimum(used, config.instructions.update);
  const request = runRequest(canister, { entry: { kind: 'callback', ...closure }, context, limit });
  const outcome = runPlain(environment, request) ?? (yield* runSliced(environment, request));
  canister = present(canisterForWrite(state, id), 'a canister with a started message is not removed');
  appendLog(canister, start.startedNs, texts);
  const overhead = leftOverhead(canister, outcome, false);
  if (outcome.kind === 'completed') {
    commitHeap(environment, canister, outcome.wasmPages);
    applyEffects(environment, canister, callback.callContextId, context, (outcome.api as unknown as MessageApi).effects());
    return { instructions: outcome.instructions, overhead, failure: undefined };
  }
  const failure = trapDetail(outcome.trap, limit);
  const { logs } = outcome.api as unknown as MessageApi;
  appendLog(canister, start.startedNs, [...logs, trapLogEntry(failure.message)]);
  return { instructions: outcome.instructions, overhead, failure };
}
