import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { principalFromText, toHex } from '@myelin/core/base';
import { authenticateEnvelope, decodeEnvelope, requestIdOf } from '@myelin/core/crypto';
import { createNodeVerifier, nodeBlsVerifier, nodeHasher } from '@myelin/node/crypto';
import { signLoad } from '../src/load/signed-load.ts';

const canisterId = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const startMs = Date.now();

for (const kind of ['call', 'query'] as const) {
  describe(`signed load of kind ${kind}`, () => {
    const options = { kind, canisterId, methodName: 'inc', arg: Uint8Array.of(1, 2, 3), senders: 3, count: 30, startMs, ratePerSecond: 10 };
    const load = signLoad(options);
    const envelopes = Array.from({ length: 30 }, (_, index) => decodeEnvelope(Uint8Array.from(load.body(index)), kind));

    it('is accepted as if each had been signed by itself', () => {
      for (const [index, envelope] of envelopes.entries()) {
        const requestId = requestIdOf(envelope.contentMap, nodeHasher);
        assert.equal(toHex(load.requestId(index)), toHex(requestId));
        const checked = authenticateEnvelope({
          envelope,
          requestId,
          now: BigInt(startMs) * 1_000_000n,
          hasher: nodeHasher,
          verifier: createNodeVerifier(),
          bls: nodeBlsVerifier,
          rootKeyDer: new Uint8Array(0),
        });
        assert.ok(checked.ok, checked.ok ? '' : checked.error.message);
        assert.equal(envelope.content.canisterId, principalFromText(canisterId));
        assert.deepEqual([...envelope.content.arg], [1, 2, 3]);
      }
    });

    it('has distinct requests of several senders', () => {
      assert.equal(new Set(envelopes.map((_, index) => toHex(load.requestId(index)))).size, 30);
      assert.equal(new Set(envelopes.map(({ content }) => content.sender)).size, 3);
    });

    it('expires some minutes after each is planned to be sent', () => {
      const expiries = envelopes.map(({ content }) => Number(content.ingressExpiry / 1_000_000n) - startMs);
      assert.equal(expiries[10]! - expiries[0]!, 1_000);
      assert.ok(expiries.every((expiry) => expiry > 60_000 && expiry < 300_000));
    });

    it('names the endpoint and the length of the body', () => {
      const text = load.request(7).toString('latin1');
      assert.match(text, new RegExp(`^POST /api/v\\d/canister/${canisterId}/${kind} HTTP/1\\.1\\r\\n`));
      assert.match(text, new RegExp(`\\r\\ncontent-length: ${load.body(7).length}\\r\\n\\r\\n`));
    });
  });
}

it('two loads have no request in common', () => {
  const options = {
    kind: 'call',
    canisterId,
    methodName: 'inc',
    arg: new Uint8Array(0),
    senders: 1,
    count: 1,
    startMs,
    ratePerSecond: Infinity,
  } as const;
  assert.notEqual(toHex(signLoad(options).requestId(0)), toHex(signLoad(options).requestId(0)));
});
