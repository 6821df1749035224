/**
 * The one field of a management call's argument that the endpoints look at: which canister the call is about.
 * @module
 */
import { IcError } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { argsCodec, principal, record } from '@myelin/core/candid';

/** Fields that name the canister: `target_canister` of `install_chunked_code`, `canister_id` of everything else. */
export type TargetField = 'canister_id' | 'target_canister';

const canisterIdArgs = argsCodec([record({ canister_id: principal })]);
const targetCanisterArgs = argsCodec([record({ target_canister: principal })]);

/**
 * The canister that a Candid argument names in a field of its first value, a record; undefined when it does not.
 */
export function principalFieldOf(arg: Uint8Array, field: TargetField): PrincipalId | undefined {
  try {
    return field === 'canister_id' ? canisterIdArgs.decode(arg)[0].canister_id : targetCanisterArgs.decode(arg)[0].target_canister;
  } catch (error) {
    if (error instanceof IcError) return undefined;
    throw error;
  }
}
