/**
 * Bounds of requests, keys and signatures that come from outside. Numbers marked "spec" are the interface specification's; the others
 * are ours and lie above everything that honest clients send.
 * @module
 */
import type { CborLimits } from '../codec/index.ts';

/** Most bytes of an envelope: the largest body that the HTTPS interface of the mainnet takes. */
export const ENVELOPE_BYTES_MAX = 4_194_304;

/** Bounds of the CBOR of a call or query: 20 delegations of 1,000 targets fit. Every item of the content costs one hash. */
export const CALL_CBOR_LIMITS: CborLimits = { bytesMax: ENVELOPE_BYTES_MAX, depthMax: 16, itemsMax: 25_000 };

/** Bounds of the CBOR of a read_state request: 1,000 paths of 127 labels fit in addition. */
export const READ_STATE_CBOR_LIMITS: CborLimits = { bytesMax: ENVELOPE_BYTES_MAX, depthMax: 16, itemsMax: 155_000 };

/** Most bytes of a nonce (spec). */
export const NONCE_BYTES_MAX = 32;

/** Most UTF-8 bytes of a method name: what a module may export (spec). */
export const METHOD_NAME_BYTES_MAX = 20_000;

/** Most paths of a read_state request (spec). */
export const READ_STATE_PATHS_MAX = 1_000;

/** Most labels of one path (spec). */
export const READ_STATE_LABELS_MAX = 127;

/** Most delegations of an envelope (spec). */
export const DELEGATIONS_MAX = 20;

/** Most targets of one delegation (spec). */
export const DELEGATION_TARGETS_MAX = 1_000;

/** Most fields of a content map: the known ones, and room for optional ones that we do not know. */
export const CONTENT_FIELDS_MAX = 32;

/** Most bytes of a DER-encoded public key. An RSA key of 4,096 bits in COSE has about 550. */
export const PUBLIC_KEY_BYTES_MAX = 4_096;

/** Most bytes of a signature: a canister signature has a certificate and a witness inside, each of a few kilobytes. */
export const SIGNATURE_BYTES_MAX = 65_536;

/** How long an ingress message may live, nanoseconds: 5 minutes (spec). */
export const INGRESS_TTL_MAX_NS = 300_000_000_000n;

/** By how much a client's clock may be ahead of ours, nanoseconds. */
export const INGRESS_EXPIRY_DRIFT_NS = 30_000_000_000n;

/** Most bytes of WebAuthn client data. Browsers send 100 to 300. */
export const CLIENT_DATA_BYTES_MAX = 16_384;

/** Fewest bytes of WebAuthn authenticator data: hash of the relying party's id, flags, signature counter. */
export const AUTHENTICATOR_DATA_BYTES_MIN = 37;

/** Most bytes of WebAuthn authenticator data, extensions included. */
export const AUTHENTICATOR_DATA_BYTES_MAX = 4_096;

/** Most labels of a COSE key. */
export const COSE_KEY_LABELS_MAX = 16;

/** RSA moduli that are accepted, in bits. */
export const RSA_MODULUS_BITS_MIN = 2_048;
export const RSA_MODULUS_BITS_MAX = 8_192;

/** Largest RSA public exponent, exclusive: verification costs one squaring per bit. Authenticators use 65,537. */
export const RSA_EXPONENT_LIMIT = 0x1_0000_0000n;
