import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { fromHex } from '@myelin/core/base';
import { nobleVerifier } from '@myelin/core/crypto';
import type { SignatureScheme, SignatureVerifier } from '@myelin/core/crypto';
import { createNodeVerifier } from '../../src/crypto/index.ts';

const FOLDER = `${process.env['MYELIN_VECTORS'] ?? fileURLToPath(new URL('../../../../../shared/vectors', import.meta.url))}/wycheproof`;
const missing =
  existsSync(FOLDER) || process.env['CI'] !== undefined
    ? false
    : `no vectors: get testvectors_v1 of C2SP/wycheproof at dac1dd4 into ${FOLDER}`;

type Test = {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: string;
  readonly flags: readonly string[];
};
type Group = {
  readonly type: string;
  readonly publicKey?: { readonly pk?: string; readonly uncompressed?: string };
  readonly publicKeyAsn?: string;
  readonly sha?: string;
  readonly tests: readonly Test[];
};
type File = { readonly numberOfTests: number; readonly testGroups: readonly Group[] };

/** Every file of the folder must be here: a new one fails the run until it is. */
const FILES: Readonly<
  Record<string, { readonly scheme: SignatureScheme; readonly type: string; readonly key: (group: Group) => string | undefined }>
> = {
  'ed25519_test.json': { scheme: 'ed25519', type: 'EddsaVerify', key: (group) => group.publicKey?.pk },
  'ecdsa_secp256r1_sha256_p1363_test.json': {
    scheme: 'ecdsa-p256',
    type: 'EcdsaP1363Verify',
    key: (group) => group.publicKey?.uncompressed,
  },
  'ecdsa_secp256k1_sha256_p1363_test.json': {
    scheme: 'ecdsa-secp256k1',
    type: 'EcdsaP1363Verify',
    key: (group) => group.publicKey?.uncompressed,
  },
  'rsa_signature_2048_sha256_test.json': { scheme: 'rsa-pkcs1-sha256', type: 'RsassaPkcs1Verify', key: (group) => group.publicKeyAsn },
};

type Verify = (...asked: Parameters<SignatureVerifier['verify']>) => boolean | Promise<boolean>;

const nodeVerifier = createNodeVerifier();
const verifiers: Readonly<Record<string, Verify>> = {
  noble: (...asked) => nobleVerifier.verify(...asked),
  node: (...asked) => nodeVerifier.verify(...asked),
  'node, aside,': (...asked) => nodeVerifier.verifyAside(...asked),
};

describe('wycheproof', { skip: missing }, () => {
  if (missing !== false) return;
  it('has no file that is not run', () => {
    assert.deepEqual(readdirSync(FOLDER).sort(), Object.keys(FILES).sort());
  });
  for (const [name, { scheme, type, key }] of Object.entries(FILES)) {
    const file = JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')) as File;
    for (const [library, verify] of Object.entries(verifiers)) {
      it(`${name}: ${library} accepts the valid and refuses the others`, async () => {
        let run = 0;
        for (const group of file.testGroups) {
          assert.equal(group.type, type);
          if (group.sha !== undefined) assert.equal(group.sha, 'SHA-256');
          const publicKey = fromHex(key(group) ?? assert.fail('a group has no key'));
          for (const test of group.tests) {
            assert.ok(['valid', 'invalid', 'acceptable'].includes(test.result));
            // "Acceptable" is a DigestInfo without the NULL parameters: our rule refuses it.
            const expected = test.result === 'valid';
            const actual = await verify(scheme, publicKey, fromHex(test.msg), fromHex(test.sig));
            assert.equal(actual, expected, `${library}, test ${test.tcId} (${test.comment}; ${test.flags.join(', ')})`);
            run++;
          }
        }
        assert.equal(run, file.numberOfTests);
      });
    }
  }
});
