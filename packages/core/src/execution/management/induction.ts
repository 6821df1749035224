/**
 * Calls to the management canister on their way in.
 *
 * A call that acts on a canister of this subnet waits in that canister's queue, so that calls on one canister run in order and none
 * runs while the canister has a paused message. What can not be executed at all is answered at once.
 * @module
 */
import { principalToText } from '../../base/index.ts';
import { canisterForWrite, type ManagementCall, updateActivity } from '../../state/index.ts';
import type { ExecutionEnvironment } from '../environment.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { MANAGEMENT_QUEUE_MAX } from '../limits.ts';
import { countQueued } from '../queue-totals.ts';
import { failure, respond } from '../responses.ts';
import { canisterNotFound, provisionalNotAllowed, RESPONDENT } from './authorization.ts';
import { SUBNET_MANAGEMENT_QUEUE_MAX } from './limits.ts';
import { managementMethods, onlyForCanisters, unknownMethod } from './methods.ts';
import { targetOf } from './target.ts';

function enqueue(environment: ExecutionEnvironment, call: ManagementCall): UserError | undefined {
  const { state, config } = environment;
  const method = managementMethods.get(call.methodName);
  if (method === undefined) return unknownMethod(call.methodName);
  if (method.users === 'nobody' && call.origin.kind !== 'canister') return onlyForCanisters(call.methodName);
  if (method.users === 'provisional' && !config.provisional) return provisionalNotAllowed(call.sender, call.methodName);
  if (method.target === undefined) {
    if (state.managementQueue.size >= SUBNET_MANAGEMENT_QUEUE_MAX) {
      return userError(
        ErrorCode.CanisterQueueFull,
        'Too many calls to the management canister wait on this subnet. Please retry after some time.',
      );
    }
    state.managementQueue.push(call);
    countQueued(state, call);
    return undefined;
  }
  const target = targetOf(method.target, call.payload);
  if (!target.ok) return target.error;
  const canister = canisterForWrite(state, target.value);
  if (canister === undefined) return canisterNotFound(target.value);
  if (canister.managementQueue.size >= MANAGEMENT_QUEUE_MAX) {
    const name = principalToText(canister.id);
    return userError(
      ErrorCode.CanisterQueueFull,
      `Too many calls to the management canister wait for canister ${name}. Please retry after some time.`,
    );
  }
  canister.managementQueue.push(call);
  countQueued(state, call);
  updateActivity(state, canister);
  return undefined;
}

/** Puts a call into its queue, or answers it at once when it can not be executed. */
export function inductManagementCall(environment: ExecutionEnvironment, call: ManagementCall): void {
  const error = enqueue(environment, call);
  if (error !== undefined) respond(environment.state, RESPONDENT, call.origin, call.cycles, failure(error));
}
