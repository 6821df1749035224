/**
 * Query calls: executed by one node on certified state, and forgotten.
 *
 * A composite query may call other queries of the subnet; the heap of the calling canister lives on until its callbacks have run.
 * Source: IC interface spec, "Query call", "Composite query"; limits of dfinity/ic.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, principalToText, type PrincipalId } from '../base/index.ts';
import type { CanisterState, HeapImage, SenderInfo } from '../state/index.ts';
import { ErrorCode, RejectCode, userError, type UserError } from './error-codes.ts';
import { freezingLimit } from './fees.ts';
import { applyHeapDelta } from './heap.ts';
import {
  COMPOSITE_QUERY_CALL_INSTRUCTIONS,
  COMPOSITE_QUERY_DEPTH_MAX,
  QUERY_RESPONSE_BYTES_MAX,
  QUEUED_BYTES_MAX,
  STABLE_DIRTY_PAGES_QUERY_MAX,
} from './limits.ts';
import { trapLogEntry } from './log.ts';
import { canisterMemoryBytes } from './memory-usage.ts';
import type { MessageContext, OutgoingCall } from './message-context.ts';
import { EMPTY_ARGUMENT } from './message-contexts.ts';
import type { EntryPoint, HostTrapDetail, RunOutcome } from './ports.ts';
import type { PrintedBy, QueryEnvironment } from './query-context.ts';
import { balanceAfterCharges } from './resource-charges.ts';
import { type CallResult, canisterReject, failure } from './responses.ts';
import { discardUnperformedCall, MessageApi } from './system-api/index.ts';
import { Mode } from './system-api-modes.ts';
import { canisterError, trapDetail, withCleanupFailure } from './traps.ts';

export type Query = {
  readonly sender: PrincipalId;
  readonly receiver: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  readonly senderInfo?: SenderInfo;
};

/** Instructions that a tree of query calls still has. */
type Budget = { left: bigint };

/** The canister as the query sees it between its messages. */
type QueryView = {
  readonly kind: PrintedBy;
  readonly methodName: string;
  canister: CanisterState;
  heap: HeapImage;
  heapToken: object;
  /** Instructions of its earlier messages. */
  instructions: bigint;
};

function createQueryView(canister: CanisterState, kind: PrintedBy, methodName: string): QueryView {
  return { kind, methodName, canister, heap: canister.heap, heapToken: canister.heapToken, instructions: 0n };
}

type Finished = Exclude<RunOutcome, { kind: 'paused' }>;

function admissionError(environment: QueryEnvironment, canister: CanisterState, methodName: string): UserError | undefined {
  const name = principalToText(canister.id);
  if (canister.status.kind === 'stopped') {
    return userError(ErrorCode.CanisterStopped, `Canister ${name} is stopped and therefore does not have a CallContextManager`);
  }
  if (canister.status.kind === 'stopping') return userError(ErrorCode.CanisterStopping, `Canister ${name} is stopping`);
  if (canister.module === undefined) {
    const message = 'Attempted to execute a message, but the canister contains no Wasm module';
    return canisterError(canister.id, { code: ErrorCode.CanisterWasmModuleNotFound, message });
  }
  const kind = canister.module.info.methods.get(methodName);
  if (kind !== 'query' && kind !== 'composite_query') {
    return canisterError(canister.id, { code: ErrorCode.CanisterMethodNotFound, message: `Canister has no query method '${methodName}'` });
  }
  if (
    balanceAfterCharges(environment.config, canister, environment.state.timeNs) <
    freezingLimit(environment.config.fees, canister, canisterMemoryBytes(canister))
  ) {
    return userError(
      ErrorCode.CanisterOutOfCycles,
      `Canister ${name} is unable to process query calls because it's frozen. Please top up the canister with cycles and try again.`,
    );
  }
  return undefined;
}

