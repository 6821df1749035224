import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concatBytes, nobleHasher, principalToBytes, utf8 } from '@myelin/core/base';
import { fork, labeled, leaf, pruneTree, rootHash } from '@myelin/core/certification';
import type { HashTree } from '@myelin/core/certification';
import { encodeCbor } from '@myelin/core/codec';
import { canisterSignaturePath, encodeCanisterSignature, nobleBlsVerifier, verifyCanisterSignature } from '@myelin/core/crypto';
import type { CanisterSignatureKey } from '@myelin/core/crypto';
import { loadBls, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import {
  canisterId,
  certify,
  certifyByRoot,
  delegate,
  foreignCanisterId,
  rootKeyDer,
  strangerSigner,
  timeLeaf,
  treeOf,
  verifyEverywhere,
} from './test-network.ts';
import type { DelegationShape, Plain } from './test-network.ts';

const key: CanisterSignatureKey = { canisterId, seed: utf8('a seed') };
const payload = utf8('\x0Aic-request and an id');
const [sig, seedHash, payloadHash] = canisterSignaturePath(key.seed, payload, nobleHasher);
const signatureTree = treeOf([
  [
    sig,
    [
      [seedHash, [[payloadHash, '']]],
      [new Uint8Array(32), [[new Uint8Array(32), '']]],
    ],
  ],
  ['other', 'data'],
]);

type Change = {
  readonly tree?: HashTree;
  readonly certifiedData?: Uint8Array | undefined;
  readonly canister?: typeof canisterId;
  readonly delegation?: DelegationShape;
  readonly byRoot?: boolean;
  readonly signer?: typeof strangerSigner;
};

function sign(change: Change = {}): Uint8Array {
  const tree = change.tree ?? signatureTree;
  const data = 'certifiedData' in change ? change.certifiedData : rootHash(tree, nobleHasher);
  const fields: (readonly [string, Plain])[] = data === undefined ? [] : [['certified_data', data]];
  const state = treeOf([timeLeaf, ['canister', [[principalToBytes(change.canister ?? canisterId), fields]]]]);
  const certificate = change.byRoot ? certifyByRoot(state) : certify(state, delegate(change.delegation), change.signer);
  return encodeCanisterSignature(certificate, tree);
}

/** The refusal, or undefined; by both BLS implementations. */
async function verify(signature: Uint8Array, by: CanisterSignatureKey = key, text: Uint8Array = payload): Promise<string | undefined> {
  await loadBls();
  const noble = verifyCanisterSignature(by, text, signature, { hasher: nobleHasher, bls: nobleBlsVerifier, rootKeyDer });
  const native = verifyCanisterSignature(by, text, signature, { hasher: nodeHasher, bls: nodeBlsVerifier, rootKeyDer });
  assert.deepEqual(native, noble);
  return noble.ok ? undefined : noble.error;
}

describe('canister signatures', () => {
  it('are valid with a delegation and from the root subnet', async () => {
    assert.equal(await verify(sign()), undefined);
    assert.equal(await verify(sign({ byRoot: true })), undefined);
    assert.equal(await verify(sign({ delegation: { scope: 'subnet' } })), undefined);
    assert.equal(await verify(sign({ delegation: { type: 'system' } })), undefined);
  });

  it('are valid with a tree pruned to the signature', async () => {
    const tree = pruneTree(signatureTree, [[sig, seedHash, payloadHash]], nobleHasher);
    assert.equal(await verify(sign({ tree })), undefined);
  });

  it('carry certificates that every library accepts', async () => {
    const state = treeOf([
      timeLeaf,
      ['canister', [[principalToBytes(canisterId), [['certified_data', rootHash(signatureTree, nobleHasher)]]]]],
    ]);
    assert.equal(await verifyEverywhere(certify(state), { canisterId }), undefined);
  });

  it('are for one payload, one seed and one canister', async () => {
    assert.match((await verify(sign(), key, utf8('other')))!, /sig\/H\(seed\)\/H\(payload\)/);
    assert.match((await verify(sign(), { canisterId, seed: utf8('another') }))!, /sig\/H\(seed\)/);
    assert.match((await verify(sign(), { canisterId: foreignCanisterId, seed: key.seed }))!, /certified data/);
  });

  const withSignature = (value: string) => treeOf([[sig, [[seedHash, [[payloadHash, value]]]]]]);
  const refused: Readonly<Record<string, readonly [RegExp, Change]>> = {
    'a leaf that is not empty': [/empty leaf/, { tree: withSignature('x') }],
    'a subtree in place of the leaf': [/empty leaf/, { tree: treeOf([[sig, [[seedHash, [[payloadHash, [['x', '']]]]]]]]) }],
    'a tree with labels out of order': [/well-formed/, { tree: fork(labeled(sig, leaf('')), labeled('a', leaf(''))) }],
    'a tree with a label twice': [/well-formed/, { tree: fork(withSignature(''), withSignature('')) }],
    'other certified data': [/certified data/, { certifiedData: new Uint8Array(32) }],
    'no certified data': [/certified data/, { certifiedData: undefined }],
    'a canister of another subnet': [/may certify/, { canister: foreignCanisterId }],
    'a certificate by another key': [/does not verify/, { signer: strangerSigner }],
    'a delegation by another key': [/does not verify/, { delegation: { signer: strangerSigner } }],
    'a subnet of type cloud_engine': [/cloud_engine/, { delegation: { type: 'cloud_engine' } }],
    'a subnet of unknown type': [/type of the subnet/, { delegation: { type: undefined } }],
    'a delegation without ranges': [/may certify/, { delegation: { scope: 'none' } }],
  };
  for (const [name, [pattern, change]] of Object.entries(refused)) {
    it(`are refused with ${name}`, async () => {
      const by = change.canister === undefined ? key : { ...key, canisterId: change.canister };
      assert.match((await verify(sign(change), by))!, pattern);
    });
  }

  it('are refused when malformed', async () => {
    const certificate = certify(treeOf([timeLeaf]));
    for (const bytes of [
      new Uint8Array(0),
      encodeCbor([]),
      encodeCbor({ certificate }),
      encodeCbor({ tree: [0] }),
      encodeCbor({ certificate: new Uint8Array(3), tree: [0] }),
      concatBytes(sign(), Uint8Array.of(0)),
    ]) {
      assert.notEqual(await verify(bytes), undefined);
    }
  });
});
