/**
 * Verification of certificates against the root key.
 *
 * Source: IC interface specification, "Certificate" and "Delegation". Cheap checks come first: a certificate that cannot be used
 * costs no pairing.
 * @module
 */
import { IcError, err, ok, principalToBytes, principalToText, utf8 } from '../base/index.ts';
import type { Hasher, PrincipalId, Result } from '../base/index.ts';
import { readUlebBigint } from '../codec/index.ts';
import type { ByteCursor } from '../codec/index.ts';
import { blsPublicKeyFromDer } from './bls-public-key.ts';
import { decodeCanisterRanges, isInCanisterRanges } from './canister-ranges.ts';
import { decodeCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { rootHash, stateRootMessage } from './hash-tree.ts';
import type { HashTree } from './hash-tree.ts';
import { CERTIFICATE_AGE_MAX_NS } from './limits.ts';
import { listPaths, lookupPath } from './lookup.ts';
import type { BlsVerifier } from './ports.ts';

/** Why a certificate is not trusted. */
export type CertificateError = {
  readonly code:
    /** Not a certificate, or a part of it cannot be read. */
    | 'CERTIFICATE_INVALID'
    | 'CERTIFICATE_SIGNATURE_INVALID'
    /** The delegation's certificate has a delegation itself. */
    | 'CERTIFICATE_DELEGATION_NESTED'
    /** The delegation's certificate does not prove a key for the subnet. */
    | 'CERTIFICATE_SUBNET_UNKNOWN'
    /** The certificate is another subnet's than the one asked for. */
    | 'CERTIFICATE_SUBNET_MISMATCH'
    /** The signing subnet may not speak for the canister. */
    | 'CERTIFICATE_CANISTER_OUT_OF_RANGE'
    | 'CERTIFICATE_TIME_MISSING'
    | 'CERTIFICATE_TOO_OLD'
    | 'CERTIFICATE_FROM_THE_FUTURE';
  readonly message: string;
};

export type VerifyCertificateOptions = {
  readonly hasher: Hasher;
  readonly bls: BlsVerifier;
  /** If given, the certificate's time must lie within `ageMaxNs` of it. Nanoseconds since 1970. */
  readonly now?: bigint;
  /** Nanoseconds; {@link CERTIFICATE_AGE_MAX_NS} unless given. Delegations are valid however old they are. */
  readonly ageMaxNs?: bigint;
  /** If given, a delegated certificate must come from the subnet that hosts this canister. */
  readonly canisterId?: PrincipalId;
  /** If given, a delegated certificate must come from this subnet. */
  readonly subnetId?: PrincipalId;
};

/** What a verified certificate proves, and by whom. */
export type VerifiedCertificate = {
  readonly tree: HashTree;
  /** `/time`, nanoseconds since 1970, when revealed. */
  readonly time: bigint | undefined;
  /** The subnet and the root subnet's tree that vouches for it; absent when the root key signed directly. */
  readonly delegation?: { readonly subnetId: PrincipalId; readonly tree: HashTree };
};

type Outcome = Result<VerifiedCertificate, CertificateError>;

const TIME = [utf8('time')];
const SUBNET = utf8('subnet');
const PUBLIC_KEY = utf8('public_key');
const CANISTER_RANGES = utf8('canister_ranges');

function fail(code: CertificateError['code'], message: string): { readonly ok: false; readonly error: CertificateError } {
  return err({ code, message });
}

/**
 * Verifies a certificate.
 *
 * @param certificate - decoded, or its CBOR bytes.
 * @param rootKeyDer - the network's root key, DER-encoded.
 */
export function verifyCertificate(
  certificate: Certificate | Uint8Array,
  rootKeyDer: Uint8Array,
  options: VerifyCertificateOptions,
): Outcome {
  try {
    const decoded = certificate instanceof Uint8Array ? decodeCertificate(certificate) : certificate;
    return decoded.delegation === undefined
      ? checkSignature(decoded, rootKeyDer, options)
      : checkDelegated(decoded, decoded.delegation, rootKeyDer, options);
  } catch (error) {
    if (error instanceof IcError) return fail('CERTIFICATE_INVALID', error.message);
    throw error;
  }
}

function checkDelegated(
  certificate: Certificate,
  delegation: NonNullable<Certificate['delegation']>,
  rootKeyDer: Uint8Array,
  options: VerifyCertificateOptions,
): Outcome {
  const { subnetId } = delegation;
  const parent = decodeCertificate(delegation.certificate);
  if (parent.delegation !== undefined) {
    return fail('CERTIFICATE_DELEGATION_NESTED', 'the certificate of the delegation is itself delegated; only one level is allowed');
  }
  if (options.subnetId !== undefined && options.subnetId !== subnetId) {
    return fail(
      'CERTIFICATE_SUBNET_MISMATCH',
      `the certificate comes from subnet ${principalToText(subnetId)}, not from ${principalToText(options.subnetId)}`,
    );
  }
  const key = lookupPath([SUBNET, principalToBytes(subnetId), PUBLIC_KEY], parent.tree);
  if (key.status !== 'found') {
    return fail('CERTIFICATE_SUBNET_UNKNOWN', `the delegation does not prove a public key of subnet ${principalToText(subnetId)}`);
  }
  if (options.canisterId !== undefined && !delegatesCanister(parent.tree, subnetId, options.canisterId)) {
    return fail(
      'CERTIFICATE_CANISTER_OUT_OF_RANGE',
      `the delegation does not prove that subnet ${principalToText(subnetId)} may certify for canister ${principalToText(options.canisterId)}`,
    );
  }
  // The leaf's own checks are cheap, so they come before the two pairings.
  const stale = checkTime(readTime(certificate.tree), options);
  if (stale !== undefined) return { ok: false, error: stale };
  const signedByRoot = checkSignature(parent, rootKeyDer, { hasher: options.hasher, bls: options.bls });
  if (!signedByRoot.ok) return signedByRoot;
  const signedBySubnet = checkSignature(certificate, key.value, options);
  if (!signedBySubnet.ok) return signedBySubnet;
  return ok({ ...signedBySubnet.value, delegation: { subnetId, tree: parent.tree } });
}

/**
 * Whether the root subnet's tree proves that the canister belongs to the subnet: in the shards below `/canister_ranges/<subnet>`, or
 * in the single list `/subnet/<subnet>/canister_ranges` that older interfaces reveal.
 * @throws IcError when a revealed list cannot be read.
 */
export function delegatesCanister(tree: HashTree, subnetId: PrincipalId, canisterId: PrincipalId): boolean {
  const subnet = principalToBytes(subnetId);
  const shards = listPaths(tree, [CANISTER_RANGES, subnet]);
  if (shards.some(({ value }) => isInCanisterRanges(decodeCanisterRanges(value), canisterId))) return true;
  const list = lookupPath([SUBNET, subnet, CANISTER_RANGES], tree);
  return list.status === 'found' && isInCanisterRanges(decodeCanisterRanges(list.value), canisterId);
}

function checkSignature(certificate: Certificate, keyDer: Uint8Array, options: VerifyCertificateOptions): Outcome {
  const { tree, signature } = certificate;
  const time = readTime(tree);
  const stale = checkTime(time, options);
  if (stale !== undefined) return { ok: false, error: stale };
  const key = blsPublicKeyFromDer(keyDer);
  const message = stateRootMessage(rootHash(tree, options.hasher));
  if (!options.bls.verifyBls(key, message, signature)) {
    return fail('CERTIFICATE_SIGNATURE_INVALID', 'the signature on the root hash of the tree does not verify with the signing key');
  }
  return ok({ tree, time });
}

/** `/time` of a tree, if revealed. @throws IcError when it is not a LEB128 number of 64 bits. */
function readTime(tree: HashTree): bigint | undefined {
  const found = lookupPath(TIME, tree);
  if (found.status !== 'found') return undefined;
  const cursor: ByteCursor = { bytes: found.value, offset: 0 };
  const time = readUlebBigint(cursor, 64);
  if (cursor.offset !== found.value.length) throw new IcError({ code: 'CERTIFICATE_INVALID' }, 'bytes follow the number at /time');
  return time;
}

function checkTime(time: bigint | undefined, options: VerifyCertificateOptions): CertificateError | undefined {
  const { now, ageMaxNs = CERTIFICATE_AGE_MAX_NS } = options;
  if (now === undefined) return undefined;
  if (time === undefined)
    return { code: 'CERTIFICATE_TIME_MISSING', message: 'the certificate does not reveal /time, so its age is unknown' };
  if (time + ageMaxNs < now) {
    return {
      code: 'CERTIFICATE_TOO_OLD',
      message: `the certificate is ${(now - time) / 1_000_000n} ms old, at most ${ageMaxNs / 1_000_000n} ms are accepted`,
    };
  }
  if (time > now + ageMaxNs) {
    return {
      code: 'CERTIFICATE_FROM_THE_FUTURE',
      message: `the certificate's time is ${(time - now) / 1_000_000n} ms ahead of the reader's clock`,
    };
  }
  return undefined;
}
