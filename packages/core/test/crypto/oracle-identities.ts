/** Identities of @icp-sdk/core, the oracle of the tests in this folder. */
export { DelegationChain, DelegationIdentity, ECDSAKeyIdentity, Ed25519KeyIdentity } from '@icp-sdk/core/identity';
export { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
