/**
 * The window in which a request may expire (interface specification, "Authentication").
 *
 * An expiry in the past is refused so that requests cannot be replayed; one too far ahead, because a request id is remembered only
 * until then. Anonymous queries and reads change nothing and are exempt.
 * @module
 */
import { ok } from '@myelin/core/base';
import type { Result } from '@myelin/core/base';
import { INGRESS_EXPIRY_DRIFT_NS, INGRESS_TTL_MAX_NS } from '@myelin/core/crypto';
import { refuse } from './failure.ts';
import type { HttpFailure } from './failure.ts';

/** `2026-11-20 12:34:56.000000001 UTC`, the form in which clients know these times. */
export function formatTime(ns: bigint): string {
  const seconds = ns / 1_000_000_000n;
  const fraction = (ns % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return `${ns} ns since 1970`;
  const text = date.toISOString().slice(0, 19).replace('T', ' ');
  return `${text}${fraction === '' ? '' : `.${fraction}`} UTC`;
}

/**
 * Checks an expiry against the clock of this node.
 *
 * @param ingressExpiry - nanoseconds since 1970, as the client sent it.
 * @param wallTimeNs - the clock of this node.
 * @param exempt - an anonymous query or read_state request.
 * @returns a refusal (400) whose text begins with `Invalid request expiry: `: agents synchronise their clock when they see it.
 */
export function checkExpiry(ingressExpiry: bigint, wallTimeNs: bigint, exempt: boolean): Result<undefined, HttpFailure> {
  if (exempt) return ok(undefined);
  const latest = wallTimeNs + INGRESS_TTL_MAX_NS + INGRESS_EXPIRY_DRIFT_NS;
  if (ingressExpiry >= wallTimeNs && ingressExpiry <= latest) return ok(undefined);
  return refuse(
    400,
    'Invalid request expiry: Specified ingress_expiry not within expected range: ' +
      `Minimum allowed expiry: ${formatTime(wallTimeNs)}, Maximum allowed expiry: ${formatTime(latest)}, ` +
      `Provided expiry: ${formatTime(ingressExpiry)}`,
  );
}
