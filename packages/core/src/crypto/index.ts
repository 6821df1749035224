export { authenticateEnvelope } from './authenticate-envelope.ts';
export type { AuthenticateOptions, Authentication } from './authenticate-envelope.ts';
export type { AuthenticationError } from './authentication-error.ts';
export { BLS_DST, blsSecretKeyFromSeed, createNobleBlsSigner, isBlsForm, nobleBlsVerifier } from './bls.ts';
export { canisterSignaturePath, encodeCanisterSignature, verifyCanisterSignature } from './canister-signature.ts';
export type { CanisterSignatureKey, CanisterSignaturePorts } from './canister-signature.ts';
export { decodeCoseKey, encodeCoseKey } from './cose-key.ts';
export type { CoseKey } from './cose-key.ts';
export { decodeEnvelope } from './decode-envelope.ts';
export type { DelegationScope } from './delegation-chain.ts';
export { DER_INTEGER, DER_OBJECT_IDENTIFIER, DER_SEQUENCE, endDer, readDer, readDerBytes, readDerUnsigned, writeDer } from './der.ts';
export type { DerReader } from './der.ts';
export { DELEGATION_SEPARATOR, REQUEST_SEPARATOR, RESPONSE_SEPARATOR, SENDER_INFO_SEPARATOR } from './domain-separators.ts';
export { createP256Signer, createSecp256k1Signer, ecdsaSignatureFromDer, isEcdsaForm, verifyEcdsa } from './ecdsa.ts';
export { createEd25519Signer, isAcceptableEd25519Key, verifyEd25519 } from './ed25519.ts';
export type {
  CallContent,
  ContentOf,
  Envelope,
  MethodContent,
  QueryContent,
  ReadStateContent,
  RequestContent,
  RequestKind,
  SenderInfo,
  SignedDelegation,
} from './envelope.ts';
export { hashOfContent, requestIdOf } from './hash-of-content.ts';
export type { HashableMap, HashableRecord, HashableValue } from './hash-of-content.ts';
export {
  DELEGATIONS_MAX,
  DELEGATION_TARGETS_MAX,
  ENVELOPE_BYTES_MAX,
  INGRESS_EXPIRY_DRIFT_NS,
  INGRESS_TTL_MAX_NS,
  METHOD_NAME_BYTES_MAX,
  NONCE_BYTES_MAX,
  READ_STATE_LABELS_MAX,
  READ_STATE_PATHS_MAX,
} from './limits.ts';
export { nobleVerifier } from './noble-verifier.ts';
export type { MessageSigner, SignatureMemo, SignatureScheme, SignatureVerifier } from './ports.ts';
export { publicKeyFromDer, publicKeyToDer, webAuthnPublicKey } from './public-key.ts';
export type { PublicKey } from './public-key.ts';
export { queryResponseHash, queryResponsePayload } from './query-response.ts';
export type { QueryResponse } from './query-response.ts';
export { checkRsaPublicKey, decodeRsaPublicKey, encodeRsaPublicKey } from './rsa.ts';
export type { RsaPublicKey } from './rsa.ts';
export { memoiseBlsVerifier, signatureMemoKey, verifySignature } from './verify-signature.ts';
export type { SignaturePorts } from './verify-signature.ts';
export { toBase64Url, verifyWebAuthn } from './webauthn.ts';
