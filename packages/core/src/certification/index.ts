export { blsPublicKeyFromDer, blsPublicKeyToDer } from './bls-public-key.ts';
export { decodeCanisterRanges, encodeCanisterRanges, isInCanisterRanges } from './canister-ranges.ts';
export type { CanisterRange } from './canister-ranges.ts';
export { decodeCertificate, encodeCertificate, sealCertificate, signTree } from './certificate.ts';
export type { Certificate, CertificateDelegation, UnsignedCertificate } from './certificate.ts';
export { decodeHashTree, encodeHashTree, hashTreeFromCbor, hashTreeToCbor } from './hash-tree-codec.ts';
export {
  EMPTY_TREE,
  HASH_BYTES,
  flattenForks,
  fork,
  hashEmpty,
  hashFork,
  hashLabeled,
  hashLeaf,
  isWellFormed,
  labeled,
  leaf,
  pruned,
  rootHash,
  stateRootMessage,
} from './hash-tree.ts';
export type { Forest, HashTree, LabelPath } from './hash-tree.ts';
export {
  BLS_PUBLIC_KEY_BYTES,
  BLS_SIGNATURE_BYTES,
  CERTIFICATE_AGE_MAX_NS,
  CERTIFICATE_BYTES_MAX,
  CERTIFICATE_CBOR_LIMITS,
  HASH_TREE_DEPTH_MAX,
} from './limits.ts';
export { listPaths, lookupPath, lookupSubtree } from './lookup.ts';
export type { LookupResult, PathValue, SubtreeLookupResult } from './lookup.ts';
export type { BlsSigner, BlsVerifier } from './ports.ts';
export { delegatesCanister, verifyCertificate } from './verify-certificate.ts';
export type { CertificateError, VerifiedCertificate, VerifyCertificateOptions } from './verify-certificate.ts';
export { mergeTrees, pruneTree } from './witness.ts';
