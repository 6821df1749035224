export { BoundedCache } from './bounded-cache.ts';
export { createNodeBlsSigner, loadBls, nodeBlsVerifier } from './bls.ts';
export { createNodeEd25519Signer } from './ed25519-signer.ts';
export { nodeHasher } from './hasher.ts';
export { ed25519SeedToPem, identityFromPem, secp256k1SecretKeyToPem } from './identity-pem.ts';
export type { IdentityScheme, PemIdentity } from './identity-pem.ts';
export { createSignatureMemo } from './signature-memo.ts';
export { createNodeVerifier, nodeVerifier } from './signature-verifier.ts';
export { VerificationShare, watchUtilization } from './verification-share.ts';
