/**
 * Decoding of envelopes from untrusted bytes: typed, bounded, nothing verified.
 *
 * Fields of the content that we do not know are kept for the request id and otherwise ignored, as the id covers whatever the content
 * has. A delegation with a field that we do not know is refused: the field might restrict it.
 * @module
 */
import { IcError, principalFromBytes, utf8 } from '../base/index.ts';
import type { PrincipalId } from '../base/index.ts';
import type { LabelPath } from '../certification/index.ts';
import { decodeCbor } from '../codec/index.ts';
import type { CborMap, CborValue } from '../codec/index.ts';
import type { ContentOf, Envelope, RequestContent, RequestKind, SenderInfo, SignedDelegation } from './envelope.ts';
import {
  CALL_CBOR_LIMITS,
  CONTENT_FIELDS_MAX,
  METHOD_NAME_BYTES_MAX,
  NONCE_BYTES_MAX,
  PUBLIC_KEY_BYTES_MAX,
  READ_STATE_CBOR_LIMITS,
  READ_STATE_LABELS_MAX,
  READ_STATE_PATHS_MAX,
  SIGNATURE_BYTES_MAX,
} from './limits.ts';

const UINT64_LIMIT = 1n << 64n;
const DELEGATION_FIELDS: ReadonlySet<unknown> = new Set(['pubkey', 'expiration', 'targets', 'permissions']);

function invalid(what: string): IcError {
  return new IcError({ code: 'ENVELOPE_INVALID' }, `the request is not valid: ${what}`);
}

/**
 * Decodes an envelope for one kind of endpoint.
 * @throws IcError `ENVELOPE_INVALID`, `PRINCIPAL_INVALID`, or a `CBOR_…` code.
 */
export function decodeEnvelope<Kind extends RequestKind>(bytes: Uint8Array, kind: Kind): Envelope<Kind> {
  const envelope = decodeCbor(bytes, kind === 'read_state' ? READ_STATE_CBOR_LIMITS : CALL_CBOR_LIMITS);
  if (!isMap(envelope)) throw invalid('the envelope is not a map');
  const contentMap = envelope.get('content');
  if (!isMap(contentMap)) throw invalid('the envelope has no map `content`');
  if (contentMap.size > CONTENT_FIELDS_MAX) throw invalid(`the content has more than ${CONTENT_FIELDS_MAX} fields`);
  const senderPubkey = optionalBlob(envelope, 'sender_pubkey', PUBLIC_KEY_BYTES_MAX);
  const senderSig = optionalBlob(envelope, 'sender_sig', SIGNATURE_BYTES_MAX);
  const senderDelegation = optionalDelegations(envelope);
  return {
    content: readContent(contentMap, kind) as ContentOf<Kind>,
    contentMap,
    ...(senderPubkey && { senderPubkey }),
    ...(senderSig && { senderSig }),
    ...(senderDelegation && { senderDelegation }),
  };
}

function readContent(map: CborMap, kind: RequestKind): RequestContent {
  const requestType = map.get('request_type');
  if (requestType !== kind) {
    throw invalid(
      `request_type is ${typeof requestType === 'string' ? `"${requestType.slice(0, 40)}"` : 'missing'}, this endpoint takes "${kind}"`,
    );
  }
  const nonce = optionalBlob(map, 'nonce', NONCE_BYTES_MAX);
  const common = {
    sender: principal(map, 'sender'),
    ingressExpiry: nat64(map, 'ingress_expiry'),
    ...(nonce && { nonce }),
  };
  if (kind === 'read_state') return { requestType: kind, ...common, paths: readPaths(map) };
  const senderInfo = optionalSenderInfo(map);
  return {
    requestType: kind,
    ...common,
    canisterId: principal(map, 'canister_id'),
    methodName: methodName(map),
    arg: blob(map, 'arg'),
    ...(senderInfo && { senderInfo }),
  };
}

function methodName(map: CborMap): string {
  const name = map.get('method_name');
  if (typeof name !== 'string') throw invalid('`method_name` is not a text');
  if (name.length > METHOD_NAME_BYTES_MAX || utf8(name).length > METHOD_NAME_BYTES_MAX) {
    throw invalid(`\`method_name\` has more than ${METHOD_NAME_BYTES_MAX} bytes`);
  }
  return name;
}

