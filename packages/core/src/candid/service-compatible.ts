/**
 * Whether a canister's new interface serves the clients of its old one.
 * Source: Candid specification, "Upgrading and Subtyping".
 * @module
 */
import { err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import { candidError } from './errors.ts';
import { parseDid } from './did-parse.ts';
import type { DidInterface } from './did-parse.ts';
import { checkSubtype } from './subtype.ts';
import type { ServiceNode } from './types.ts';

/** Interfaces are compared by people's leave, not in the course of a message: there is time. */
const STEPS_MAX = 1_000_000;

/**
 * Compares two interfaces, each a text or what was parsed from one.
 *
 * @returns on success, the places where old clients are served although values get lost: an `opt` that reads as null what it does not
 *   understand. On failure, the first reason.
 * @throws IcError as `parseDid` does; `CANDID_TYPE_INVALID` when an interface declares no service.
 */
export function serviceCompatible(newDid: string | DidInterface, oldDid: string | DidInterface): Result<readonly string[], string> {
  const { reason, losses } = checkSubtype(serviceOf(newDid, 'new'), serviceOf(oldDid, 'old'), { stepsMax: STEPS_MAX, findLosses: true });
  return reason === undefined ? ok(losses) : err(reason);
}

function serviceOf(did: string | DidInterface, which: string): ServiceNode {
  const { service } = typeof did === 'string' ? parseDid(did) : did;
  if (service === undefined) throw candidError('CANDID_TYPE_INVALID', `the ${which} interface declares no service`);
  return service;
}
