import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNetwork } from '@myelin/network';

describe('the default seed', () => {
  it('has the keys that are written down for it', () => {
    const given = createNetwork({ seed: new Uint8Array(32).fill(7) });
    const network = createNetwork();
    assert.deepEqual(network.rootKeyDer, given.rootKeyDer);
    assert.equal(network.digest(), given.digest());
  });

  it('is not that of another network', () => {
    assert.notDeepEqual(createNetwork({ seed: new Uint8Array(32).fill(8) }).rootKeyDer, createNetwork().rootKeyDer);
  });
});
