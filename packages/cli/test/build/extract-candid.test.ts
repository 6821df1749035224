import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { wat } from '@myelin/test-canisters';
import { extractCandid } from '../../src/build/extract-candid.ts';

const TEXT = 'service : { greet : (text) -> (text) query }';

/** What `ic_cdk::export_candid!()` makes of a module. */
const holding = (pointer: string): Promise<Uint8Array> =>
  wat(`(module
    (import "ic0" "msg_reply" (func))
    (memory (export "memory") 1)
    (data (i32.const 1024) "${TEXT}\\00rest")
    (func (export "get_candid_pointer") (result i32) ${pointer})
    (func (export "canister_query greet")))`);

describe('extractCandid', () => {
  it('reads the interface that a Rust canister holds, compressed or not', async () => {
    const module = await holding('i32.const 1024');
    assert.equal(extractCandid(module), TEXT);
    assert.equal(extractCandid(Uint8Array.from(gzipSync(module))), TEXT);
  });

  it('finds none in modules without one, or that do not tell it', async () => {
    assert.equal(extractCandid(await wat('(module (memory (export "memory") 1))')), undefined);
    assert.equal(extractCandid(await holding('unreachable')), undefined);
    assert.equal(extractCandid(await holding('i32.const -1')), undefined);
    assert.equal(extractCandid(Uint8Array.of(1, 2, 3)), undefined);
  });
});
