import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpAgent } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { canisterIdOfIndex, nobleHasher, principalToBytes, selfAuthenticatingPrincipal, utf8 } from '@myelin/core/base';
import { encodeCanisterRanges } from '@myelin/core/certification';
import { encodeSelfDescribedCbor, encodeUleb128 } from '@myelin/core/codec';
import { decodeEnvelope, nobleVerifier, queryResponsePayload, requestIdOf } from '@myelin/core/crypto';
import type { QueryResponse } from '@myelin/core/crypto';
import { createNodeEd25519Signer, createNodeVerifier } from '../../src/crypto/index.ts';
import { canisterId, certify, certifyByRoot, delegate, rootKeyDer, rootSubnetId, subnetId, treeOf } from './test-network.ts';
import type { Plain } from './test-network.ts';

const node = createNodeEd25519Signer(new Uint8Array(32).fill(8));
const nodeId = selfAuthenticatingPrincipal(node.publicKeyDer, nobleHasher);

function subnetTree(id: typeof subnetId, now: bigint) {
  const fields: (readonly [string, Plain])[] = [['node', [[principalToBytes(nodeId), [['public_key', node.publicKeyDer]]]]]];
  const range = { first: canisterIdOfIndex(0n), last: canisterIdOfIndex((1n << 64n) - 1n) };
  if (id === rootSubnetId) fields.push(['canister_ranges', encodeCanisterRanges([range])]);
  return treeOf([
    ['time', encodeUleb128(now)],
    ['subnet', [[principalToBytes(id), fields]]],
  ]);
}

type Change = { readonly answer?: QueryResponse; readonly timestamp?: bigint };

/** Asks @icp-sdk/core to query a subnet that answers with `response`, signed as we sign; `change` alters the answer after signing. */
async function ask(response: QueryResponse, byRoot: boolean, change: Change = {}): Promise<Awaited<ReturnType<HttpAgent['query']>>> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const answer = (url: string, body: Uint8Array): Uint8Array => {
    if (url.endsWith('/read_state')) {
      const tree = subnetTree(byRoot ? rootSubnetId : subnetId, now);
      return encodeSelfDescribedCbor({ certificate: byRoot ? certifyByRoot(tree) : certify(tree, delegate({ time: now })) });
    }
    const requestId = requestIdOf(decodeEnvelope(body, 'query').contentMap, nobleHasher);
    const payload = queryResponsePayload(response, now, requestId, nobleHasher);
    const signature = node.sign(payload);
    for (const verifier of [nobleVerifier, createNodeVerifier()]) assert.ok(verifier.verify('ed25519', node.publicKey, payload, signature));
    const signatures = [{ timestamp: change.timestamp ?? now, signature, identity: principalToBytes(nodeId) }];
    const shown = change.answer ?? response;
    return encodeSelfDescribedCbor(
      shown.status === 'replied'
        ? { status: 'replied', reply: { arg: shown.arg }, signatures }
        : {
            status: 'rejected',
            reject_code: shown.rejectCode,
            reject_message: shown.rejectMessage,
            error_code: shown.errorCode,
            signatures,
          },
    );
  };
  const agent = HttpAgent.createSync({
    host: 'http://127.0.0.1:1',
    rootKey: rootKeyDer,
    retryTimes: 0,
    fetch: async (url, init) =>
      new Response(answer(String(url), new Uint8Array(init?.body as ArrayBuffer)).buffer as ArrayBuffer, { status: 200 }),
  });
  return agent.query(Principal.fromUint8Array(principalToBytes(canisterId)), { methodName: 'm', arg: utf8('') });
}

const replied: QueryResponse = { status: 'replied', arg: utf8('DIDL\0\0') };
const rejected: QueryResponse = { status: 'rejected', rejectCode: 5, rejectMessage: 'Canister trapped: é', errorCode: 'IC0503' };
const bare: QueryResponse = { status: 'rejected', rejectCode: 3, rejectMessage: 'no such canister' };

describe('query responses, verified by @icp-sdk/core', () => {
  for (const byRoot of [true, false]) {
    const where = byRoot ? 'on the root subnet' : 'on a subnet with a delegation';
    it(`accepts a reply ${where}`, async () => {
      const answer = await ask(replied, byRoot);
      assert.ok('reply' in answer);
      assert.deepEqual(new Uint8Array(answer.reply.arg), utf8('DIDL\0\0'));
    });
    it(`accepts rejects ${where}, with and without an error code`, async () => {
      const answer = await ask(rejected, byRoot);
      assert.ok('reject_message' in answer);
      assert.equal(answer.reject_message, 'Canister trapped: é');
      assert.ok('reject_message' in (await ask(bare, byRoot)));
    });
  }

  it('refuses an answer that was changed after signing', async () => {
    await assert.rejects(ask(replied, true, { answer: { status: 'replied', arg: utf8('other') } }), /signature/i);
    await assert.rejects(ask(rejected, true, { answer: bare }), /signature/i);
    await assert.rejects(ask(replied, true, { timestamp: BigInt(Date.now()) * 1_000_000n - 1_000_000_001n }), /signature/i);
  });
});
