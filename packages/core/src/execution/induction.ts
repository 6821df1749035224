/**
 * Takes ingress messages of a batch into the state: each once, paid for, and only if there is room.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, principalToText, utf8 } from '../base/index.ts';
import {
  canisterForRead,
  canisterForWrite,
  type CanisterState,
  type IngressMessage,
  type ReplicatedState,
  updateActivity,
} from '../state/index.ts';
import type { ExecutionConfig } from './config.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { ErrorCode, errorCodeText, rejectCodeOf, type UserError, userError } from './error-codes.ts';
import { freezingLimit, ingressFee } from './fees.ts';
import { INGRESS_DRIFT_NS, INGRESS_QUEUE_MAX, INGRESS_TTL_NS, QUEUED_BYTES_MAX } from './limits.ts';
import { checkManagementIngress, managementIngressPayer } from './management/ingress.ts';
import { inductManagementCall } from './management/induction.ts';
import { canisterMemoryBytes } from './memory-usage.ts';
import { setIngressStatus } from './ingress-status.ts';
import { countQueued, queuedBytes } from './queue-totals.ts';
import { balanceAfterCharges } from './resource-charges.ts';

/** Bytes of an ingress message that are paid for besides method name and argument: ids, nonce, expiry. */
const INGRESS_FIXED_BYTES = 128;

/** Cycles for taking a message in. */
export function inductionFee(config: ExecutionConfig, message: Pick<IngressMessage, 'methodName' | 'arg'>): bigint {
  return ingressFee(config.fees, INGRESS_FIXED_BYTES + utf8(message.methodName).length + message.arg.length);
}

/** The canister that pays for a message; undefined when nobody does. */
export function ingressPayer(message: Pick<IngressMessage, 'receiver' | 'methodName' | 'arg'>): CanisterState['id'] | undefined {
  return message.receiver === MANAGEMENT_CANISTER_ID ? managementIngressPayer(message) : message.receiver;
}

/** Whether the history has room for one more request. */
export function ingressHistoryFull(state: ReplicatedState, config: ExecutionConfig): UserError | undefined {
  const { entries, bytes } = state.ingressHistory;
  if (entries.size < config.ingressHistoryMax && bytes < config.ingressHistoryBytesMax) return undefined;
  return userError(ErrorCode.IngressHistoryFull, `Maximum ingress history capacity ${config.ingressHistoryMax} reached`);
}

function refuse(state: ReplicatedState, message: IngressMessage, error: UserError): void {
  setIngressStatus(state, message.requestId, {
    sender: message.sender,
    receiver: message.effectiveCanisterId,
    expiryNs: message.expiryNs,
    status: 'rejected',
    rejectCode: rejectCodeOf(error.code),
    rejectMessage: error.message,
    errorCode: errorCodeText(error.code),
  });
}

/** Whether a message is taken in for a frozen canister too: only new settings can make it thaw without new cycles. */
function thaws(message: Pick<IngressMessage, 'receiver' | 'methodName'>): boolean {
  return message.receiver === MANAGEMENT_CANISTER_ID && message.methodName === 'update_settings';
}

/** Why a canister can not pay for a message, or undefined. */
function inductionCyclesError(
  { state, config }: { readonly state: ReplicatedState; readonly config: ExecutionConfig },
  payer: CanisterState,
  fee: bigint,
  message: Pick<IngressMessage, 'receiver' | 'methodName'>,
): UserError | undefined {
  const available = balanceAfterCharges(config, payer, state.timeNs) - payer.inductionDebit;
  const kept = thaws(message) ? 0n : freezingLimit(config.fees, payer, canisterMemoryBytes(payer));
  if (available - fee >= kept) return undefined;
  return userError(
    ErrorCode.CanisterOutOfCycles,
    `Canister ${principalToText(payer.id)} is out of cycles: please top up the canister with at least ${fee} additional cycles`,
  );
}

function charge(environment: ExecutionEnvironment, payer: CanisterState, fee: bigint): void {
  // A paused message sees the balance of its start until it has completed.
  if (payer.paused !== undefined) {
    payer.inductionDebit += fee;
    return;
  }
  payer.balance -= fee;
  payer.consumedCycles += fee;
  environment.state.cycles.burned += fee;
}

/** Pays the induction fees that waited for a paused message. */
export function payInductionDebit(environment: ExecutionEnvironment, canister: CanisterState): void {
  const debit = canister.inductionDebit < canister.balance ? canister.inductionDebit : canister.balance;
  canister.inductionDebit = 0n;
  if (debit === 0n) return;
  canister.balance -= debit;
  canister.consumedCycles += debit;
  environment.state.cycles.burned += debit;
}

