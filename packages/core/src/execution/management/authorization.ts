/**
 * Who may do what with a canister, and the texts that clients match.
 * Source: IC interface spec, abstract behaviour of each method; texts of dfinity/ic.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalToText } from '../../base/index.ts';
import type { CanisterState, ManagementCall, Visibility } from '../../state/index.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';

export function canisterNotFound(id: PrincipalId): UserError {
  return userError(ErrorCode.CanisterNotFound, `Canister ${principalToText(id)} not found.`);
}

export function isController(canister: CanisterState, caller: PrincipalId): boolean {
  return canister.settings.controllers.includes(caller);
}

/** Why `caller` may not control the canister, or undefined. */
export function controllerError(canister: CanisterState, caller: PrincipalId): UserError | undefined {
  if (isController(canister, caller)) return undefined;
  const controllers = canister.settings.controllers.map(principalToText).join(' ');
  return userError(
    ErrorCode.CanisterInvalidController,
    `Only the controllers of the canister ${principalToText(canister.id)} can control it.\nCanister's controllers: ${controllers}\nSender's ID: ${principalToText(caller)}`,
  );
}

/** As {@link controllerError}; the canister itself is allowed too. */
export function controllerOrSelfError(canister: CanisterState, caller: PrincipalId): UserError | undefined {
  return caller === canister.id ? undefined : controllerError(canister, caller);
}

function mayView(canister: CanisterState, visibility: Visibility, caller: PrincipalId): boolean {
  switch (visibility.kind) {
    case 'public':
      return true;
    case 'controllers':
      return isController(canister, caller);
    case 'allowed_viewers':
      return isController(canister, caller) || visibility.viewers.includes(caller);
  }
}

/** Why `caller` may not see the status, or undefined. */
export function statusAccessError(canister: CanisterState, caller: PrincipalId): UserError | undefined {
  if (caller === canister.id || mayView(canister, canister.settings.statusVisibility, caller)) return undefined;
  return userError(
    ErrorCode.CanisterStatusAccessDenied,
    `Caller ${principalToText(caller)} is not allowed to read the canister status of ${principalToText(canister.id)}`,
  );
}

/** Why `caller` may not see the log, or undefined. */
export function logAccessError(canister: CanisterState, caller: PrincipalId): UserError | undefined {
  if (mayView(canister, canister.settings.logVisibility, caller)) return undefined;
  return userError(ErrorCode.CanisterRejectedMessage, `Caller ${principalToText(caller)} is not allowed to access canister logs`);
}

/**
 * A canister may say which version of itself makes the call; a wrong one is refused. What a user says means nothing.
 * Source: IC interface spec, "sender_canister_version".
 */
export function senderVersionError(call: ManagementCall, claimed: readonly [] | readonly [bigint]): UserError | undefined {
  const { origin } = call;
  const [version] = claimed;
  if (version === undefined || origin.kind !== 'canister' || version === BigInt(origin.senderVersion)) return undefined;
  return userError(
    ErrorCode.InvalidManagementPayload,
    `The sender_canister_version is ${version}, but the canister made the call at its version ${origin.senderVersion}`,
  );
}

/** Whom a call to the management canister comes back from. */
export const RESPONDENT: PrincipalId = MANAGEMENT_CANISTER_ID;

/** A provisional method was called on a network that does not offer them. */
export function provisionalNotAllowed(caller: PrincipalId, methodName: string): UserError {
  return userError(ErrorCode.CanisterRejectedMessage, `Caller ${principalToText(caller)} is not allowed to call ic00 method ${methodName}`);
}
