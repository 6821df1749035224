/**
 * What somebody asks of the logs: `?canister=<id>`, as often as wanted, and where they stand.
 * @module
 */
import { ok, type PrincipalId, type Result } from '@myelin/core/base';
import type { LogPosition } from '../../canister-logs/index.ts';
import { echo, type HttpFailure, refuse } from '../failure.ts';
import { parsePrincipal } from '../routing.ts';

/** Canisters that may be named in one request. */
const NAMED_MAX = 100;

/** Undefined: all of them. @returns a refusal: 400 */
export function canistersOf(query: string): Result<readonly PrincipalId[] | undefined, HttpFailure> {
  const texts = new URLSearchParams(query).getAll('canister');
  if (texts.length === 0) return ok(undefined);
  if (texts.length > NAMED_MAX) return refuse(400, `More than ${NAMED_MAX} canisters are named.`);
  const ids: PrincipalId[] = [];
  for (const text of texts) {
    const id = parsePrincipal(text);
    if (id === undefined) return refuse(400, `This is not the id of a canister: ${echo(text)}`);
    ids.push(id);
  }
  return ok(ids);
}

/** `<epoch>.<sequence>`, as the events of a stream are numbered. */
export function positionText({ epoch, sequence }: LogPosition): string {
  return `${epoch}.${sequence}`;
}

/** Undefined for none, or one that is not ours. */
export function parsePosition(text: string | string[] | undefined): LogPosition | undefined {
  const [, epoch, digits] = typeof text === 'string' ? (/^([0-9a-z]{1,20}-\d{1,10})\.(\d{1,15})$/.exec(text) ?? []) : [];
  return epoch === undefined || digits === undefined ? undefined : { epoch, sequence: Number(digits) };
}
