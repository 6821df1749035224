/** Matchers for `assert.throws`. */
import { IcError } from '../../src/base/index.ts';

/** Whether the error is an `IcError` with one of these codes. */
export function hasCode(...codes: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof IcError && codes.includes(error.detail.code)) return true;
    throw error;
  };
}

/** Whether the error is any `IcError`. */
export function isIcError(error: unknown): boolean {
  if (error instanceof IcError) return true;
  throw error;
}
