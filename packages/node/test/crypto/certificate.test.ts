import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { IC_ROOT_KEY } from '@icp-sdk/core/agent';
import { concatBytes, fromHex, principalFromText, toHex, utf8 } from '@myelin/core/base';
import {
  decodeCertificate,
  encodeCertificate,
  listPaths,
  lookupPath,
  pruneTree,
  signTree,
  verifyCertificate,
} from '@myelin/core/certification';
import type { VerifyCertificateOptions } from '@myelin/core/certification';
import { encodeCbor } from '@myelin/core/codec';
import { memoiseBlsVerifier } from '@myelin/core/crypto';
import { loadBls, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import {
  TIME,
  canisterId,
  certify,
  certifyByRoot,
  delegate,
  foreignCanisterId,
  rootKeyDer,
  rootSigner,
  rootSubnetId,
  strangerSigner,
  subnetId,
  subnetKeyDer,
  timeLeaf,
  treeOf,
  verifyEverywhere,
} from './test-network.ts';
import type { Scope } from './test-network.ts';

const tree = treeOf([
  timeLeaf,
  [
    'request_status',
    [
      [
        new Uint8Array(32).fill(9),
        [
          ['status', 'replied'],
          ['reply', 'DIDL\0\0'],
        ],
      ],
    ],
  ],
]);
const options: VerifyCertificateOptions = { hasher: nodeHasher, bls: nodeBlsVerifier };

describe('certificates, by noble, mcl and @icp-sdk/core', () => {
  it('of the root subnet are valid', async () => assert.equal(await verifyEverywhere(certifyByRoot(tree), { canisterId }), undefined));

  it('of another subnet are valid for its canisters, in both forms of the ranges', async () => {
    for (const scope of ['subnet', 'canister_ranges'] as const) {
      assert.equal(await verifyEverywhere(certify(tree, delegate({ scope })), { canisterId }), undefined);
      assert.equal(
        await verifyEverywhere(certify(tree, delegate({ scope })), { canisterId: foreignCanisterId }),
        'CERTIFICATE_CANISTER_OUT_OF_RANGE',
      );
    }
  });

  it('are valid however much of the tree is pruned', async () => {
    const { signature } = signTree(tree, rootSigner, nodeHasher);
    for (const paths of [[[utf8('time')]], [[utf8('time')], [utf8('request_status'), new Uint8Array(32)]]]) {
      const witness = pruneTree(tree, paths, nodeHasher);
      assert.equal(await verifyEverywhere(encodeCertificate({ tree: witness, signature }), { canisterId }), undefined);
    }
  });

  const cases: Readonly<Record<string, readonly [string, () => Uint8Array]>> = {
    'a value that was changed': [
      'CERTIFICATE_SIGNATURE_INVALID',
      () => encodeCertificate({ ...decodeCertificate(certifyByRoot(tree)), tree: treeOf([timeLeaf, ['a', 'b']]) }),
    ],
    'a signature by another key': ['CERTIFICATE_SIGNATURE_INVALID', () => certify(tree, delegate(), strangerSigner)],
    'a subnet without a delegation': ['CERTIFICATE_SIGNATURE_INVALID', () => encodeCertificate(signTree(tree, strangerSigner, nodeHasher))],
    'a delegation by another key': ['CERTIFICATE_SIGNATURE_INVALID', () => certify(tree, delegate({ signer: strangerSigner }))],
    'a delegation that is itself delegated': ['CERTIFICATE_DELEGATION_NESTED', () => certify(tree, delegate({ delegation: delegate() }))],
    'a delegation without a key': ['CERTIFICATE_SUBNET_UNKNOWN', () => certify(tree, delegate({ publicKey: undefined }))],
    'a delegation with a key of another kind': [
      'CERTIFICATE_INVALID',
      () => certify(tree, delegate({ publicKey: subnetKeyDer.with(10, 0) })),
    ],
    'a delegation without ranges': ['CERTIFICATE_CANISTER_OUT_OF_RANGE', () => certify(tree, delegate({ scope: 'none' }))],
    'a signature that is no point': [
      'CERTIFICATE_SIGNATURE_INVALID',
      () => encodeCertificate({ tree, signature: new Uint8Array(48).fill(0x81) }),
    ],
    'a short signature': ['CERTIFICATE_SIGNATURE_INVALID', () => encodeCertificate({ tree, signature: new Uint8Array(47) })],
    'no tree': ['CERTIFICATE_INVALID', () => encodeCbor({ signature: new Uint8Array(48) })],
    'no bytes': ['CERTIFICATE_INVALID', () => new Uint8Array(0)],
  };
  for (const [name, [code, build]] of Object.entries(cases)) {
    it(`with ${name} are refused`, async () => assert.equal(await verifyEverywhere(build(), { canisterId }), code));
  }

  it('of the mainnet are valid', async () => {
    const agent = fileURLToPath(import.meta.resolve('@icp-sdk/core/agent'));
    const file = readFileSync(`${agent.replace(/index\.js$/, '')}agent/http/__certificates__/goldenCertificates.js`, 'utf8');
    const golden = new Map([...file.matchAll(/(\w+): [`']([0-9a-f]+)[`']/g)].map((match) => [match[1]!, fromHex(match[2]!)]));
    const rootKey = fromHex(IC_ROOT_KEY);
    const on = (text: string) => ({ canisterId: principalFromText(text) });
    const verify = (name: string, scope: Scope) => verifyEverywhere(golden.get(name) ?? assert.fail(`no ${name}`), scope, rootKey);
    assert.equal(await verify('mainnetSystem', on('ryjl3-tyaaa-aaaaa-aaaba-cai')), undefined);
    assert.equal(await verify('mainnetApplicationLegacy', on('fs35c-jyaaa-aaaab-qaaaa-cai')), undefined);
    assert.equal(await verify('mainnetApplicationLegacy', on('ryjl3-tyaaa-aaaaa-aaaba-cai')), 'CERTIFICATE_CANISTER_OUT_OF_RANGE');
    const uzr34 = principalFromText('uzr34-akd3s-xrdag-3ql62-ocgoh-ld2ao-tamcv-54e7j-krwgb-2gm4z-oqe');
    assert.equal(await verify('mainnetApplication', { subnetId: uzr34 }), undefined);
    assert.equal(await verify('mainnetApplication', on('fs35c-jyaaa-aaaab-qaaaa-cai')), 'CERTIFICATE_CANISTER_OUT_OF_RANGE');
    const decoded = decodeCertificate(golden.get('mainnetApplication')!);
    assert.equal(toHex(encodeCertificate(decoded)), toHex(golden.get('mainnetApplication')!), 'encodes as the mainnet does');
    assert.equal(decoded.delegation?.subnetId, uzr34);
    assert.ok(listPaths(decoded.tree).length > 5);
  });
});

describe('verifyCertificate', () => {
  it('tells the time and the subnet', async () => {
    await loadBls();
    const result = verifyCertificate(certify(tree), rootKeyDer, { ...options, canisterId, subnetId });
    assert.ok(result.ok);
    assert.equal(result.value.time, TIME);
    assert.equal(result.value.delegation?.subnetId, subnetId);
    assert.deepEqual(lookupPath([utf8('subnet'), utf8('x')], result.value.delegation.tree), { status: 'absent' });
  });

  const refusals: Readonly<Record<string, readonly [string, Partial<VerifyCertificateOptions>]>> = {
    'too old': ['CERTIFICATE_TOO_OLD', { now: TIME + 300_000_000_001n }],
    'from the future': ['CERTIFICATE_FROM_THE_FUTURE', { now: TIME - 300_000_000_001n }],
    'older than the caller wants': ['CERTIFICATE_TOO_OLD', { now: TIME + 2n, ageMaxNs: 1n }],
    'of another subnet': ['CERTIFICATE_SUBNET_MISMATCH', { subnetId: rootSubnetId }],
  };
  for (const [name, [code, more]] of Object.entries(refusals)) {
    it(`refuses one that is ${name}, without a pairing`, () => {
      const bls = { verifyBls: () => assert.fail('a pairing was computed') };
      const result = verifyCertificate(certify(tree), rootKeyDer, { ...options, bls, ...more });
      assert.equal(!result.ok && result.error.code, code);
    });
  }

  it('accepts the limits of the time', () => {
    for (const now of [TIME - 300_000_000_000n, TIME, TIME + 300_000_000_000n]) {
      assert.equal(verifyCertificate(certify(tree), rootKeyDer, { ...options, now }).ok, true);
    }
  });

  it('wants a time when it has a clock', () => {
    const result = verifyCertificate(certifyByRoot(treeOf([['a', 'b']])), rootKeyDer, { ...options, now: TIME });
    assert.equal(!result.ok && result.error.code, 'CERTIFICATE_TIME_MISSING');
    const garbled = verifyCertificate(certifyByRoot(treeOf([['time', concatBytes(timeLeaf[1], Uint8Array.of(0))]])), rootKeyDer, options);
    assert.equal(!garbled.ok && garbled.error.code, 'CERTIFICATE_INVALID');
  });

  it('computes no pairing twice with a memo', () => {
    let pairings = 0;
    const counting = {
      verifyBls: (...all: Parameters<typeof nodeBlsVerifier.verifyBls>) => (pairings++, nodeBlsVerifier.verifyBls(...all)),
    };
    const bls = memoiseBlsVerifier(counting, new Set<string>(), nodeHasher);
    const good = certify(tree);
    for (let round = 0; round < 3; round++) assert.equal(verifyCertificate(good, rootKeyDer, { ...options, bls }).ok, true);
    assert.equal(pairings, 2);
    const forged = certify(tree, delegate(), strangerSigner);
    for (let round = 0; round < 2; round++) assert.equal(verifyCertificate(forged, rootKeyDer, { ...options, bls }).ok, false);
    assert.equal(pairings, 4, 'only success is remembered');
  });
});
