/**
 * Builds the view that a message has of its canister, from the record at its start.
 * @module
 */
import { MANAGEMENT_CANISTER_ID } from '../base/index.ts';
import type { CallContext, CallOrigin, CanisterState, StartedMessage } from '../state/index.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { executionFee } from './fees.ts';
import { RESPONSE_BYTES_MAX, STABLE_DIRTY_PAGES_MESSAGE_MAX } from './limits.ts';
import { canisterMemoryBytes } from './memory-usage.ts';
import type { MessageContext } from './message-context.ts';

export const EMPTY_ARGUMENT: Uint8Array = new Uint8Array(0);

/** Caller of a call, as all messages of its context see it. */
function callerOf(origin: CallOrigin): CanisterState['id'] {
  return origin.kind === 'system' ? MANAGEMENT_CANISTER_ID : origin.sender;
}

/** Context of a message in a call. What the kind of message fixes comes in `parts`. */
export function createMessageContext(
  environment: ExecutionEnvironment,
  canister: CanisterState,
  start: StartedMessage,
  call: CallContext,
  parts: Partial<MessageContext> & Pick<MessageContext, 'mode'>,
): MessageContext {
  return {
    ...baseContext(environment, canister, start),
    caller: callerOf(call.origin),
    senderInfo: call.origin.kind === 'ingress' ? call.origin.senderInfo : undefined,
    needsResponse: !call.responded,
    cyclesAvailable: call.availableCycles,
    deadlineNs: call.origin.kind === 'canister' ? call.origin.deadlineNs : 0n,
    contextInstructions: call.instructions,
    ...parts,
  };
}

/** Context of a message outside calls: installation, inspection. */
export function baseContext(
  environment: ExecutionEnvironment,
  canister: CanisterState,
  start: Pick<StartedMessage, 'startedNs' | 'subnetMemoryAvailable' | 'queueBytesAvailable'>,
): Omit<MessageContext, 'mode'> {
  const { state, config } = environment;
  return {
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
    stableDirtyPagesMax: STABLE_DIRTY_PAGES_MESSAGE_MAX,
    callbackPrepayment: executionFee(config.fees, config.instructions.update, canister.module?.info.memory64 === true),
  };
}