function createQueryContext(
  environment: QueryEnvironment,
  view: QueryView,
  parts: Partial<MessageContext> & Pick<MessageContext, 'mode' | 'caller'>,
): MessageContext {
  const { state, config } = environment;
  const { canister } = view;
  return {
    canister,
    timeNs: state.timeNs,
    subnetId: state.subnet.id,
    rootKey: state.rootKey,
    fees: config.fees,
    balance: balanceAfterCharges(config, canister, state.timeNs),
    subnetMemoryAvailable: 0n,
    queueBytesAvailable: QUEUED_BYTES_MAX,
    memoryBytes: canisterMemoryBytes(canister),
    senderInfo: undefined,
    argument: EMPTY_ARGUMENT,
    rejectCode: 0,
    rejectMessage: '',
    needsResponse: true,
    cyclesAvailable: 0n,
    cyclesRefunded: 0n,
    deadlineNs: 0n,
    methodName: '',
    contextInstructions: view.instructions,
    dataCertificate: undefined,
    responseBytesMax: QUERY_RESPONSE_BYTES_MAX,
    enforceWasmMemoryLimit: false,
    stableDirtyPagesMax: STABLE_DIRTY_PAGES_QUERY_MAX,
    callbackPrepayment: 0n,
    ...parts,
  };
}

/** Why a message of a query trapped. */
function queryTrap(environment: QueryEnvironment, view: QueryView, trap: Extract<Finished, { kind: 'trapped' }>['trap']): HostTrapDetail {
  const { instructions } = environment.config;
  return trapDetail(trap, view.kind === 'inspect_message' ? instructions.inspect : instructions.query);
}

/** Tells what a message printed. A canister whose log is switched off prints nothing. */
function tellPrints(environment: QueryEnvironment, view: QueryView, outcome: Finished): void {
  const { canister, kind: by, methodName } = view;
  if (environment.print === undefined || canister.settings.logMemoryLimit === 0) return;
  const { logs, logsUnkept: unkept } = apiOf(outcome);
  const texts = outcome.kind === 'trapped' ? [...logs, trapLogEntry(queryTrap(environment, view, outcome.trap).message)] : logs;
  if (texts.length > 0) environment.print({ canister: canister.id, by, methodName, texts, unkept });
}

/** Runs one message of a query. The caller commits or rolls back after `completed`. */
function run(environment: QueryEnvironment, view: QueryView, entry: EntryPoint, context: MessageContext, limit: bigint): Finished {
  const module = view.canister.module;
  const request = {
    canister: view.canister.id,
    module: module!,
    heap: view.heap,
    heapToken: view.heapToken,
    instance: 'reuse' as const,
    role: 'query' as const,
    entries: [entry],
    createApi: () => new MessageApi(context),
    instructionLimit: limit,
    sliceInstructions: limit,
    slicesDone: 0,
  };
  const ran = environment.engine.runPlain(request);
  const outcome: Finished =
    ran !== undefined && ran.kind !== 'paused'
      ? ran
      : { kind: 'trapped', instructions: limit, api: new MessageApi(context), trap: 'instruction-limit' };
  tellPrints(environment, view, outcome);
  return outcome;
}

function apiOf(outcome: Finished): MessageApi {
  return outcome.api as unknown as MessageApi;
}

function responseOf(api: MessageApi): CallResult | undefined {
  const { response } = api.effects();
  if (response === undefined) return undefined;
  return response.kind === 'reply' ? response : canisterReject(response.message);
}

function didNotReply(id: PrincipalId): CallResult {
  const name = principalToText(id);
  return failure(userError(ErrorCode.CanisterDidNotReply, `Error from Canister ${name}: Canister ${name} did not reply to the call`));
}

/** Certificates are for the query that the user sees: calls inside a composite query have none. */
function certificateAt(environment: QueryEnvironment, id: PrincipalId, depth: number): (() => Uint8Array) | undefined {
  return depth === 0 ? () => environment.dataCertificate(id) : undefined;
}

function runSimpleQuery(environment: QueryEnvironment, view: QueryView, query: Query, budget: Budget, depth: number): CallResult {
  const context = createQueryContext(environment, view, {
    mode: Mode.NRQ,
    caller: query.sender,
    argument: query.arg,
    senderInfo: query.senderInfo,
    dataCertificate: certificateAt(environment, query.receiver, depth),
  });
  const outcome = run(environment, view, { kind: 'export', name: `canister_query ${query.methodName}` }, context, budget.left);
  budget.left -= outcome.instructions;
  if (outcome.kind === 'trapped') {
    return failure(canisterError(query.receiver, queryTrap(environment, view, outcome.trap)));
  }
  environment.engine.rollback(query.receiver);
  return responseOf(apiOf(outcome)) ?? didNotReply(query.receiver);
}

