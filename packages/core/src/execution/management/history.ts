/**
 * The history of a canister: who changed what, the last twenty changes.
 * Source: IC interface spec, "canister_info".
 * @module
 */
import type { CanisterChange, CanisterState, ChangeOrigin, ManagementCall } from '../../state/index.ts';
import { CANISTER_HISTORY_MAX } from '../limits.ts';

/** Who is behind a call. @param claimed - the `sender_canister_version` of the payload. */
export function changeOrigin(call: ManagementCall, claimed: readonly [] | readonly [bigint]): ChangeOrigin {
  if (call.origin.kind === 'ingress') return { kind: 'user', id: call.sender };
  return { kind: 'canister', id: call.sender, version: claimed[0] === undefined ? undefined : Number(claimed[0]) };
}

/** Records a change that has just been made: the canister has its new version already. */
export function recordChange(canister: CanisterState, origin: ChangeOrigin, timestampNs: bigint, details: CanisterChange['details']): void {
  const change: CanisterChange = { timestampNs, canisterVersion: canister.version, origin, details };
  canister.history = [...canister.history, change].slice(-CANISTER_HISTORY_MAX);
  canister.historyLength++;
}
