/**
 * Canister signatures: a canister signs by putting the message into its certified data.
 *
 * Source: IC interface specification, "Canister signatures".
 * @module
 */
import { IcError, equalBytes, err, fromUtf8, ok, principalToBytes, principalToText, utf8 } from '../base/index.ts';
import type { Hasher, PrincipalId, Result } from '../base/index.ts';
import {
  CERTIFICATE_CBOR_LIMITS,
  decodeCertificate,
  hashTreeFromCbor,
  hashTreeToCbor,
  isWellFormed,
  lookupPath,
  rootHash,
  verifyCertificate,
} from '../certification/index.ts';
import type { BlsVerifier, Certificate, HashTree, VerifiedCertificate } from '../certification/index.ts';
import { decodeCbor, encodeSelfDescribedCbor } from '../codec/index.ts';

/** The key of a canister signature: who signs, and the seed that tells its keys apart. */
export type CanisterSignatureKey = { readonly canisterId: PrincipalId; readonly seed: Uint8Array };

export type CanisterSignaturePorts = {
  readonly hasher: Hasher;
  readonly bls: BlsVerifier;
  /** Root key of the network, DER-encoded. */
  readonly rootKeyDer: Uint8Array;
};

const SIG = utf8('sig');
const CANISTER = utf8('canister');
const CERTIFIED_DATA = utf8('certified_data');
const SUBNET = utf8('subnet');
const TYPE = utf8('type');

/** CBOR bytes of a canister signature. @param certificate - encoded. */
export function encodeCanisterSignature(certificate: Uint8Array, tree: HashTree): Uint8Array<ArrayBuffer> {
  return encodeSelfDescribedCbor({ certificate, tree: hashTreeToCbor(tree) });
}

/** Path at which the canister's tree must have an empty leaf to sign `payload`. */
export function canisterSignaturePath(seed: Uint8Array, payload: Uint8Array, hasher: Hasher): [Uint8Array, Uint8Array, Uint8Array] {
  return [SIG, hasher.sha256(seed), hasher.sha256(payload)];
}

/**
 * Checks a canister signature; hashes and lookups come before the pairings.
 *
 * @param payload - what had to be signed, domain separator included.
 * @returns what is wrong, as a clause.
 */
export function verifyCanisterSignature(
  key: CanisterSignatureKey,
  payload: Uint8Array,
  signature: Uint8Array,
  ports: CanisterSignaturePorts,
): Result<undefined, string> {
  try {
    const { certificate, tree } = decodeCanisterSignature(signature);
    const { hasher } = ports;
    if (!isWellFormed(tree)) return err('the tree of the canister signature is not well-formed');
    const signed = lookupPath(canisterSignaturePath(key.seed, payload, hasher), tree);
    if (signed.status !== 'found' || signed.value.length !== 0) {
      return err('the tree of the canister signature does not have an empty leaf at sig/H(seed)/H(payload)');
    }
    const data = lookupPath([CANISTER, principalToBytes(key.canisterId), CERTIFIED_DATA], certificate.tree);
    if (data.status !== 'found' || !equalBytes(data.value, rootHash(tree, hasher))) {
      return err(`the certificate does not prove that the tree is the certified data of canister ${principalToText(key.canisterId)}`);
    }
    const verified = verifyCertificate(certificate, ports.rootKeyDer, { hasher, bls: ports.bls, canisterId: key.canisterId });
    if (!verified.ok) return err(verified.error.message);
    return checkSubnetType(verified.value);
  } catch (error) {
    if (error instanceof IcError) return err(error.message);
    throw error;
  }
}

/** Subnets of type `cloud_engine` are not trusted to sign for users. */
function checkSubnetType({ delegation }: VerifiedCertificate): Result<undefined, string> {
  if (delegation === undefined) return ok(undefined);
  const type = lookupPath([SUBNET, principalToBytes(delegation.subnetId), TYPE], delegation.tree);
  if (type.status !== 'found') return err('the delegation of the certificate does not reveal the type of the subnet');
  return fromUtf8(type.value) === 'cloud_engine' ? err('canisters on subnets of type cloud_engine cannot sign for users') : ok(undefined);
}

function decodeCanisterSignature(bytes: Uint8Array): { readonly certificate: Certificate; readonly tree: HashTree } {
  const map = decodeCbor(bytes, CERTIFICATE_CBOR_LIMITS);
  if (!(map instanceof Map)) throw new IcError({ code: 'SIGNATURE_INVALID' }, 'the canister signature is not a CBOR map');
  const certificate: unknown = map.get('certificate');
  if (!(certificate instanceof Uint8Array)) throw new IcError({ code: 'SIGNATURE_INVALID' }, 'the canister signature has no certificate');
  return { certificate: decodeCertificate(certificate), tree: hashTreeFromCbor(map.get('tree')) };
}