/** Keeps the heap of a composite query for its callbacks, in an image of its own. */
function keepHeap(environment: QueryEnvironment, view: QueryView, api: MessageApi): void {
  environment.engine.commit(view.canister.id);
  const token = {};
  const delta = environment.engine.capture(view.canister.id, view.heapToken, token);
  if (delta !== undefined) {
    view.heap = applyHeapDelta(view.heap, delta);
    view.heapToken = token;
  }
  const effects = api.effects();
  const stable = effects.stable === undefined ? {} : { stable: effects.stable, stablePages: effects.stablePages };
  view.canister = { ...view.canister, ...stable, heap: view.heap, heapToken: view.heapToken };
}

/** What a message means for the composite query: the calls it made, and how the query ended if it did. */
type Step =
  | { readonly failure: undefined; readonly calls: readonly OutgoingCall[]; readonly result: CallResult | undefined }
  | { readonly failure: HostTrapDetail };

function runCompositeMessage(
  environment: QueryEnvironment,
  view: QueryView,
  entry: EntryPoint,
  context: MessageContext,
  budget: Budget,
): Step {
  const outcome = run(environment, view, entry, context, budget.left);
  budget.left -= outcome.instructions;
  view.instructions += outcome.instructions;
  if (outcome.kind === 'trapped') return { failure: queryTrap(environment, view, outcome.trap) };
  const api = apiOf(outcome);
  discardUnperformedCall(api);
  const { calls } = api.effects();
  const result = responseOf(api);
  keepHeap(environment, view, api);
  return { failure: undefined, calls, result };
}

function runCallback(
  environment: QueryEnvironment,
  view: QueryView,
  query: Query,
  call: OutgoingCall,
  answer: CallResult,
  budget: Budget,
): Step {
  const isReply = answer.kind === 'reply';
  const context = createQueryContext(environment, view, {
    mode: isReply ? Mode.CRy : Mode.CRt,
    caller: query.sender,
    senderInfo: query.senderInfo,
    argument: answer.kind === 'reply' ? answer.data : EMPTY_ARGUMENT,
    rejectCode: answer.kind === 'reject' ? answer.rejectCode : 0,
    rejectMessage: answer.kind === 'reject' ? answer.message : '',
  });
  const step = runCompositeMessage(environment, view, { kind: 'callback', ...(isReply ? call.onReply : call.onReject) }, context, budget);
  if (step.failure === undefined || call.onCleanup === undefined) return step;
  const cleanup = createQueryContext(environment, view, {
    mode: Mode.CC,
    caller: query.sender,
    senderInfo: query.senderInfo,
    needsResponse: false,
  });
  const cleaned = runCompositeMessage(environment, view, { kind: 'callback', ...call.onCleanup }, cleanup, budget);
  return cleaned.failure === undefined ? step : { failure: withCleanupFailure(step.failure, cleaned.failure) };
}

function runCompositeQuery(
  environment: QueryEnvironment,
  view: QueryView,
  query: Query,
  budget: Budget,
  depth: number,
  path: readonly PrincipalId[],
): CallResult {
  const context = createQueryContext(environment, view, {
    mode: Mode.CQ,
    caller: query.sender,
    argument: query.arg,
    senderInfo: query.senderInfo,
    dataCertificate: certificateAt(environment, query.receiver, depth),
  });
  const waiting: OutgoingCall[] = [];
  let step = runCompositeMessage(
    environment,
    view,
    { kind: 'export', name: `canister_composite_query ${query.methodName}` },
    context,
    budget,
  );
  for (;;) {
    if (step.failure !== undefined) return failure(canisterError(query.receiver, step.failure));
    if (step.result !== undefined) return step.result;
    for (const call of step.calls) waiting.push(call);
    const call = waiting.shift();
    if (call === undefined) return didNotReply(query.receiver);
    const inner: Query = { sender: query.receiver, receiver: call.callee, methodName: call.methodName, arg: call.payload };
    const answer = runQueryCall(environment, inner, budget, depth + 1, [...path, query.receiver]);
    if (answer.kind === 'reject' && GRAPH_ERRORS.has(answer.errorCode)) return answer;
    step = runCallback(environment, view, query, call, answer, budget);
  }
}

