import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { principalFromText } from '@myelin/core/base';
import { azleCanister, motokoCanister } from '@myelin/test-canisters';
import { createTestNetwork } from 'myelin/testing';
import { type Cleanup, temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';

/** A file with a canister that was compiled before. */
async function moduleFile(t: Cleanup, name: 'counter' | 'timers'): Promise<string> {
  const path = join(temporaryFolder(t), `${name}.wasm`);
  writeFileSync(path, (await motokoCanister(name)).wasm);
  return path;
}

describe('a canister in a test', () => {
  it('is called with values, undone when it traps, and keeps its state when it is upgraded', async (t) => {
    const file = await moduleFile(t, 'counter');
    const counter = await createTestNetwork().deploy(file);
    assert.equal(await counter.query('greet', 'Ada'), 'Hello, Ada!');
    assert.equal(await counter.call('add', 40), 40n);
    await assert.rejects(
      counter.call('incThenTrap'),
      (error) => hasCode('CALL_REJECTED')(error) && /trapped on purpose/.test(String(error)),
    );
    await counter.upgrade(file);
    assert.equal(await counter.query('get'), 40n);
    assert.match(counter.candid, /incThenTrap/);
  });

  it('knows who calls, and lets controllers alone upgrade', async (t) => {
    const file = await moduleFile(t, 'counter');
    const counter = await createTestNetwork().deploy(file);
    const stranger = counter.as('ryjl3-tyaaa-aaaaa-aaaba-cai');
    assert.equal(await stranger.query('whoami'), principalFromText('ryjl3-tyaaa-aaaaa-aaaba-cai'));
    assert.equal(await counter.query('whoami'), principalFromText('2vxsx-fae'));
    await assert.rejects(stranger.upgrade(file), hasCode('CALL_REJECTED'));
  });

  it('refuses methods that are not there and values that do not fit', async (t) => {
    const counter = await createTestNetwork().deploy(await moduleFile(t, 'counter'));
    await assert.rejects(counter.call('icn'), hasCode('METHOD_UNKNOWN'));
    await assert.rejects(counter.call('add'), hasCode('ARGUMENTS_INVALID'));
    await assert.rejects(counter.query('greet', 5), hasCode('CANDID_VALUE_INVALID'));
  });

  it('sees time pass when it is told to, and not before', async (t) => {
    const network = createTestNetwork();
    const timers = await network.deploy(await moduleFile(t, 'timers'));
    assert.equal(await timers.call('startOnce', 60n), undefined);
    await network.advance(59);
    assert.deepEqual(await timers.query('counts'), { once: 0n, ticks: 0n });
    await network.advance(2);
    assert.deepEqual(await timers.query('counts'), { once: 1n, ticks: 0n });
  });

  it('is compiled from Motoko with arguments and imports; the compiler is quoted when it does not', async (t) => {
    const folder = temporaryFolder(t);
    const source =
      'import Counter "canister:counter";\n' +
      'persistent actor class Caller(step : Nat) { public func go() : async (Nat, Text) { (await Counter.add(step), "went") } }';
    writeFileSync(join(folder, 'caller.mo'), source);
    writeFileSync(join(folder, 'broken.mo'), 'persistent actor { public func f() : async Nat { "text" } }');
    const network = createTestNetwork();
    await assert.rejects(network.deploy(join(folder, 'caller.mo'), { args: [5n] }), hasCode('MOTOKO_IMPORT_UNKNOWN'));
    const counter = await network.deploy(await moduleFile(t, 'counter'), { name: 'counter' });
    await assert.rejects(network.deploy(join(folder, 'caller.mo')), hasCode('ARGUMENTS_INVALID'));
    const caller = await network.deploy(join(folder, 'caller.mo'), { args: [5n] });
    assert.deepEqual(await caller.call('go'), [5n, 'went']);
    assert.equal(await counter.query('get'), 5n);
    await assert.rejects(network.deploy(join(folder, 'broken.mo')), /broken\.mo does not compile\n.*broken\.mo:1:\d+: error \[M0050\]/);
  });

  it('is given its interface where the module shows none', async (t) => {
    const { gzipped, candid } = await azleCanister();
    const path = join(temporaryFolder(t), 'guests.wasm.gz');
    writeFileSync(path, gzipped);
    await assert.rejects(createTestNetwork().deploy(path), hasCode('INTERFACE_MISSING'));
    const guests = await createTestNetwork().deploy(path, { candid });
    assert.equal(await guests.call('sign', { author: 'Ada', text: 'hello' }), 1);
    assert.deepEqual(await guests.query('list'), [{ author: 'Ada', text: 'hello' }]);
    assert.deepEqual(await guests.query('get', 'nothing'), []);
  });
});
