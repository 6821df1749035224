/**
 * Builds the view that a message has of its canister, from the record at its start.
 * @module
 */
import { MANAGEMENT_CANISTER_ID } from '../base/index.ts';
import type { CallContext, CallOrigin, CanisterState, StartedMessage } from '../state/index.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { messagePrepayment } from './fees.ts';
import { RESPONSE_BYTES_MAX, STABLE_DIRTY_PAGES_MESSAGE_MAX, STABLE_DIRTY_PAGES_QUERY_MAX } from './limits.ts';
import { canisterMemoryBytes } from './memory-usage.ts';
import type { MessageContext } from './message-context.ts';
import { Mode } from './system-api-modes.ts';

export const EMPTY_ARGUMENT: Uint8Array = new Uint8Array(0);

/** Caller of a call, as all messages of its context see it. */
function callerOf(origin: CallOrigin): CanisterState['id'] {
  return origin.kind === 'system' ? MANAGEMENT_CANISTER_ID : origin.sender;
}

/** A context before its message starts: the kind of message decides the rest. */
export type MessageContextDraft = { -readonly [Field in keyof MessageContext]: MessageContext[Field] };

/** Context of a message in a call. Each message makes one, so it is one object that is filled in, not several that are merged. */
export function createMessageContext(
  environment: ExecutionEnvironment,
  canister: CanisterState,
  start: StartedMessage,
  call: CallContext,
  mode: number,
): MessageContextDraft {
  const context = baseContext(environment, canister, start, mode);
  const { origin } = call;
  context.caller = callerOf(origin);
  if (origin.kind === 'ingress') context.senderInfo = origin.senderInfo;
  else if (origin.kind === 'canister') context.deadlineNs = origin.deadlineNs;
  context.needsResponse = !call.responded;
  context.cyclesAvailable = call.availableCycles;
  context.contextInstructions = call.instructions;
  return context;
}

/** Context of a message outside calls: installation, inspection. */
export function baseContext(
  environment: ExecutionEnvironment,
  canister: CanisterState,
  start: Pick<StartedMessage, 'startedNs' | 'subnetMemoryAvailable' | 'queueBytesAvailable'>,
  mode: number,
): MessageContextDraft {
  const { state, config } = environment;
  return {
    mode,
    canister,
    timeNs: start.startedNs,
    subnetId: state.subnet.id,
    rootKey: state.rootKey,
    fees: config.fees,
    balance: canister.balance,
    subnetMemoryAvailable: start.subnetMemoryAvailable,
    queueBytesAvailable: start.queueBytesAvailable,
    memoryBytes: canisterMemoryBytes(canister),
    caller: MANAGEMENT_CANISTER_ID,
    senderInfo: undefined,
    argument: EMPTY_ARGUMENT,
    rejectCode: 0,
    rejectMessage: '',
    needsResponse: false,
    cyclesAvailable: 0n,
    cyclesRefunded: 0n,
    deadlineNs: 0n,
    methodName: '',
    contextInstructions: 0n,
    dataCertificate: undefined,
    responseBytesMax: RESPONSE_BYTES_MAX,
    enforceWasmMemoryLimit: false,
    stableDirtyPagesMax: mode === Mode.RQ ? STABLE_DIRTY_PAGES_QUERY_MAX : STABLE_DIRTY_PAGES_MESSAGE_MAX,
    callbackPrepayment: messagePrepayment(config.fees, config.instructions.update, canister.module?.info.memory64 === true),
  };
}