/** Calls to the management canister up to this size are always taken in: they can stop what fills the queues. */
const ALWAYS_TAKEN_BYTES = 4_096;

/** Why the queues have no room for a message, or undefined. */
function queueError(state: ReplicatedState, message: IngressMessage, receiver: CanisterState | undefined): UserError | undefined {
  const bytes = queuedBytes(message);
  const isUrgent = receiver === undefined && bytes <= ALWAYS_TAKEN_BYTES;
  if (!isUrgent && state.queuedBytes + bytes > QUEUED_BYTES_MAX) {
    return userError(ErrorCode.CanisterQueueFull, 'Too many messages wait on this subnet. Please retry after some time.');
  }
  if (receiver === undefined || receiver.ingressQueue.size < INGRESS_QUEUE_MAX) return undefined;
  return userError(ErrorCode.CanisterQueueFull, `Canister ${principalToText(receiver.id)} has too many messages waiting`);
}

/** Takes one message in. A message that is known, expired or too early changes nothing. */
export function inductIngress(environment: ExecutionEnvironment, message: IngressMessage): void {
  const { state, config } = environment;
  if (state.ingressHistory.entries.has(message.requestId)) return;
  if (message.expiryNs < state.timeNs || message.expiryNs > state.timeNs + INGRESS_TTL_NS + INGRESS_DRIFT_NS) return;
  if (ingressHistoryFull(state, config) !== undefined) return;
  const payerId = ingressPayer(message);
  if (payerId !== undefined) {
    const payer = canisterForWrite(state, payerId);
    if (payer === undefined) {
      refuse(state, message, userError(ErrorCode.CanisterNotFound, `Canister ${principalToText(payerId)} not found`));
      return;
    }
    const fee = inductionFee(config, message);
    const error = inductionCyclesError(environment, payer, fee, message);
    if (error !== undefined) {
      refuse(state, message, error);
      return;
    }
    charge(environment, payer, fee);
  }
  const receiver = message.receiver === MANAGEMENT_CANISTER_ID ? undefined : canisterForWrite(state, message.receiver);
  const full = queueError(state, message, receiver);
  if (full !== undefined) {
    refuse(state, message, full);
    return;
  }
  setIngressStatus(state, message.requestId, {
    sender: message.sender,
    receiver: message.effectiveCanisterId,
    expiryNs: message.expiryNs,
    status: 'received',
  });
  if (receiver !== undefined) {
    receiver.ingressQueue.push(message);
    countQueued(state, message);
    updateActivity(state, receiver);
    return;
  }
  inductManagementCall(environment, {
    kind: 'management',
    origin: {
      kind: 'ingress',
      requestId: message.requestId,
      sender: message.sender,
      ...(message.senderInfo === undefined ? {} : { senderInfo: message.senderInfo }),
    },
    sender: message.sender,
    methodName: message.methodName,
    payload: message.arg,
    cycles: 0n,
  });
}

function managementAdmissionError(state: ReplicatedState, config: ExecutionConfig, message: IngressMessage): UserError | undefined {
  const error = checkManagementIngress(state, config, message);
  if (error !== undefined) return error;
  const payerId = managementIngressPayer(message);
  const payer = payerId === undefined ? undefined : canisterForRead(state, payerId);
  return payer === undefined ? undefined : inductionCyclesError({ state, config }, payer, inductionFee(config, message), message);
}

/**
 * Why a message is not taken into the pool, or undefined. What `inspect_message` of a canister says comes on top.
 * Source: texts of dfinity/ic ingress filter.
 */
export function ingressAdmissionError(state: ReplicatedState, config: ExecutionConfig, message: IngressMessage): UserError | undefined {
  const full = ingressHistoryFull(state, config);
  if (full !== undefined) return full;
  if (message.receiver === MANAGEMENT_CANISTER_ID) return managementAdmissionError(state, config, message);
  const name = principalToText(message.receiver);
  const canister = canisterForRead(state, message.receiver);
  if (canister === undefined) return userError(ErrorCode.CanisterNotFound, `Canister ${name} not found`);
  if (canister.status.kind === 'stopped') return userError(ErrorCode.CanisterStopped, `Canister ${name} is stopped`);
  if (canister.status.kind === 'stopping') return userError(ErrorCode.CanisterStopping, `Canister ${name} is stopping`);
  return inductionCyclesError({ state, config }, canister, inductionFee(config, message), message);
}
