export { decodeCbor } from './cbor-decode.ts';
export { encodeCbor, encodeSelfDescribedCbor } from './cbor-encode.ts';
export { CborFloat, SELF_DESCRIBED_TAG } from './cbor-value.ts';
export type { CborError, CborErrorDetail, CborInput, CborKey, CborMap, CborValue } from './cbor-value.ts';
export {
  encodeSleb128,
  encodeUleb128,
  lebGroupsToBigint,
  readSlebBigint,
  readSlebNumber,
  readUlebBigint,
  readUlebNumber,
  uleb128Length,
  writeUleb128,
} from './leb128.ts';
export type { ByteCursor, Leb128ErrorDetail, Leb128Form } from './leb128.ts';
export { DEFAULT_CBOR_LIMITS, LEB128_NUMBER_BITS_MAX } from './limits.ts';
export type { CborLimits } from './limits.ts';
export { textOfUtf8 } from './utf8-text.ts';
