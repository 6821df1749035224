import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestNetwork } from 'myelin/testing';

const MODULE = 'build/{{name}}.wasm';

test('greets, counts, and keeps its number when it is upgraded', async () => {
  const network = createTestNetwork();
  const counter = await network.deploy(MODULE);
  assert.equal(await counter.query('greet', 'Ada ☕'), 'Hello, Ada ☕!');
  assert.equal(await counter.query('get'), 0n);
  assert.equal(await counter.call('increment'), 1n);
  await counter.upgrade(MODULE);
  assert.equal(await counter.query('get'), 1n);
});
