/**
 * The bounds by which validation foresees the length of rewritten bodies hold for what the instrumentation writes.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BodyValidator } from '../../src/wasm/body-validator.ts';
import { ByteReader } from '../../src/wasm/byte-reader.ts';
import {
  MAIN_PAGES_MAX_32,
  MAIN_PAGES_MAX_64,
  RESERVED_EXPORT_PREFIX,
  instrumentModule,
  parseModule,
  validateModule,
} from '../../src/wasm/index.ts';
import { CANISTER_MEMORY32_PAGES_MAX, CANISTER_MEMORY64_PAGES_MAX } from '../../src/wasm/limits.ts';
import { assembleText } from './text/script.ts';

/** Code that does nothing as a whole, each about one thing that the instrumentation rewrites; A is the address type. */
const units: readonly string[] = [
  'local.get 0 A.load i32.const 0 i32.store',
  'local.get 0 A.load i32.const 0 i32.store8 offset=0x7fffffff',
  'local.get 0 A.load local.get 3 v128.store',
  'local.get 0 A.load local.get 3 v128.store8_lane 3',
  'local.get 0 A.load local.get 2 f64.store offset=0xfffffff0',
  'local.get 2 f64.nearest local.set 2',
  'local.get 1 f32.nearest local.set 1',
  'local.get 3 f32x4.sqrt local.set 3',
  'local.get 3 local.get 3 f64x2.min local.set 3',
  'local.get 2 f32.demote_f64 local.set 1',
  'loop end',
  'i32.const 0 if else end',
  'local.get 4 if local.get 2 drop else local.get 2 drop end',
  'block local.get 4 br_if 0 local.get 2 drop end',
  'block local.get 4 br_table 0 0 0 end',
  'call 0',
  'i32.const 0 call_indirect',
  'block local.get 4 if return end end',
  'block local.get 4 if return_call 0 end end',
  'block local.get 4 if local.get 4 return_call_indirect end end',
  'A.const 0 memory.grow drop',
  'memory.size drop',
  'local.get 0 local.get 0 local.get 0 memory.copy',
  'local.get 0 i32.const 0 local.get 0 memory.fill',
  'local.get 0 i32.const 0 i32.const 0 memory.init 0',
  'data.drop 0',
  'elem.drop 0',
  'i32.const 0 table.get 0 drop',
  'ref.func 0 drop',
  'local.get 127 drop',
  'i32.const 0 global.set 0 global.get 0 drop',
  'nop',
  // The writer runs more often than all readers: these make the NaNs of the local canonical.
  'loop loop loop loop loop loop local.get 1 f32.sqrt local.set 133 end end end end end end local.get 133 local.set 1',
  'loop loop loop loop loop loop local.get 2 f64.sqrt local.set 134 end end end end end end local.get 134 local.set 2 local.get 2 local.tee 134 local.set 2',
];

const COPIES = 300;

function moduleText(unit: string, memory64: boolean): string {
  const address = memory64 ? 'i64' : 'i32';
  const body = Array.from({ length: COPIES }, () => unit.replaceAll('A.', `${address}.`)).join(' ');
  const locals = `(local ${address} f32 f64 v128 ${'i32 '.repeat(129)} f32 f64)`;
  return `(module (memory ${memory64 ? 'i64' : ''} 1) (table 1 funcref) (elem func 0) (data "x") (global (mut i32) (i32.const 0)) (func ${locals} ${body}))`;
}

/**
 * `(func (param f64) (local f64))`: a local that arithmetic in six loops sets is read so often after them that what the readers do to it is as long as a
 * body may be.
 */
function manyReaders(): Uint8Array {
  const repeated = (count: number, ...bytes: number[]): number[] => Array.from({ length: count }, () => bytes).flat();
  const writers = [...repeated(6, 0x03, 0x40), ...repeated(130, 0x20, 1, 0x9f, 0x21, 1), ...repeated(6, 0x0b)];
  const body = [1, 1, 0x7c, ...writers, ...repeated(480_000, 0x20, 1, 0x21, 0), 0x0b];
  const size = (value: number): number[] => [
    (value & 0x7f) | 0x80,
    ((value >>> 7) & 0x7f) | 0x80,
    ((value >>> 14) & 0x7f) | 0x80,
    value >>> 21,
  ];
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 1, 0x7c, 0, 3, 2, 1, 0, 10];
  return Uint8Array.from([head, size(body.length + 5), [1], size(body.length), body].flat());
}

/** Length of the first body of a rewritten module, which the parser refuses for its memories. */
function firstBodyBytes(bytes: Uint8Array): number {
  const reader = new ByteReader(bytes, 8, bytes.length);
  while (!reader.done) {
    const id = reader.u8();
    const { start, end } = reader.span(reader.u32());
    if (id !== 10) continue;
    const code = new ByteReader(bytes, start, end);
    code.u32();
    return code.u32();
  }
  throw new Error('no code section');
}

describe('bounds of rewritten bodies', () => {
  for (const memory64 of [false, true]) {
    for (const unit of units) {
      it(`${memory64 ? 'wasm64' : 'wasm32'}: ${unit}`, () => {
        const parsed = parseModule(assembleText(moduleText(unit, memory64)));
        assert.ok(parsed.ok);
        const module = parsed.value;
        const valid = validateModule(module, 'webassembly');
        assert.ok(valid.ok, valid.ok ? '' : valid.error.message);
        const instrumented = instrumentModule(module);
        assert.ok(WebAssembly.validate(instrumented.bytes));
        const validator = new BodyValidator(module, new Uint8Array(module.functionTypes.length).fill(1));
        validator.validate(module.types[module.functionTypes[0]!]!, module.bodies[0]!);
        const actual = firstBodyBytes(instrumented.bytes);
        assert.ok(actual <= validator.summary.rewrittenBytes, `${actual} bytes, at most ${validator.summary.rewrittenBytes} were foreseen`);
      });
    }
  }

  it('a body that becomes too long only by what its readers add is refused', () => {
    const parsed = parseModule(manyReaders());
    assert.ok(parsed.ok);
    const valid = validateModule(parsed.value);
    assert.equal(valid.ok ? '' : valid.error.rule, 'WASM_CANISTER_BODY_REWRITTEN');
  });

  it('the memory that a canister may begin with is one that the instrumentation can host', () => {
    assert.equal(CANISTER_MEMORY32_PAGES_MAX, BigInt(MAIN_PAGES_MAX_32));
    assert.equal(CANISTER_MEMORY64_PAGES_MAX, BigInt(MAIN_PAGES_MAX_64));
    assert.equal(RESERVED_EXPORT_PREFIX, '__myelin_');
  });
});
