/**
 * What can be wrong with Candid from outside.
 * @module
 */
import { IcError } from '../base/index.ts';

/** Codes of the {@link IcError}s of this folder; `offset` is a byte of the message or a character of the text. */
export type CandidErrorDetail = {
  readonly code:
    /** The bytes are not a Candid message: no magic number, cut short, an invalid type table, bytes left over. */
    | 'CANDID_MALFORMED'
    /** A Candid message, but its values do not fit the expected types. */
    | 'CANDID_TYPE_MISMATCH'
    /** A bound of `CandidLimits` is exceeded. */
    | 'CANDID_LIMIT_EXCEEDED'
    /** A JavaScript value does not fit the type it is to be encoded with. */
    | 'CANDID_VALUE_INVALID'
    /** A type cannot exist: two labels with the same hash, a definition that refers only to itself. */
    | 'CANDID_TYPE_INVALID'
    /** A text of values or of an interface cannot be parsed. */
    | 'CANDID_TEXT_INVALID';
  readonly offset?: number;
};

/** What this folder throws. */
export type CandidError = IcError<CandidErrorDetail>;

/** The error with this code. */
export function candidError(code: CandidErrorDetail['code'], message: string, offset?: number): CandidError {
  return new IcError(offset === undefined ? { code } : { code, offset }, message);
}
