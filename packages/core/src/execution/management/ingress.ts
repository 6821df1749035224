/**
 * Update calls of users to the management canister, before they are taken in.
 * Source: IC interface spec, "API request submission"; texts of dfinity/ic.
 * @module
 */
import { type PrincipalId, principalToText } from '../../base/index.ts';
import { managementCanister } from '../../candid/index.ts';
import { canisterForRead, type CanisterState, type IngressMessage, type ReplicatedState } from '../../state/index.ts';
import type { ExecutionConfig } from '../config.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { payloadError } from './answer.ts';
import { isController, provisionalNotAllowed, statusAccessError } from './authorization.ts';
import { type ManagementMethod, managementMethods, onlyForCanisters, unknownMethod } from './methods.ts';
import { targetOf } from './target.ts';

/** An update call to the management canister, as a user makes it. */
export type ManagementIngress = {
  readonly sender: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  /** From the address that the call was sent to. */
  readonly effectiveCanisterId: PrincipalId;
};

/** Why the whole payload does not decode, or undefined. */
function malformed(methodName: string, arg: Uint8Array): UserError | undefined {
  try {
    managementCanister[methodName as keyof typeof managementCanister].args.decode(arg);
    return undefined;
  } catch (error) {
    return payloadError(error);
  }
}

function senderError(method: ManagementMethod, canister: CanisterState, call: ManagementIngress): UserError | undefined {
  if (method.users === 'status_viewers') return statusAccessError(canister, call.sender);
  if (method.users !== 'controllers' || isController(canister, call.sender)) return undefined;
  return userError(
    ErrorCode.CanisterInvalidController,
    `Only controllers of canister ${principalToText(canister.id)} can call ic00 method ${call.methodName}`,
  );
}

/**
 * Why a user's call to the management canister is not taken into the pool, or undefined. Whether its payer has the cycles is
 * `ingressAdmissionError`'s business, which asks this.
 */
export function checkManagementIngress(state: ReplicatedState, config: ExecutionConfig, call: ManagementIngress): UserError | undefined {
  const method = managementMethods.get(call.methodName);
  if (method === undefined) return unknownMethod(call.methodName);
  if (method.users === 'nobody') return onlyForCanisters(call.methodName);
  if (method.users === 'provisional' && !config.provisional) return provisionalNotAllowed(call.sender, call.methodName);
  const badPayload = malformed(call.methodName, call.arg);
  if (badPayload !== undefined) return badPayload;
  if (method.target === undefined) return undefined;
  const target = targetOf(method.target, call.arg);
  if (!target.ok) return target.error;
  if (target.value !== call.effectiveCanisterId) {
    const [wanted, named] = [principalToText(call.effectiveCanisterId), principalToText(target.value)];
    return userError(ErrorCode.InvalidManagementPayload, `The effective canister id is ${wanted}, but the payload names canister ${named}`);
  }
  const canister = canisterForRead(state, target.value);
  if (canister === undefined) return userError(ErrorCode.CanisterNotFound, `Canister ${principalToText(target.value)} not found`);
  return senderError(method, canister, call);
}

/** The canister that pays for taking the call in: the one that it acts on. Nobody pays for provisional methods and for what is refused. */
export function managementIngressPayer(message: Pick<IngressMessage, 'methodName' | 'arg'>): PrincipalId | undefined {
  const method = managementMethods.get(message.methodName);
  if (method?.target === undefined || method.users === 'provisional' || method.users === 'nobody') return undefined;
  const target = targetOf(method.target, message.arg);
  return target.ok ? target.value : undefined;
}
