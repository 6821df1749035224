/**
 * Calls to other canisters: assembled step by step, sent when the message completes.
 * Source: IC interface spec, "Inter-canister method calls".
 * @module
 */
import { fromUtf8, PRINCIPAL_BYTES_MAX, principalFromBytes, type PrincipalId } from '../../base/index.ts';
import { callFee, responsePrepayment } from '../fees.ts';
import {
  BEST_EFFORT_TIMEOUT_SECONDS_MAX,
  CALLS_PER_MESSAGE_MAX,
  INTER_CANISTER_PAYLOAD_BYTES_MAX,
  METHOD_NAME_BYTES_MAX,
  OUTSTANDING_CALLS_PER_PAIR_MAX,
} from '../limits.ts';
import { callBytes } from '../queue-totals.ts';
import { Mode } from '../system-api-modes.ts';
import { contractViolation } from '../traps.ts';
import type { ApiState, CallUnderConstruction } from './api-state.ts';
import { ByteCollector } from './byte-collector.ts';
import { combineCycles } from './cycles.ts';

const CALL_PERFORMED = 0;
/** The value that `call_perform` answers when the call could not be made. */
const CALL_REFUSED = 2;

function construction(api: ApiState, name: string): CallUnderConstruction {
  if (api.call === undefined) throw contractViolation(`${name}: no call is under construction`);
  return api.call;
}

/** Gives back the cycles of a call that is not made. */
function discard(api: ApiState): void {
  if (api.call !== undefined) api.balance += api.call.cycles;
  api.call = undefined;
}

export function call_new(
  this: ApiState,
  calleeSource: number,
  calleeSize: number,
  nameSource: number,
  nameSize: number,
  replyFun: number,
  replyEnv: bigint,
  rejectFun: number,
  rejectEnv: bigint,
): void {
  discard(this);
  if (calleeSize > PRINCIPAL_BYTES_MAX)
    throw contractViolation(`ic0.call_new: a principal has at most ${PRINCIPAL_BYTES_MAX} bytes, not ${calleeSize}`);
  if (nameSize > METHOD_NAME_BYTES_MAX)
    throw contractViolation(`ic0.call_new: size of method_name ${nameSize} exceeds the allowed limit of ${METHOD_NAME_BYTES_MAX}`);
  const callee = principalFromBytes(this.instance.read(calleeSource, calleeSize));
  const methodName = fromUtf8(this.instance.read(nameSource, nameSize));
  if (methodName === undefined) throw contractViolation('ic0.call_new: the method name is not valid UTF-8');
  this.call = {
    callee,
    methodName,
    onReply: { fun: replyFun, env: replyEnv },
    onReject: { fun: rejectFun, env: rejectEnv },
    onCleanup: undefined,
    payload: new ByteCollector(),
    cycles: 0n,
    timeoutSeconds: 0,
    bounded: false,
  };
}

export function call_on_cleanup(this: ApiState, fun: number, env: bigint): void {
  const call = construction(this, 'ic0.call_on_cleanup');
  if (call.onCleanup !== undefined) throw contractViolation('ic0.call_on_cleanup: a cleanup callback is already set');
  call.onCleanup = { fun, env };
}

export function call_data_append(this: ApiState, source: number, size: number): void {
  const call = construction(this, 'ic0.call_data_append');
  const bytes = call.payload.length + size;
  if (bytes > INTER_CANISTER_PAYLOAD_BYTES_MAX) {
    throw contractViolation(
      `ic0.call_data_append: request to ${call.methodName} is ${bytes} bytes, the limit is ${INTER_CANISTER_PAYLOAD_BYTES_MAX}`,
    );
  }
  call.payload.append(this.instance.read(source, size));
}

export function call_with_best_effort_response(this: ApiState, timeoutSeconds: number): void {
  const call = construction(this, 'ic0.call_with_best_effort_response');
  if (call.bounded) throw contractViolation('ic0.call_with_best_effort_response: a timeout is already set');
  call.bounded = true;
  call.timeoutSeconds = Math.min(timeoutSeconds, BEST_EFFORT_TIMEOUT_SECONDS_MAX);
}

function addCycles(api: ApiState, amount: bigint, name: string): void {
  const call = construction(api, name);
  const liquid = api.liquidBalance;
  if (amount > liquid) {
    throw contractViolation(`${name}: insufficient liquid balance to transfer ${amount} cycles: ${liquid} are available`);
  }
  call.cycles += amount;
  api.balance -= amount;
}

export function call_cycles_add(this: ApiState, amount: bigint): void {
  addCycles(this, amount, 'ic0.call_cycles_add');
}

export function call_cycles_add128(this: ApiState, high: bigint, low: bigint): void {
  addCycles(this, combineCycles(high, low), 'ic0.call_cycles_add128');
}

/** Calls to `callee` that wait for a response, those of this message included. */
function outstandingCalls(api: ApiState, callee: PrincipalId): number {
  return (api.context.canister.outstanding.get(callee) ?? 0) + (api.callsTo?.get(callee) ?? 0);
}

export function call_perform(this: ApiState): number {
  const call = construction(this, 'ic0.call_perform');
  const { callee } = call;
  const { fees, callbackPrepayment, mode } = this.context;
  const composite = (mode & (Mode.CQ | Mode.CRy | Mode.CRt)) !== 0;
  const fee = composite ? 0n : callFee(fees, BigInt(call.payload.length + call.methodName.length));
  const prepaidTransmission = composite ? 0n : responsePrepayment(fees);
  const prepaidExecution = composite ? 0n : callbackPrepayment;
  const cost = fee + prepaidTransmission + prepaidExecution;
  const affordable = composite || this.balance - cost >= this.frozenBelow;
  const bytes = callBytes(call.methodName, call.payload.length);
  const hasRoom =
    this.calls.length < CALLS_PER_MESSAGE_MAX &&
    this.callBytes + bytes <= this.context.queueBytesAvailable &&
    outstandingCalls(this, callee) < OUTSTANDING_CALLS_PER_PAIR_MAX;
  if (!affordable || !hasRoom) {
    discard(this);
    return CALL_REFUSED;
  }
  this.callBytes += bytes;
  this.balance -= cost;
  this.callsTo ??= new Map();
  this.callsTo.set(callee, (this.callsTo.get(callee) ?? 0) + 1);
  this.calls.push({
    callee,
    methodName: call.methodName,
    payload: call.payload.joined(),
    cycles: call.cycles,
    onReply: call.onReply,
    onReject: call.onReject,
    onCleanup: call.onCleanup,
    timeoutSeconds: call.bounded ? call.timeoutSeconds : undefined,
    fee,
    prepaidExecution,
    prepaidTransmission,
  });
  this.call = undefined;
  return CALL_PERFORMED;
}

/** A call that was assembled but not performed gives its cycles back when the message ends. */
export function discardUnperformedCall(api: ApiState): void {
  discard(api);
}
