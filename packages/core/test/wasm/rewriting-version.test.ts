/**
 * Rewritten modules are kept on disk under the number of the form they have: it must change when the form does.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { instrumentModule, parseModule, REWRITING_VERSION } from '../../src/wasm/index.ts';
import { assembleText } from './text/script.ts';

/** Of what the rewriting of the modules below writes. Whoever changes it raises `REWRITING_VERSION`. */
const KNOWN = { version: 2, hash: '27333d0d08f3d39a464206d98802ba03aed7aa86962783d3d7a6903b40500e6d' };

/** Something of everything that rewriting touches. */
const MODULES = ['i32', 'i64'].map(
  (width) => `(module
    (type $unary (func (param i32) (result i32)))
    (import "ic0" "msg_reply" (func $reply))
    (memory ${width === 'i64' ? 'i64 ' : ''}1 8) (table 4 funcref) (elem (i32.const 0) $work)
    (data (${width}.const 16) "active") (data "passive")
    (global $count (mut i64) (i64.const 7)) (global $vector (mut v128) (v128.const i64x2 1 2))
    (func $work (param $n i32) (result i32)
      (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i64.store (${width}.const 4092) (global.get $count))
      (memory.fill (${width}.const 0) (i32.const 1) (${width}.const 100))
      (drop (memory.grow (${width}.const 1)))
      (drop (f64.sqrt (f64.const -1)))
      (call_indirect (type $unary) (local.get $n) (i32.const 0)))
    (func (export "canister_update run")
      (memory.init 1 (${width}.const 0) (i32.const 0) (i32.const 7)) (data.drop 1)
      (table.set (i32.const 1) (ref.func $work)) (drop (call $work (i32.const 9))) (call $reply)))`,
);

describe('the number of the form of rewritten modules', () => {
  it('stands for what the rewriting writes', () => {
    const hash = createHash('sha256');
    for (const text of MODULES) {
      const parsed = parseModule(assembleText(text));
      assert.ok(parsed.ok, text);
      hash.update(instrumentModule(parsed.value, {}).bytes);
    }
    assert.deepEqual({ version: REWRITING_VERSION, hash: hash.digest('hex') }, KNOWN);
  });
});
