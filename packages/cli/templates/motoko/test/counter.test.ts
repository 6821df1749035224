import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestNetwork } from 'myelin/testing';

test('counts, and keeps its number when it is upgraded', async () => {
  const network = createTestNetwork();
  const counter = await network.deploy('src/main.mo');
  assert.equal(await counter.query('get'), 0n);
  assert.equal(await counter.call('increment'), 1n);
  await counter.upgrade('src/main.mo');
  assert.equal(await counter.query('get'), 1n);
});

test('greets', async () => {
  const canister = await createTestNetwork().deploy('src/main.mo');
  assert.equal(await canister.query('greet', 'Ada'), 'Hello, Ada!');
});
