/**
 * WebAuthn assertions as signatures: the signed payload is the challenge.
 *
 * Source: IC interface specification, "Web Authentication"; W3C WebAuthn, "Verifying an Authentication Assertion". The relying party,
 * the origin and the flags of the authenticator data are not checked: the IC has no relying party of its own, the key alone decides.
 * @module
 */
import { IcError, concatBytes, err, fromUtf8, ok, utf8 } from '../base/index.ts';
import type { Hasher, Result } from '../base/index.ts';
import { decodeCbor } from '../codec/index.ts';
import type { CoseKey } from './cose-key.ts';
import { ecdsaSignatureFromDer } from './ecdsa.ts';
import { AUTHENTICATOR_DATA_BYTES_MAX, AUTHENTICATOR_DATA_BYTES_MIN, CLIENT_DATA_BYTES_MAX, SIGNATURE_BYTES_MAX } from './limits.ts';
import type { SignatureVerifier } from './ports.ts';

type Assertion = { readonly authenticatorData: Uint8Array; readonly clientData: Uint8Array; readonly signature: Uint8Array };

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Base64url without padding (RFC 4648, section 5), as browsers write the challenge. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    const digits = BASE64URL[group >> 18]! + BASE64URL[(group >> 12) & 63]! + BASE64URL[(group >> 6) & 63]! + BASE64URL[group & 63]!;
    text += digits.slice(0, Math.min(4, bytes.length - index + 1));
  }
  return text;
}

/**
 * Checks an assertion.
 *
 * @param payload - what had to be signed, domain separator included.
 * @param signature - CBOR map of `authenticator_data`, `client_data_json` and `signature`.
 * @returns what is wrong, as a clause.
 */
export function verifyWebAuthn(
  cose: CoseKey,
  payload: Uint8Array,
  signature: Uint8Array,
  ports: { readonly verifier: SignatureVerifier; readonly hasher: Hasher },
): Result<undefined, string> {
  let assertion: Assertion;
  try {
    assertion = decodeAssertion(signature);
    checkClientData(assertion.clientData, payload);
    const plain = cose.scheme === 'ecdsa-p256' ? ecdsaSignatureFromDer(assertion.signature) : assertion.signature;
    const signed = concatBytes(assertion.authenticatorData, ports.hasher.sha256(assertion.clientData));
    return ports.verifier.verify(cose.scheme, cose.key, signed, plain)
      ? ok(undefined)
      : err('the authenticator’s signature does not verify with the key');
  } catch (error) {
    if (error instanceof IcError) return err(error.message);
    throw error;
  }
}

function invalid(what: string): IcError {
  return new IcError({ code: 'WEBAUTHN_INVALID' }, what);
}

function decodeAssertion(bytes: Uint8Array): Assertion {
  const map = decodeCbor(bytes, { bytesMax: SIGNATURE_BYTES_MAX, depthMax: 2, itemsMax: 16 });
  if (!(map instanceof Map)) throw invalid('the WebAuthn signature is not a CBOR map');
  const authenticatorData: unknown = map.get('authenticator_data');
  const clientData: unknown = map.get('client_data_json');
  const signature: unknown = map.get('signature');
  if (!(authenticatorData instanceof Uint8Array)) throw invalid('the WebAuthn signature has no authenticator_data');
  if (!(signature instanceof Uint8Array)) throw invalid('the WebAuthn signature has no signature');
  // The specification says text; early clients sent the same bytes as a byte string.
  const clientBytes = typeof clientData === 'string' ? utf8(clientData) : clientData;
  if (!(clientBytes instanceof Uint8Array)) throw invalid('the WebAuthn signature has no client_data_json');
  const { length } = authenticatorData;
  if (length < AUTHENTICATOR_DATA_BYTES_MIN || length > AUTHENTICATOR_DATA_BYTES_MAX) {
    throw invalid(
      `authenticator_data has ${length} bytes; ${AUTHENTICATOR_DATA_BYTES_MIN} to ${AUTHENTICATOR_DATA_BYTES_MAX} are accepted`,
    );
  }
  if (clientBytes.length > CLIENT_DATA_BYTES_MAX) throw invalid(`client_data_json has more than ${CLIENT_DATA_BYTES_MAX} bytes`);
  return { authenticatorData, clientData: clientBytes, signature };
}

function checkClientData(bytes: Uint8Array, payload: Uint8Array): void {
  const text = fromUtf8(bytes);
  let data: unknown;
  try {
    data = JSON.parse(text ?? '');
  } catch {
    throw invalid('client_data_json is not JSON');
  }
  if (typeof data !== 'object' || data === null) throw invalid('client_data_json is not an object');
  const { type, challenge } = data as { readonly type?: unknown; readonly challenge?: unknown };
  if (type !== 'webauthn.get') throw invalid('the type in client_data_json is not "webauthn.get"');
  if (typeof challenge !== 'string') throw invalid('client_data_json has no challenge');
  if (challenge !== toBase64Url(payload)) throw invalid('the challenge in client_data_json is not the signed payload in base64url');
}
