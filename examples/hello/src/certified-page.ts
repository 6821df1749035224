/**
 * Proves one page: body, status and headers, for the path `/`.
 *
 * Source: HTTP gateway protocol specification, "Response verification" (version 2). The tree holds one path,
 * `http_expr / '' / <$> / hash of the expression / '' / hash of the response`; its root becomes the canister's certified data, and the
 * canister sends tree and certificate along with the page.
 * @module
 */
import { createHash } from 'node:crypto';
import { nobleHasher } from '@myelin/core/base';
import { encodeHashTree, labeled, leaf, rootHash } from '@myelin/core/certification';

export type Header = readonly [name: string, value: string];

/** The page as the canister takes it: its install argument. */
export type CertifiedPage = {
  readonly body: Uint8Array;
  readonly headers: readonly Header[];
  readonly certified_data: Uint8Array;
  /** Base64. */
  readonly tree: string;
  /** Base64. */
  readonly expr_path: string;
};

/** Certifies every header, and nothing of the request: the page is the same for everyone. */
const EXPRESSION =
  'default_certification(ValidationArgs{certification:Certification{no_request_certification:Empty{},' +
  'response_certification:ResponseCertification{response_header_exclusions:ResponseHeaderList{headers:[]}}}})';

const STATUS = 200;

/** CBOR of `["http_expr", "", "<$>"]` behind the self-describing tag. */
const EXPRESSION_PATH = Buffer.concat([
  Buffer.from([0xd9, 0xd9, 0xf7, 0x83, 0x69]),
  Buffer.from('http_expr'),
  Buffer.from([0x60, 0x63]),
  Buffer.from('<$>'),
]);

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** Unsigned LEB128 of a small number, as the representation-independent hash takes numbers. */
function smallUnsigned(value: number): Buffer {
  return value < 128 ? Buffer.from([value]) : Buffer.from([(value & 127) | 128, value >> 7]);
}

/** Representation-independent hash of the headers and the status. */
function hashOfHeaders(headers: readonly Header[]): Buffer {
  const pairs = headers.map(([name, value]) => Buffer.concat([sha256(name.toLowerCase()), sha256(value)]));
  pairs.push(Buffer.concat([sha256(':ic-cert-status'), sha256(smallUnsigned(STATUS))]));
  return sha256(Buffer.concat(pairs.toSorted((a, b) => Buffer.compare(a, b))));
}

/**
 * Certifies a page that is served at `/` with status 200.
 *
 * @param headers - without those of the certification itself.
 */
export function certifyPage(body: Uint8Array, headers: readonly Header[]): CertifiedPage {
  const allHeaders: readonly Header[] = [...headers, ['ic-certificateexpression', EXPRESSION]];
  const responseHash = sha256(Buffer.concat([hashOfHeaders(allHeaders), sha256(body)]));
  const response = labeled('', labeled(responseHash, leaf('')));
  const tree = labeled('http_expr', labeled('', labeled('<$>', labeled(sha256(EXPRESSION), response))));
  return {
    body,
    headers: allHeaders,
    certified_data: rootHash(tree, nobleHasher),
    tree: Buffer.from(encodeHashTree(tree)).toString('base64'),
    expr_path: EXPRESSION_PATH.toString('base64'),
  };
}
