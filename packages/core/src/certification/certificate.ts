/**
 * Certificates: a partial state tree, a BLS signature on its root hash, and possibly the delegation that names the signing subnet.
 *
 * Source: IC interface specification, "Certificate" and "Encoding of certificates".
 * @module
 */
import { concatBytes, IcError, principalFromBytes, principalToBytes } from '../base/index.ts';
import type { Hasher, PrincipalId } from '../base/index.ts';
import { decodeCbor, encodeCbor, encodeSelfDescribedCbor } from '../codec/index.ts';
import { hashTreeFromCbor, hashTreeToCbor } from './hash-tree-codec.ts';
import { rootHash, stateRootMessage } from './hash-tree.ts';
import type { HashTree } from './hash-tree.ts';
import { CERTIFICATE_CBOR_LIMITS } from './limits.ts';
import type { BlsSigner } from './ports.ts';

/** The root key's word that a subnet may certify: a certificate of the root subnet, still encoded. */
export type CertificateDelegation = { readonly subnetId: PrincipalId; readonly certificate: Uint8Array };

export type Certificate = {
  readonly tree: HashTree;
  /** Compressed point of G1, 48 bytes when genuine. */
  readonly signature: Uint8Array;
  readonly delegation?: CertificateDelegation;
};

/** Signs a tree: a full state tree or a witness of one, the signature is the same. */
export function signTree(tree: HashTree, signer: BlsSigner, hasher: Hasher): Certificate {
  return { tree, signature: signer.sign(stateRootMessage(rootHash(tree, hasher))) };
}

/** CBOR bytes of a certificate, with the self-described tag. */
export function encodeCertificate(certificate: Certificate): Uint8Array<ArrayBuffer> {
  const { tree, signature, delegation } = certificate;
  return encodeSelfDescribedCbor({
    tree: hashTreeToCbor(tree),
    signature,
    delegation:
      delegation === undefined ? undefined : { subnet_id: principalToBytes(delegation.subnetId), certificate: delegation.certificate },
  });
}

/** What a state proves, still without the signature: the root hash that is signed, and the witness that leads to it. */
export type UnsignedCertificate = {
  /** 32 bytes. */
  readonly rootHash: Uint8Array;
  /** The witness, CBOR. */
  readonly tree: Uint8Array;
};

const SIGNED_HEAD = Uint8Array.of(0xd9, 0xd9, 0xf7, 0xa2, 0x64, 0x74, 0x72, 0x65, 0x65);
const SIGNATURE_NAME = encodeCbor('signature');

/** CBOR bytes of a certificate without delegation whose witness was encoded elsewhere, with the self-described tag: the same as {@link encodeCertificate}. */
export function sealCertificate({ tree }: UnsignedCertificate, signature: Uint8Array): Uint8Array {
  return concatBytes(SIGNED_HEAD, tree, SIGNATURE_NAME, encodeCbor(signature));
}

/**
 * Decodes a certificate; nothing in it is verified. Byte strings are views into `bytes`.
 * @throws IcError `CERTIFICATE_INVALID`, `HASH_TREE_INVALID`, or a `CBOR_…` code.
 */
export function decodeCertificate(bytes: Uint8Array): Certificate {
  const map = decodeCbor(bytes, CERTIFICATE_CBOR_LIMITS);
  if (!(map instanceof Map)) throw invalid('it is not a map');
  const tree = hashTreeFromCbor(map.get('tree'));
  const signature: unknown = map.get('signature');
  if (!(signature instanceof Uint8Array)) throw invalid('it has no signature');
  const delegation: unknown = map.get('delegation') ?? undefined;
  return delegation === undefined ? { tree, signature } : { tree, signature, delegation: readDelegation(delegation) };
}

function readDelegation(value: unknown): CertificateDelegation {
  if (!(value instanceof Map)) throw invalid('its delegation is not a map');
  const subnetId: unknown = value.get('subnet_id');
  const certificate: unknown = value.get('certificate');
  if (!(subnetId instanceof Uint8Array)) throw invalid('its delegation names no subnet');
  if (!(certificate instanceof Uint8Array)) throw invalid('its delegation has no certificate');
  return { subnetId: principalFromBytes(subnetId), certificate };
}

function invalid(what: string): IcError {
  return new IcError({ code: 'CERTIFICATE_INVALID' }, `not a certificate: ${what}`);
}
