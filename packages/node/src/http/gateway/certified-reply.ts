/**
 * What a certificate says about one request: `/request_status/<request id>`.
 * @module
 */
import { fromUtf8, utf8 } from '@myelin/core/base';
import { decodeCertificate, lookupPath } from '@myelin/core/certification';
import type { HashTree } from '@myelin/core/certification';
import { readUlebNumber } from '@myelin/core/codec';
import type { QueryAnswer } from '../ports.ts';

const REQUEST_STATUS = utf8('request_status');

function leaf(tree: HashTree, requestId: Uint8Array, name: string): Uint8Array | undefined {
  const found = lookupPath([REQUEST_STATUS, requestId, utf8(name)], tree);
  return found.status === 'found' ? found.value : undefined;
}

function text(tree: HashTree, requestId: Uint8Array, name: string): string {
  const value = leaf(tree, requestId, name);
  return value === undefined ? '' : (fromUtf8(value) ?? '');
}

/**
 * Reads the outcome of a request from a certificate of our own replica, unverified.
 *
 * @returns undefined when the certificate shows no outcome: the request still runs, or its reply was forgotten (`done`).
 * @throws IcError when the bytes are not a certificate.
 */
export function readCertifiedAnswer(certificate: Uint8Array, requestId: Uint8Array): QueryAnswer | undefined {
  const { tree } = decodeCertificate(certificate);
  switch (text(tree, requestId, 'status')) {
    case 'replied':
      return { status: 'replied', arg: leaf(tree, requestId, 'reply') ?? new Uint8Array(0) };
    case 'rejected': {
      const code = leaf(tree, requestId, 'reject_code');
      return {
        status: 'rejected',
        rejectCode: code === undefined ? 0 : readUlebNumber({ bytes: code, offset: 0 }, 32),
        rejectMessage: text(tree, requestId, 'reject_message'),
        errorCode: text(tree, requestId, 'error_code'),
      };
    }
    default:
      return undefined;
  }
}