/** Errors that end the whole tree of query calls. */
const GRAPH_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.QueryCallGraphTooDeep,
  ErrorCode.QueryCallGraphTotalInstructionLimitExceeded,
  ErrorCode.QueryCallGraphLoopDetected,
]);

function graphError(budget: Budget, depth: number, receiver: PrincipalId, path: readonly PrincipalId[]): UserError | undefined {
  if (depth > COMPOSITE_QUERY_DEPTH_MAX) return userError(ErrorCode.QueryCallGraphTooDeep, 'Composite query calls are nested too deep');
  if (path.includes(receiver)) {
    return userError(
      ErrorCode.QueryCallGraphLoopDetected,
      `Canister ${principalToText(receiver)} is called in a loop of composite queries`,
    );
  }
  if (budget.left <= 0n)
    return userError(ErrorCode.QueryCallGraphTotalInstructionLimitExceeded, 'Composite query calls exceeded the instruction limit');
  return undefined;
}

function runQueryCall(
  environment: QueryEnvironment,
  query: Query,
  budget: Budget,
  depth: number,
  path: readonly PrincipalId[],
): CallResult {
  if (depth > 0) {
    budget.left -= COMPOSITE_QUERY_CALL_INSTRUCTIONS;
    const error = graphError(budget, depth, query.receiver, path);
    if (error !== undefined) return failure(error);
  }
  if (query.receiver === MANAGEMENT_CANISTER_ID) return environment.manage(query);
  const canister = environment.canister(query.receiver);
  if (canister === undefined) {
    const message = `Canister ${principalToText(query.receiver)} not found`;
    return { kind: 'reject', rejectCode: RejectCode.DestinationInvalid, message, errorCode: ErrorCode.CanisterNotFound };
  }
  const error = admissionError(environment, canister, query.methodName);
  if (error !== undefined) return failure(error);
  const kind = canister.module?.info.methods.get(query.methodName) === 'composite_query' ? 'composite_query' : 'query';
  const view = createQueryView(canister, kind, query.methodName);
  return kind === 'composite_query'
    ? runCompositeQuery(environment, view, query, budget, depth, path)
    : runSimpleQuery(environment, view, query, budget, depth);
}

/** Executes a query call of a user. */
export function executeQuery(environment: QueryEnvironment, query: Query): CallResult {
  return runQueryCall(environment, query, { left: environment.config.instructions.query }, 0, []);
}

/** Whether a canister has a say in which ingress messages it takes. */
export function inspectsMessages(canister: CanisterState): boolean {
  return canister.module?.info.entryPoints.has('canister_inspect_message') === true;
}

/** Asks `canister_inspect_message` whether an ingress message is welcome; undefined when it is. */
export function inspectMessage(environment: QueryEnvironment, query: Query): UserError | undefined {
  const canister = environment.canister(query.receiver);
  if (canister === undefined) return userError(ErrorCode.CanisterNotFound, `Canister ${principalToText(query.receiver)} not found`);
  if (canister.module === undefined) {
    const message = 'Attempted to execute a message, but the canister contains no Wasm module';
    return canisterError(canister.id, { code: ErrorCode.CanisterWasmModuleNotFound, message });
  }
  if (!inspectsMessages(canister)) return undefined;
  const view = createQueryView(canister, 'inspect_message', query.methodName);
  const context = createQueryContext(environment, view, {
    mode: Mode.F,
    caller: query.sender,
    argument: query.arg,
    senderInfo: query.senderInfo,
    methodName: query.methodName,
    needsResponse: false,
  });
  const outcome = run(
    environment,
    view,
    { kind: 'export', name: 'canister_inspect_message' },
    context,
    environment.config.instructions.inspect,
  );
  if (outcome.kind === 'trapped') return canisterError(canister.id, queryTrap(environment, view, outcome.trap));
  environment.engine.rollback(canister.id);
  if (apiOf(outcome).acceptedMessage) return undefined;
  return canisterError(canister.id, { code: ErrorCode.CanisterRejectedMessage, message: 'Canister rejected the message' });
}
