import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { typeToText } from '@myelin/core/candid';
import { azleCanister, cCanister, compileMotoko, motokoCanister } from '@myelin/test-canisters';
import { inspectModule } from '../../src/canister-module/index.ts';
import { hasCode } from '../support/errors.ts';

describe('inspectModule', () => {
  it('finds the types of install arguments, named ones too', async () => {
    const { wasm } = await compileMotoko('import T "Types"; persistent actor class Main(first : T.Node, second : ?Nat) {}', {
      files: { 'Types.mo': 'module { public type Node = { value : Nat; next : ?Node } }' },
    });
    const module = inspectModule(wasm, 'a');
    assert.equal(module.initTypes?.length, 2);
    assert.match(module.initTypes.map((type) => typeToText(type)).join(', '), /^(Node|record \{.*\}), opt nat$/);
    assert.equal(module.keepsHeap, true);
  });

  it('hashes what is installed, compressed or not', async () => {
    const { wasm } = await motokoCanister('counter');
    const packed = Uint8Array.from(gzipSync(wasm));
    for (const bytes of [wasm, packed]) {
      const module = inspectModule(bytes, 'a');
      assert.deepEqual(module.hash, Uint8Array.from(createHash('sha256').update(bytes).digest()));
      assert.deepEqual(module.initTypes, []);
    }
  });

  it('knows which heap outlives upgrades', async () => {
    assert.equal(inspectModule((await motokoCanister('counter', { mode: 'classicOP' })).wasm, 'a').keepsHeap, false);
    assert.equal(inspectModule(await cCanister(), 'a').keepsHeap, false);
    assert.equal(inspectModule((await azleCanister()).gzipped, 'a').initTypes, undefined);
  });

  it('refuses what is no module', () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0, 97, 115, 109), Uint8Array.of(0x1f, 0x8b, 8, 0)]) {
      assert.throws(() => inspectModule(bytes, 'a.wasm'), hasCode('MODULE_INVALID'));
    }
  });
});
