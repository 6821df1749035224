/**
 * Which canister a payload names: its `canister_id` or `target_canister`, read without decoding the rest.
 * @module
 */
import type { PrincipalId, Result } from '../../base/index.ts';
import { type ArgsCodec, argsCodec, principal, record } from '../../candid/index.ts';
import type { UserError } from '../error-codes.ts';
import { decodePayload } from './answer.ts';
import type { ManagementMethod } from './methods.ts';

const codecs: Readonly<Record<NonNullable<ManagementMethod['target']>, ArgsCodec<[Readonly<Record<string, PrincipalId>>]>>> = {
  canister_id: argsCodec([record({ canister_id: principal })]),
  target_canister: argsCodec([record({ target_canister: principal })]),
};

/** The canister that the payload names in `field`, or what is wrong with the payload. */
export function targetOf(field: NonNullable<ManagementMethod['target']>, payload: Uint8Array): Result<PrincipalId, UserError> {
  const decoded = decodePayload(codecs[field], payload);
  return decoded.ok ? { ok: true, value: decoded.value[field] as PrincipalId } : decoded;
}
