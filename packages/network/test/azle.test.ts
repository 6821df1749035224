/**
 * A canister in TypeScript built with Azle: a JavaScript engine compiled from Rust, 3.5 MB of WebAssembly, run unchanged.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, type PrincipalId, principalFromBytes, principalToText, toHex } from '@myelin/core/base';
import type { Network } from '@myelin/network';
import { azleCanister } from '@myelin/test-canisters';
import { type Actor, actor, deployActor } from './candid-actor.ts';
import { nodeHasher, openNetwork } from './universal-network.ts';

const ALICE: PrincipalId = principalFromBytes(Uint8Array.of(7, 7, 7, 1));

async function deploy(network: Network): Promise<Actor> {
  return await deployActor(network, await azleCanister());
}

const entry = (author: string, text: string): string => `(record { author = "${author}"; text = "${text}" })`;

describe('an Azle canister', () => {
  it('runs updates and queries, and knows its caller', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    assert.equal(a.query('greet', '("Ada")'), '("Hello, Ada!")');
    assert.equal(await a.update('sign', entry('Ada', 'first')), '(1 : nat32)');
    assert.equal(await a.update('sign', entry('Grace', 'second — ☕')), '(2 : nat32)');
    assert.match(a.query('list'), /"text" = "first"; author = "Ada".*"text" = "second — ☕"; author = "Grace"/);
    assert.equal(a.query('whoami', '()', { sender: ALICE }), `("${principalToText(ALICE)}")`);
    assert.equal(await a.update('whoami'), `("${principalToText(ANONYMOUS_PRINCIPAL)}")`);
  });

  it('calls other canisters, and learns when they fail', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    const b = await deploy(network);
    assert.equal(await a.update('greetThrough', `(principal "${b.text}", "Bob")`), '("Hello, Bob!")');
    assert.equal(await a.update('greetThrough', `(principal "${a.text}", "myself")`), '("Hello, myself!")');
    await network.stopCanister(b.id);
    assert.match(await a.update('greetThrough', `(principal "${b.text}", "Bob")`), /^reject 5 .*is not running/s);
  });

  it('leaves no trace of a message that trapped', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    await a.update('sign', entry('Ada', 'kept'));
    const before = network.canister(a.id);
    const result = await network.updateResult(a.id, 'sign', Uint8Array.of(1, 2, 3));
    assert.match(a.show('sign', result), /^reject 5 503: /);
    assert.match(a.query('list'), /^\(vec \{ record \{ "text" = "kept"; author = "Ada" \} \}\)$/);
    assert.equal(network.canister(a.id)?.heap.wasmPages, before?.heap.wasmPages);
  });

  it('keeps its stable map over upgrades, from a raw and from a compressed module; its heap begins anew', async () => {
    const network = openNetwork();
    const { wasm, gzipped, candid } = await azleCanister();
    const a = actor(network, await network.deploy(gzipped), candid);
    assert.equal(network.canister(a.id)?.module?.hash, toHex(nodeHasher.sha256(gzipped)), 'the hash is that of what was installed');
    await a.update('set', '("colour", "green")');
    assert.equal(await a.update('set', '("colour", "blue")'), '(opt "green")');
    await a.update('sign', entry('Ada', 'lost'));
    await network.installCode(a.id, wasm, { mode: 'upgrade' });
    assert.equal(network.canister(a.id)?.module?.hash, toHex(nodeHasher.sha256(wasm)));
    assert.equal(a.query('get', '("colour")'), '(opt "blue")');
    assert.equal(a.query('get', '("size")'), '(null)');
    assert.equal(a.query('list'), '(vec {})');
    await network.installCode(a.id, gzipped, { mode: 'upgrade' });
    assert.equal(a.query('get', '("colour")'), '(opt "blue")');
    await network.installCode(a.id, gzipped, { mode: 'reinstall' });
    assert.equal(a.query('get', '("colour")'), '(null)');
  });

  it('gives the same state in a network that has no instances', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    for (let count = 0; count < 5; count++) await a.update('sign', entry('Ada', `entry ${count}`));
    const fork = network.fork();
    for (const each of [network, fork]) {
      const there = actor(each, a.id, (await azleCanister()).candid);
      await there.update('sign', entry('Grace', 'after the fork'));
      await there.update('set', '("k", "v")');
    }
    assert.equal(fork.digest(), network.digest());
  });
});
