import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createEd25519Signer } from '@myelin/core/crypto';
import { createNetwork } from '@myelin/network';

describe('the default seed', () => {
  it('has the keys that are written down for it', () => {
    const given = createNetwork({ seed: new Uint8Array(32).fill(7) });
    const network = createNetwork();
    assert.deepEqual(network.rootKeyDer, given.rootKeyDer);
    assert.equal(network.digest(), given.digest());
  });

  it('has the node key that is written down for it', () => {
    const seed = createHash('sha256').update('node 0').update(Buffer.alloc(32, 7)).digest();
    assert.deepEqual(createNetwork().state.subnet.nodes[0]?.publicKey, createEd25519Signer(seed).publicKeyDer);
  });

  it('is not that of another network', () => {
    assert.notDeepEqual(createNetwork({ seed: new Uint8Array(32).fill(8) }).rootKeyDer, createNetwork().rootKeyDer);
  });
});
