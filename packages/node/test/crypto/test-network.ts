/** A root subnet, an application subnet and their keys, for tests; and verification by every library there is. */
import assert from 'node:assert/strict';
import { Certificate } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { canisterIdOfIndex, compareBytes, nobleHasher, principalToBytes, selfAuthenticatingPrincipal, utf8 } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import {
  EMPTY_TREE,
  blsPublicKeyToDer,
  encodeCanisterRanges,
  encodeCertificate,
  fork,
  labeled,
  leaf,
  signTree,
  verifyCertificate,
} from '@myelin/core/certification';
import type { BlsSigner, CanisterRange, CertificateDelegation, HashTree } from '@myelin/core/certification';
import { encodeUleb128 } from '@myelin/core/codec';
import { blsSecretKeyFromSeed, nobleBlsVerifier } from '@myelin/core/crypto';
import { createNodeBlsSigner, loadBls, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';

/** A labelled tree, written down. */
export type Plain = Uint8Array | string | readonly (readonly [Uint8Array | string, Plain])[];

/** A hash tree with balanced forks; text is taken as UTF-8. */
export function treeOf(plain: Plain): HashTree {
  if (typeof plain === 'string' || plain instanceof Uint8Array) return leaf(plain);
  const items = plain.map(([label, child]) => [typeof label === 'string' ? utf8(label) : label, treeOf(child)] as const);
  return join(items.sort((a, b) => compareBytes(a[0], b[0])).map(([label, child]) => labeled(label, child)));
}

function join(items: readonly HashTree[]): HashTree {
  if (items.length < 2) return items[0] ?? EMPTY_TREE;
  const middle = items.length >> 1;
  return fork(join(items.slice(0, middle)), join(items.slice(middle)));
}

const signerOf = (seed: number): BlsSigner => createNodeBlsSigner(blsSecretKeyFromSeed(new Uint8Array(32).fill(seed)));

export const rootSigner = signerOf(1);
export const subnetSigner = signerOf(2);
export const strangerSigner = signerOf(3);
export const rootKeyDer = blsPublicKeyToDer(rootSigner.publicKey);
export const subnetKeyDer = blsPublicKeyToDer(subnetSigner.publicKey);
export const rootSubnetId = selfAuthenticatingPrincipal(rootKeyDer, nobleHasher);
export const subnetId = selfAuthenticatingPrincipal(subnetKeyDer, nobleHasher);

/** Time of all certificates, nanoseconds. */
export const TIME = 1_750_000_000_000_000_000n;
export const timeLeaf: readonly [string, Uint8Array] = ['time', encodeUleb128(TIME)];

/** A canister of the application subnet, and one that it does not host. */
export const canisterId = canisterIdOfIndex(0x200_0005n);
export const foreignCanisterId = canisterIdOfIndex(5n);
export const ranges: readonly CanisterRange[] = [
  { first: canisterIdOfIndex(0x200_0000n), last: canisterIdOfIndex(0x20f_ffffn) },
  { first: canisterIdOfIndex(0x300_0000n), last: canisterIdOfIndex(0x30f_ffffn) },
];

/** What the root subnet says of the application subnet. */
export type DelegationShape = {
  readonly scope?: 'subnet' | 'canister_ranges' | 'none';
  readonly type?: string | undefined;
  readonly publicKey?: Uint8Array | undefined;
  readonly signer?: BlsSigner;
  readonly delegation?: CertificateDelegation;
  /** Nanoseconds; {@link TIME} unless given. Agents refuse delegations older than 30 days. */
  readonly time?: bigint;
};

/** A delegation to the application subnet. */
export function delegate(shape: DelegationShape = {}): CertificateDelegation {
  const { scope = 'canister_ranges', signer = rootSigner } = shape;
  const id = principalToBytes(subnetId);
  const type = 'type' in shape ? shape.type : 'application';
  const publicKey = 'publicKey' in shape ? shape.publicKey : subnetKeyDer;
  const subnet: (readonly [string, Plain])[] = [];
  if (publicKey !== undefined) subnet.push(['public_key', publicKey]);
  if (type !== undefined) subnet.push(['type', type]);
  if (scope === 'subnet') subnet.push(['canister_ranges', encodeCanisterRanges(ranges)]);
  const shards = ranges.map((range) => [principalToBytes(range.first), encodeCanisterRanges([range])] as const);
  const tree = treeOf([
    ['time', encodeUleb128(shape.time ?? TIME)],
    ['subnet', [[id, subnet]]],
    ...(scope === 'canister_ranges' ? [['canister_ranges', [[id, shards]]] as const] : []),
  ]);
  const certificate = { ...signTree(tree, signer, nodeHasher), ...(shape.delegation && { delegation: shape.delegation }) };
  return { subnetId, certificate: encodeCertificate(certificate) };
}

/** A certificate of the application subnet. */
export function certify(
  tree: HashTree,
  delegation: CertificateDelegation | undefined = delegate(),
  signer: BlsSigner = subnetSigner,
): Uint8Array {
  return encodeCertificate({ ...signTree(tree, signer, nodeHasher), ...(delegation && { delegation }) });
}

/** A certificate of the root subnet. */
export function certifyByRoot(tree: HashTree): Uint8Array {
  return encodeCertificate(signTree(tree, rootSigner, nodeHasher));
}

/** Whom a certificate must be able to speak for. */
export type Scope = { readonly canisterId: PrincipalId } | { readonly subnetId: PrincipalId };

/**
 * Verifies with noble, mcl and @icp-sdk/core, which must all accept or all refuse.
 * @returns the code of our refusal, or undefined.
 */
export async function verifyEverywhere(
  certificate: Uint8Array,
  scope: Scope,
  keyDer: Uint8Array = rootKeyDer,
): Promise<string | undefined> {
  await loadBls();
  const noble = verifyCertificate(certificate, keyDer, { hasher: nobleHasher, bls: nobleBlsVerifier, ...scope });
  const mcl = verifyCertificate(certificate, keyDer, { hasher: nodeHasher, bls: nodeBlsVerifier, ...scope });
  assert.deepEqual(mcl, noble);
  const principal =
    'canisterId' in scope
      ? { canisterId: Principal.fromUint8Array(principalToBytes(scope.canisterId)) }
      : { subnetId: Principal.fromUint8Array(principalToBytes(scope.subnetId)) };
  let oracle = true;
  try {
    await Certificate.create({ certificate, rootKey: keyDer, principal, disableTimeVerification: true });
  } catch {
    oracle = false;
  }
  assert.equal(oracle, noble.ok, noble.ok ? 'only @icp-sdk/core refuses' : `only we refuse: ${noble.error.message}`);
  return noble.ok ? undefined : noble.error.code;
}