function readPaths(map: CborMap): LabelPath[] {
  const paths = list(map, 'paths');
  if (paths.length > READ_STATE_PATHS_MAX)
    throw invalid(`\`paths\` has ${paths.length} paths, at most ${READ_STATE_PATHS_MAX} are allowed`);
  return paths.map((path) => {
    if (!isList(path)) throw invalid('a path is not a list');
    if (path.length > READ_STATE_LABELS_MAX)
      throw invalid(`a path has ${path.length} labels, at most ${READ_STATE_LABELS_MAX} are allowed`);
    return path.map((label) => {
      if (!(label instanceof Uint8Array)) throw invalid('a label of a path is not a byte string');
      return label;
    });
  });
}

function optionalSenderInfo(map: CborMap): SenderInfo | undefined {
  const value = map.get('sender_info') ?? undefined;
  if (value === undefined) return undefined;
  if (!isMap(value)) throw invalid('`sender_info` is not a map');
  const sig = blob(value, 'sig');
  if (sig.length > SIGNATURE_BYTES_MAX) throw invalid(`\`sender_info.sig\` has more than ${SIGNATURE_BYTES_MAX} bytes`);
  return { info: blob(value, 'info'), signer: principal(value, 'signer'), sig };
}

/** An empty list is the same as none: there is no delegation. */
function optionalDelegations(envelope: CborMap): SignedDelegation[] | undefined {
  const value = envelope.get('sender_delegation') ?? undefined;
  if (value === undefined) return undefined;
  if (!isList(value)) throw invalid('`sender_delegation` is not a list');
  return value.length === 0 ? undefined : value.map(readDelegation);
}

function readDelegation(signed: CborValue): SignedDelegation {
  if (!isMap(signed)) throw invalid('an element of `sender_delegation` is not a map');
  const map = signed.get('delegation');
  if (!isMap(map)) throw invalid('an element of `sender_delegation` has no map `delegation`');
  for (const field of map.keys()) {
    if (!DELEGATION_FIELDS.has(field)) {
      throw invalid(
        `a delegation has a field ${typeof field === 'string' ? `\`${field.slice(0, 40)}\`` : ''} that is not known and might restrict it`,
      );
    }
  }
  const pubkey = blob(map, 'pubkey');
  if (pubkey.length > PUBLIC_KEY_BYTES_MAX) throw invalid(`the key of a delegation has more than ${PUBLIC_KEY_BYTES_MAX} bytes`);
  const signature = blob(signed, 'signature');
  if (signature.length > SIGNATURE_BYTES_MAX) throw invalid(`the signature of a delegation has more than ${SIGNATURE_BYTES_MAX} bytes`);
  const targets = optionalTargets(map);
  const permissions = map.get('permissions') ?? undefined;
  if (permissions !== undefined && typeof permissions !== 'string') throw invalid('`permissions` of a delegation is not a text');
  return {
    pubkey,
    expiration: nat64(map, 'expiration'),
    ...(targets && { targets }),
    ...(permissions !== undefined && { permissions }),
    signature,
    map,
  };
}

function optionalTargets(map: CborMap): PrincipalId[] | undefined {
  const value = map.get('targets') ?? undefined;
  if (value === undefined) return undefined;
  if (!isList(value)) throw invalid('`targets` of a delegation is not a list');
  return value.map((target) => {
    if (!(target instanceof Uint8Array)) throw invalid('a target of a delegation is not a byte string');
    return principalFromBytes(target);
  });
}

function isMap(value: CborValue | undefined): value is CborMap {
  return value instanceof Map;
}

function isList(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}

function list(map: CborMap, field: string): readonly CborValue[] {
  const value = map.get(field);
  if (!isList(value)) throw invalid(`\`${field}\` is not a list`);
  return value;
}

function blob(map: CborMap, field: string): Uint8Array {
  const value = map.get(field);
  if (!(value instanceof Uint8Array)) throw invalid(`\`${field}\` is not a byte string`);
  return value;
}

function optionalBlob(map: CborMap, field: string, bytesMax: number): Uint8Array | undefined {
  if ((map.get(field) ?? undefined) === undefined) return undefined;
  const value = blob(map, field);
  if (value.length > bytesMax) throw invalid(`\`${field}\` has ${value.length} bytes, at most ${bytesMax} are allowed`);
  return value;
}

function principal(map: CborMap, field: string): PrincipalId {
  return principalFromBytes(blob(map, field));
}

function nat64(map: CborMap, field: string): bigint {
  const value = map.get(field);
  if (typeof value !== 'number' && typeof value !== 'bigint') throw invalid(`\`${field}\` is not a number`);
  const number = BigInt(value);
  if (number < 0n || number >= UINT64_LIMIT) throw invalid(`\`${field}\` is not a natural number of 64 bits`);
  return number;
}
