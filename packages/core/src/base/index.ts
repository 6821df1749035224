export { AssertionFault, assert, present, unreachable } from './assert.ts';
export { compareBytes, concatBytes, equalBytes, fromHex, fromUtf8, joinBytes, plainBytes, toHex, utf8 } from './bytes.ts';
export { IcError } from './error.ts';
export { nobleHasher } from './hasher.ts';
export type { HashTreeForks, Hasher } from './hasher.ts';
export {
  ANONYMOUS_PRINCIPAL,
  MANAGEMENT_CANISTER_ID,
  PRINCIPAL_BYTES_MAX,
  canisterIdOfIndex,
  canisterIndexOfId,
  crc32,
  principalFromBytes,
  principalFromText,
  principalToBytes,
  principalToText,
  selfAuthenticatingPrincipal,
} from './principal.ts';
export type { PrincipalId } from './principal.ts';
export { err, ok } from './result.ts';
export type { Result } from './result.ts';
