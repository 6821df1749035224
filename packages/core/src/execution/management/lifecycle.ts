/**
 * Starting, stopping, emptying and deleting canisters.
 * Source: IC interface spec, abstract behaviour, "Starting a canister", "Stopping a canister", "Code uninstallation",
 * "Canister deletion".
 * @module
 */
import { principalToText } from '../../base/index.ts';
import type { UninstallCodeArgs } from '../../candid/index.ts';
import { type CanisterState, setModule, updateActivity } from '../../state/index.ts';
import type { ExecutionEnvironment } from '../environment.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { recountMemory, scheduleCharge } from '../memory-usage.ts';
import { countTaken } from '../queue-totals.ts';
import { failure, respond } from '../responses.ts';
import { finishStopping, setStatus } from '../stopping.ts';
import { offerDueTasks, setGlobalTimer } from '../timers.ts';
import { type Answer, done, type Invocation, rejected } from './answer.ts';
import { canisterNotFound, RESPONDENT, senderVersionError } from './authorization.ts';
import { changeOrigin, recordChange } from './history.ts';
import { STOP_REQUESTS_MAX } from './limits.ts';
import { removeCode } from './uninstall.ts';

/** `start_canister`: those who wait for it to stop are told that it will not. */
export function startCanister(invocation: Invocation, canister: CanisterState): Answer {
  const { state } = invocation.environment;
  if (canister.status.kind === 'stopping') {
    const error = userError(ErrorCode.CanisterStoppingCancelled, `Canister ${principalToText(canister.id)}'s stop request was cancelled`);
    for (const request of canister.status.waiting) respond(state, RESPONDENT, request.origin, request.refund, failure(error));
  }
  setStatus(state, canister, { kind: 'running' });
  canister.version++;
  offerDueTasks(state, canister);
  updateActivity(state, canister);
  return done(invocation);
}

/** `stop_canister`: answered when nothing is open any more. */
export function stopCanister(invocation: Invocation, canister: CanisterState): Answer | undefined {
  const { call, environment, timeNs } = invocation;
  if (canister.status.kind === 'stopping' && canister.status.waiting.length >= STOP_REQUESTS_MAX) {
    const text = `Too many callers wait for canister ${principalToText(canister.id)} to stop. Please retry after some time.`;
    return rejected(invocation, userError(ErrorCode.CanisterQueueFull, text));
  }
  canister.version++;
  if (canister.status.kind === 'stopped') return done(invocation);
  const before = canister.status.kind === 'stopping' ? canister.status.waiting : [];
  const waiting = [...before, { origin: call.origin, refund: call.cycles, sinceNs: timeNs }];
  setStatus(environment.state, canister, { kind: 'stopping', waiting });
  finishStopping(environment, canister);
  return undefined;
}

/** `uninstall_code`. */
export function uninstallCode(invocation: Invocation, canister: CanisterState, args: UninstallCodeArgs): Answer {
  const { call, environment, timeNs } = invocation;
  const error = senderVersionError(call, args.sender_canister_version);
  if (error !== undefined) return rejected(invocation, error);
  removeCode(environment, canister);
  recordChange(canister, changeOrigin(call, args.sender_canister_version), timeNs, { kind: 'code_uninstall' });
  recountMemory(environment.state, canister);
  updateActivity(environment.state, canister);
  return done(invocation);
}

function deletionError(invocation: Invocation, canister: CanisterState): UserError | undefined {
  const name = principalToText(canister.id);
  if (invocation.call.sender === canister.id)
    return userError(ErrorCode.CanisterInvalidController, `Canister ${name} cannot delete itself.`);
  if (canister.status.kind !== 'stopped')
    return userError(ErrorCode.CanisterNotStopped, `Canister ${name} must be stopped before it is deleted.`);
  if (canister.inputQueue.size > 0 || canister.ingressQueue.size > 0) {
    return userError(
      ErrorCode.CanisterQueueNotEmpty,
      `Canister ${name} has messages in its queues and cannot be deleted now. Please retry after some time`,
    );
  }
  return undefined;
}

/** Takes the canister out of every index and burns what it has. */
function removeCanister(environment: ExecutionEnvironment, canister: CanisterState): void {
  const { state, engine } = environment;
  engine.drop(canister.id);
  setModule(state, canister, undefined);
  setGlobalTimer(state, canister, 0n);
  scheduleCharge(state, canister, 0n);
  state.heartbeats.delete(canister.id);
  state.active.delete(canister.id);
  state.computeAllocated -= canister.settings.computeAllocation;
  state.memoryBytes -= canister.countedBytes;
  state.reservedMemoryBytes -= canister.reservedBytes;
  state.cycles.burned += canister.balance + canister.reservedBalance;
  // A canister may get this id again, and a best-effort call of this one may still be answered.
  if (canister.nextCallbackId > state.firstCallbackId) state.firstCallbackId = canister.nextCallbackId;
  state.canisters.delete(canister.id);
}

/** `delete_canister`: only a stopped canister without messages; its cycles are gone. Calls that wait for it learn that it is gone. */
export function deleteCanister(invocation: Invocation, canister: CanisterState): Answer {
  const { environment } = invocation;
  const error = deletionError(invocation, canister);
  if (error !== undefined) return rejected(invocation, error);
  removeCanister(environment, canister);
  const gone = failure(canisterNotFound(canister.id));
  for (const call of canister.managementQueue.values()) {
    countTaken(environment.state, call);
    respond(environment.state, RESPONDENT, call.origin, call.cycles, gone);
  }
  return done(invocation);
}
