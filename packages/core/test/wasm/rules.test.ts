/**
 * Every rule by which a module is refused: one module that breaks it and, for bounds, one that just keeps it. docs/wasm-rules.md lists the same rules.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { decodeCanisterModule, parseModule, validateModule, wasmRules } from '../../src/wasm/index.ts';
import type { WasmRefusal, WasmRuleName } from '../../src/wasm/index.ts';
import { unsignedLeb } from './text/numbers.ts';
import { assembleText } from './text/script.ts';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function section(id: number, content: readonly number[] | Uint8Array): number[] {
  const bytes: number[] = [id, ...unsignedLeb(content.length)];
  for (const byte of content) bytes.push(byte);
  return bytes;
}

/** A module of raw sections. */
function binary(...sections: readonly number[][]): Uint8Array {
  return Uint8Array.from([...HEADER, ...sections.flat()]);
}

/** A module with functions `() -> ()` of this code, locals included, `end` not. */
function bodies(codes: readonly (readonly number[] | Uint8Array)[], before: readonly number[] = []): Uint8Array {
  const head = [...HEADER, ...section(1, [1, 0x60, 0, 0]), ...section(3, [...unsignedLeb(codes.length), ...codes.map(() => 0)]), ...before];
  const sizes = codes.map((code) => unsignedLeb(code.length + 1));
  const count = unsignedLeb(codes.length);
  const length = codes.reduce((sum, code, index) => sum + sizes[index]!.length + code.length + 1, count.length);
  const start = [...head, 10, ...unsignedLeb(length), ...count];
  const bytes = new Uint8Array(start.length - count.length + length);
  bytes.set(start);
  let position = start.length;
  for (const [index, code] of codes.entries()) {
    bytes.set(sizes[index]!, position);
    bytes.set(code, position + sizes[index]!.length);
    position += sizes[index]!.length + code.length + 1;
    bytes[position - 1] = 0x0b;
  }
  return bytes;
}

const body = (code: readonly number[] | Uint8Array, before: readonly number[] = []): Uint8Array => bodies([code], before);

/** Code without locals: `unit` many times. */
function repeatCode(unit: readonly number[], count: number, start: readonly number[] = [0]): Uint8Array {
  const code = new Uint8Array(start.length + unit.length * count);
  code.set(start);
  for (let index = 0; index < count; index++) code.set(unit, start.length + unit.length * index);
  return code;
}

const repeat = (text: string, count: number): string => Array.from({ length: count }, () => text).join(' ');
const list = (count: number, item: (index: number) => string): string => Array.from({ length: count }, (_, index) => item(index)).join(' ');
const bytesOf = (count: number, byte: number): number[] => Array.from({ length: count }, () => byte);
const text = assembleText;
const ascii = (name: string): number[] => [...unsignedLeb(name.length), ...Array.from(name, (char) => char.charCodeAt(0))];
const custom = (name: string, size = 0): number[] => section(0, [...ascii(name), ...bytesOf(size, 7)]);
const memory1 = section(5, [1, 0, 1]);

/** `name`, encoded size of a gzip stream of zeros: `count` bytes of content. */
const gzip = (content: Uint8Array): Uint8Array => Uint8Array.from(gzipSync(content));

type Case = { readonly breaks: Uint8Array; readonly keeps?: Uint8Array; readonly installed?: true; readonly says?: RegExp };

const cases: Readonly<Record<WasmRuleName, readonly Case[]>> = {
  WASM_INSTALL_BYTES: [{ installed: true, breaks: new Uint8Array(100 * 1024 * 1024 + 1), says: /^Wasm module size of 104857601 exceeds/ }],
  WASM_INSTALL_FORMAT: [
    {
      installed: true,
      breaks: Uint8Array.of(1, 2, 3, 4),
      keeps: binary(),
      says: /^Failed to decode wasm module: unsupported canister module format/,
    },
  ],
  WASM_INSTALL_GZIP: [
    { installed: true, breaks: gzip(binary()).slice(0, -9), keeps: gzip(binary()) },
    { installed: true, breaks: gzip(binary()).map((byte, index, all) => (index === all.length - 8 ? byte ^ 1 : byte)) },
  ],
  WASM_INSTALL_GZIP_TRAILING: [{ installed: true, breaks: Uint8Array.from([...gzip(binary()), ...gzip(binary())]) }],
  WASM_INSTALL_UNCOMPRESSED_BYTES: [
    { installed: true, breaks: gzip(new Uint8Array(100 * 1024 * 1024 + 1)), says: /^Wasm module size of 104857601 exceeds/ },
  ],

  WASM_MAGIC: [{ breaks: Uint8Array.of(0, 0x61, 0x73), keeps: binary(), says: /^Wasmtime failed to validate wasm module/ }],
  WASM_VERSION: [{ breaks: Uint8Array.from([...HEADER.slice(0, 4), 2, 0, 0, 0]) }, { breaks: Uint8Array.from(HEADER.slice(0, 6)) }],
  WASM_TRUNCATED: [{ breaks: binary([1, 4, 1, 0x60, 0]) }, { breaks: binary(section(1, [3, 0x60, 0, 0])) }, { breaks: body([0, 0x41]) }],
  WASM_INTEGER: [
    { breaks: binary([1, 0x80, 0x80, 0x80, 0x80, 0x10]) },
    { breaks: body([0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x08, 0x1a]), keeps: body([0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x07, 0x1a]) },
  ],
  WASM_UTF8: [{ breaks: binary(section(0, [1, 0xff])), keeps: binary(section(0, [2, 0xc3, 0xa9])) }],
  WASM_SECTION_ID: [{ breaks: binary(section(14, [])) }],
  WASM_SECTION_ORDER: [
    { breaks: binary(section(1, [0]), section(1, [0])) },
    { breaks: binary(section(10, [0]), section(12, [0])), keeps: binary(section(12, [0]), section(10, [0])) },
  ],
  WASM_SECTION_SIZE: [{ breaks: binary(section(1, [0, 0])) }],
  WASM_TYPE_ENCODING: [{ breaks: binary(section(1, [1, 0x61, 0, 0])) }, { breaks: binary(section(1, [1, 0x60, 1, 0x7a, 0])) }],
  WASM_LIMITS_ENCODING: [{ breaks: binary(section(5, [1, 0x10, 0])) }],
  WASM_EXTERNAL_KIND: [{ breaks: binary(section(7, [1, 0, 5, 0])) }],
  WASM_MUTABILITY: [{ breaks: binary(section(6, [1, 0x7f, 2, 0x41, 0, 0x0b])) }],
  WASM_SEGMENT_FLAGS: [
    { breaks: binary(memory1, section(11, [1, 3])) },
    { breaks: binary(section(9, [1, 8])) },
    { breaks: binary(section(9, [1, 1, 1, 0])) },
  ],
  WASM_CODE_COUNT: [{ breaks: binary(section(1, [1, 0x60, 0, 0]), section(3, [1, 0])) }],
  WASM_DATA_COUNT: [{ breaks: binary(section(12, [1])) }, { breaks: body([0, 0xfc, 9, 0]) }],
  WASM_OPCODE: [
    { breaks: body([0, 0x27]) },
    { breaks: body([0, 0xfc, 0x12]) },
    { breaks: body([0, 0xfd, 0x9a, 1]) },
    { breaks: body([0, 0xff]) },
  ],
  WASM_MEMORY_FLAGS: [{ breaks: body([0, 0x41, 0, 0x28, 0x80, 1, 0, 0x1a], memory1) }],
  WASM_BODY_STRUCTURE: [{ breaks: body([0, 0x0b]) }, { breaks: body([0, 0x05]) }],

  WASM_LIMIT_MODULE_BYTES: [{ breaks: new Uint8Array(100 * 1024 * 1024 + 1) }],
  WASM_LIMIT_NAME_BYTES: [{ breaks: binary(custom('a'.repeat(100_001))), keeps: binary(custom('a'.repeat(100_000))) }],
  WASM_LIMIT_COUNT: [
    {
      breaks: binary(section(1, [1, 0x60, ...unsignedLeb(1000), ...bytesOf(1000, 0x7f), 0])),
      keeps: binary(section(1, [1, 0x60, ...unsignedLeb(999), ...bytesOf(999, 0x7f), 0])),
    },
    { breaks: binary(...Array.from({ length: 1001 }, () => custom(''))), keeps: binary(...Array.from({ length: 1000 }, () => custom(''))) },
    { breaks: binary(section(4, [101, ...Array.from({ length: 101 }, () => [0x70, 0, 0]).flat()])) },
  ],
  WASM_LIMIT_BODY_BYTES: [{ breaks: body(repeatCode([1], 7_654_320)) }],
  WASM_LIMIT_LOCALS: [
    { breaks: body([1, ...unsignedLeb(49_901), 0x7f]), keeps: body([1, ...unsignedLeb(49_900), 0x7f]) },
    { breaks: body([2, 1, 0x7f, ...unsignedLeb(0xffffffff), 0x7f]) },
  ],
  WASM_LIMIT_OPERANDS: [
    {
      breaks: text(
        `(module (type $t (func (result ${repeat('i32', 999)}))) (func $f (type $t) unreachable) (func ${repeat('call $f', 1002)} unreachable))`,
      ),
    },
  ],
  WASM_LIMIT_BLOCK_DEPTH: [{ breaks: body([0, ...Array.from({ length: 50_001 }, () => [0x02, 0x40]).flat(), ...bytesOf(50_001, 0x0b)]) }],
  WASM_LIMIT_BR_TABLE: [
    {
      breaks: body([0, 0x41, 0, 0x0e, ...unsignedLeb(65_521), ...bytesOf(65_522, 0)]),
      keeps: body([0, 0x41, 0, 0x0e, ...unsignedLeb(65_520), ...bytesOf(65_521, 0)]),
    },
  ],

  WASM_FEATURE_COMPONENT_MODEL: [{ breaks: Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00) }],
  WASM_FEATURE_CUSTOM_PAGE_SIZES: [{ breaks: text('(module (memory 1 (pagesize 1)))') }],
  WASM_FEATURE_EXCEPTIONS: [
    { breaks: text('(module (tag))') },
    { breaks: text('(module (import "a" "b" (tag)))') },
    { breaks: text('(module (func (param exnref)))') },
    { breaks: text('(module (func try_table end))') },
    { breaks: text('(module (func (try (do) (catch_all))))') },
  ],
  WASM_FEATURE_EXTENDED_CONST: [
    { breaks: text('(module (global i32 (i32.add (i32.const 1) (i32.const 2))))') },
    { breaks: text('(module (memory 1) (data (i32.mul (i32.const 1) (i32.const 2)) "x"))') },
  ],
  WASM_FEATURE_FUNCTION_REFERENCES: [
    { breaks: text('(module (type $t (func)) (func (param (ref null $t))))') },
    { breaks: text('(module (func (result (ref func)) unreachable))') },
    { breaks: text('(module (type $t (func)) (func (call_ref $t)))') },
    { breaks: text('(module (type $t (func)) (func (drop (ref.null $t))))') },
    { breaks: text('(module (table 1 funcref (ref.null func)))') },
  ],
  WASM_FEATURE_GC: [
    { breaks: text('(module (type (struct (field i32))))') },
    { breaks: text('(module (rec (type (func)) (type (func))))') },
    { breaks: text('(module (type (sub (func))))') },
    { breaks: text('(module (func (param anyref)))') },
    { breaks: text('(module (func (drop (ref.i31 (i32.const 0)))))') },
    { breaks: text('(module (func unreachable ref.eq drop))') },
  ],
  WASM_FEATURE_MULTI_MEMORY: [
    { breaks: text('(module (memory 1) (memory 1))') },
    { breaks: text('(module (import "a" "b" (memory 1)) (memory 1))') },
    { breaks: body([0, 0x3f, 1, 0x1a], memory1), keeps: body([0, 0x3f, 0, 0x1a], memory1) },
    { breaks: body([0, 0x41, 0, 0x28, 0x42, 0, 0, 0x1a], memory1) },
  ],
  WASM_FEATURE_RELAXED_SIMD: [
    { breaks: text('(module (func (param v128 v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))))') },
  ],
  WASM_FEATURE_THREADS: [{ breaks: text('(module (memory 1 1 shared))') }, { breaks: body([0, 0xfe, 3, 0]) }],

  WASM_UNKNOWN_TYPE: [
    { breaks: binary(section(1, [1, 0x60, 0, 0]), section(3, [1, 1]), section(10, [1, 2, 0, 0x0b])) },
    { breaks: text('(module (func (block (type 9))))') },
    { breaks: text('(module (table 0 funcref) (func (call_indirect (type 9) (i32.const 0))))') },
  ],
  WASM_UNKNOWN_FUNCTION: [
    { breaks: text('(module (func (call 1)))') },
    { breaks: text('(module (start 0))') },
    { breaks: text('(module (export "a" (func 0)))') },
    { breaks: text('(module (table 1 funcref) (elem (i32.const 0) 3))') },
    { breaks: text('(module (global funcref (ref.func 3)))') },
  ],
  WASM_UNKNOWN_TABLE: [
    { breaks: text('(module (func (drop (table.size 0))))') },
    { breaks: text('(module (elem (i32.const 0)))') },
    { breaks: text('(module (export "a" (table 0)))') },
  ],
  WASM_UNKNOWN_MEMORY: [
    { breaks: text('(module (func (drop (i32.load (i32.const 0)))))') },
    { breaks: text('(module (data (i32.const 0) "x"))') },
    { breaks: text('(module (export "a" (memory 0)))') },
  ],
  WASM_UNKNOWN_GLOBAL: [
    { breaks: text('(module (func (drop (global.get 0))))') },
    { breaks: text('(module (global i32 (global.get 0)))') },
    { breaks: text('(module (export "a" (global 0)))') },
  ],
  WASM_UNKNOWN_LOCAL: [{ breaks: text('(module (func (drop (local.get 0))))') }],
  WASM_UNKNOWN_LABEL: [
    { breaks: text('(module (func (br 1)))'), keeps: text('(module (func (br 0)))') },
    { breaks: text('(module (func (br_table 0 3 (i32.const 0))))') },
  ],
  WASM_UNKNOWN_DATA_SEGMENT: [{ breaks: text('(module (memory 1) (data "x") (func (data.drop 1)))') }],
  WASM_UNKNOWN_ELEMENT_SEGMENT: [{ breaks: text('(module (func (elem.drop 0)))') }],
  WASM_TYPE_MISMATCH: [
    { breaks: text('(module (func (result i32) (i64.const 0)))') },
    { breaks: text('(module (func (i32.add (i32.const 0))))') },
    { breaks: text('(module (func (i32.const 0)))') },
    { breaks: text('(module (func (drop (if (result i32) (i32.const 0) (then (i32.const 0))))))') },
    { breaks: text('(module (global i32 (i64.const 0)))') },
    { breaks: text('(module (table 1 externref) (func (call_indirect (i32.const 0))))') },
    { breaks: text('(module (memory i64 1) (func (drop (i32.load (i32.const 0)))))') },
    { breaks: text('(module (func (result i32) (return_call 1)) (func (result i64) unreachable))') },
  ],
  WASM_ALIGNMENT: [
    {
      breaks: text('(module (memory 1) (func (drop (i32.load align=8 (i32.const 0)))))'),
      keeps: text('(module (memory 1) (func (drop (i32.load align=4 (i32.const 0)))))'),
    },
  ],
  WASM_MEMORY_OFFSET: [
    {
      breaks: text('(module (memory 1) (func (drop (i32.load offset=0x1_0000_0000 (i32.const 0)))))'),
      keeps: text('(module (memory i64 1) (func (drop (i32.load offset=0x1_0000_0000 (i64.const 0)))))'),
    },
  ],
  WASM_LANE: [
    {
      breaks: text('(module (func (param v128) (drop (i32x4.extract_lane 4 (local.get 0)))))'),
      keeps: text('(module (func (param v128) (drop (i32x4.extract_lane 3 (local.get 0)))))'),
    },
  ],
  WASM_SELECT_ARITY: [{ breaks: body([0, 0x00, 0x1c, 0, 0x1a]) }, { breaks: body([0, 0x00, 0x1c, 2, 0x7f, 0x7f, 0x1a]) }],
  WASM_GLOBAL_IMMUTABLE: [{ breaks: text('(module (global i32 (i32.const 0)) (func (global.set 0 (i32.const 1))))') }],
  WASM_CONSTANT_EXPRESSION: [
    { breaks: text('(module (func $f (result i32) (i32.const 0)) (global i32 (call $f)))') },
    { breaks: text('(module (global (mut i32) (i32.const 0)) (global i32 (global.get 0)))') },
  ],
  WASM_REFERENCE_UNDECLARED: [
    { breaks: text('(module (func (drop (ref.func 0))))'), keeps: text('(module (func (drop (ref.func 0))) (elem declare func 0))') },
  ],
  WASM_EXPORT_DUPLICATE: [{ breaks: text('(module (func) (memory 1) (export "a" (func 0)) (export "a" (memory 0)))') }],
  WASM_START_TYPE: [{ breaks: text('(module (func (param i32)) (start 0))'), keeps: text('(module (func) (start 0))') }],
  WASM_LIMITS_RANGE: [
    { breaks: text('(module (memory 2 1))') },
    { breaks: text('(module (memory 0 65537))'), keeps: text('(module (memory 0 65536))') },
    { breaks: text('(module (memory i64 0 0x1_0000_0000_0001))'), keeps: text('(module (memory i64 0 0x1_0000_0000_0000))') },
    { breaks: text('(module (table 2 1 funcref))') },
    { breaks: text('(module (table 10000001 funcref))') },
  ],

  WASM_CANISTER_CODE_BYTES: [
    {
      breaks: bodies(Array.from({ length: 13 }, () => repeatCode([0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a], 100_000))),
      says: /^Wasm module code section size of \d+ exceeds/,
    },
  ],
  WASM_CANISTER_IMPORT_KIND: [
    { breaks: text('(module (import "ic0" "memory" (memory 1)))'), says: /^Wasm module has an invalid import section\./ },
    { breaks: text('(module (import "ic0" "g" (global i32)))') },
    { breaks: text('(module (import "env" "table" (table 1 funcref)))') },
  ],
  WASM_CANISTER_IMPORT_MODULE: [
    { breaks: text('(module (import "env" "msg_reply" (func)))'), keeps: text('(module (import "ic0" "msg_reply" (func)))') },
  ],
  WASM_CANISTER_IMPORT_NAME: [
    { breaks: text('(module (import "ic0" "msg_replies" (func)))'), says: /'msg_replies' from 'ic0' that is not exported by the runtime/ },
    { breaks: text('(module (import "ic0" "toString" (func)))') },
    {
      breaks: text('(module (import "ic0" "stable_size" (func (result i32))) (memory i64 1))'),
      keeps: text('(module (import "ic0" "stable_size" (func (result i32))) (memory 1))'),
    },
  ],
  WASM_CANISTER_IMPORT_SIGNATURE: [
    { breaks: text('(module (import "ic0" "msg_reply" (func (result i32))))'), says: /^Wasm module has an invalid function signature\./ },
    {
      breaks: text('(module (import "ic0" "msg_arg_data_size" (func (result i32))) (memory i64 1))'),
      keeps: text('(module (import "ic0" "msg_arg_data_size" (func (result i64))) (memory i64 1))'),
    },
    {
      breaks: text('(module (import "ic0" "msg_arg_data_size" (func (result i64))))'),
      keeps: text('(module (import "ic0" "msg_arg_data_size" (func (result i32))))'),
    },
    { breaks: text('(module (import "ic0" "time" (func (param i64) (result i64))))') },
  ],
  WASM_CANISTER_ENTRY_POINT_TYPE: [
    { breaks: text('(module (func (export "canister_init") (param i32)))') },
    { breaks: text('(module (func (export "canister_query get") (result i32) (i32.const 0)))') },
    {
      breaks: text('(module (func (export "canister_on_low_wasm_memory") (param i32)))'),
      keeps: text('(module (func (export "canister_on_low_wasm_memory")))'),
    },
  ],
  WASM_CANISTER_EXPORT_PREFIX: [
    {
      breaks: text('(module (func (export "canister_update")))'),
      keeps: text('(module (func (export "canister_update ")))'),
      says: /^Wasm module has an invalid export section\./,
    },
    { breaks: text('(module (func (export "canister_initialise")))'), keeps: text('(module (memory (export "canister_memory") 1))') },
  ],
  WASM_CANISTER_EXPORT_RESERVED: [
    { breaks: text('(module (memory (export "stable_memory") 1))') },
    { breaks: text('(module (func (export "canister_start")))') },
    { breaks: text('(module (func (export "canister counter_instructions")))') },
    { breaks: text('(module (func (export "__myelin_commit")))'), keeps: text('(module (func (export "__motoko_commit")))') },
  ],
  WASM_CANISTER_METHOD_DUPLICATE: [
    {
      breaks: text('(module (func $f) (export "canister_query a" (func $f)) (export "canister_update a" (func $f)))'),
      says: /^Duplicate function 'a' exported multiple times/,
    },
  ],
  WASM_CANISTER_METHODS: [
    {
      breaks: methods(1001, 1),
      keeps: methods(1000, 1),
      says: /^Wasm module defined 1001 exported functions which exceeds the maximum number allowed 1000/,
    },
  ],
  WASM_CANISTER_METHOD_NAMES: [{ breaks: methods(21, 953), keeps: methods(20, 1000) }],
  WASM_CANISTER_DATA_OFFSET: [
    {
      breaks: text('(module (memory 1) (global i32 (i32.const 8)) (data (global.get 0) "x"))'),
      keeps: text('(module (memory 1) (data (i32.const 8) "x"))'),
      says: /^Wasm module has an invalid data section\./,
    },
  ],
  WASM_CANISTER_GLOBAL_TYPE: [
    {
      breaks: text('(module (global externref (ref.null extern)))'),
      keeps: text('(module (global v128 (v128.const i64x2 0 0)))'),
      says: /^Wasm module has an invalid global section\./,
    },
  ],
  WASM_CANISTER_GLOBAL_INITIALISER: [{ breaks: text('(module (global i32 (i32.const 1)) (global i32 (global.get 0)))') }],
  WASM_CANISTER_GLOBALS: [
    {
      breaks: text(`(module ${repeat('(global i32 (i32.const 0))', 1001)})`),
      keeps: text(`(module ${repeat('(global i32 (i32.const 0))', 1000)})`),
      says: /^Wasm module defined 1001 globals which exceeds the maximum number allowed 1000/,
    },
  ],
  WASM_CANISTER_FUNCTIONS: [
    {
      breaks: functions(50_001),
      keeps: functions(50_000),
      says: /^Wasm module defined 50001 functions which exceeds the maximum number allowed 50000/,
    },
  ],
  WASM_CANISTER_TABLES: [{ breaks: text('(module (table 1 funcref) (table 1 externref))') }],
  WASM_CANISTER_TABLE_ELEMENTS: [{ breaks: text('(module (table 1000001 funcref))'), keeps: text('(module (table 1000000 funcref))') }],
  WASM_CANISTER_MEMORY: [
    { breaks: text('(module (memory 65536))'), keeps: text('(module (memory 65535))') },
    { breaks: text('(module (memory i64 98305))'), keeps: text('(module (memory i64 98304))') },
  ],
  WASM_CANISTER_INSTRUCTION: [
    {
      breaks: text('(module (table 1 funcref) (func) (func (table.set (i32.const 0) (ref.null func))))'),
      says: /^Wasm module contains a function at index 1 that uses the unsupported instruction table\.set/,
    },
    { breaks: text('(module (table 1 funcref) (func (drop (table.grow (ref.null func) (i32.const 1)))))') },
    { breaks: text('(module (table 1 funcref) (func (table.fill (i32.const 0) (ref.null func) (i32.const 1))))') },
    { breaks: text('(module (table 1 funcref) (func (table.copy (i32.const 0) (i32.const 0) (i32.const 1))))') },
    {
      breaks: text('(module (table 1 funcref) (elem func) (func (table.init 0 (i32.const 0) (i32.const 0) (i32.const 0))))'),
      keeps: text('(module (table 1 funcref) (elem func) (func (elem.drop 0) (drop (table.get (i32.const 0)))))'),
    },
  ],
  WASM_CANISTER_BODY_COMPLEXITY: [
    {
      breaks: body(repeatCode([0x02, 0x40, 0x0b], 20_000)),
      keeps: body(repeatCode([0x02, 0x40, 0x0b], 19_607)),
      says: /^Wasm module contains a function at index 0 with complexity 1020001 which exceeds the maximum complexity allowed 1000000/,
    },
  ],
  WASM_CANISTER_BODY_REWRITTEN: [
    {
      breaks: body(repeatCode([0x20, 0, 0x9f, 0x21, 0], 180_000, [1, 1, 0x7c])),
      keeps: body(repeatCode([0x20, 0, 0x9f, 0x21, 0], 130_000, [1, 1, 0x7c])),
      says: /^Wasm module contains a function at index 0 of up to/,
    },
  ],
  WASM_CANISTER_SECTION_NAME: [
    { breaks: binary(custom('icp:public')), keeps: binary(custom('icp:public ')), says: /^Wasm module has an invalid custom section\./ },
    { breaks: binary(custom('icp:secret x')), keeps: binary(custom('secret x')) },
  ],
  WASM_CANISTER_SECTION_DUPLICATE: [
    {
      breaks: binary(custom('icp:public a'), custom('icp:private a')),
      keeps: binary(custom('icp:public a'), custom('icp:private b'), custom('a'), custom('a')),
    },
  ],
  WASM_CANISTER_SECTIONS: [
    {
      breaks: binary(...Array.from({ length: 17 }, (_, index) => custom(`icp:public ${index}`))),
      keeps: binary(...Array.from({ length: 16 }, (_, index) => custom(`icp:public ${index}`))),
      says: /^Wasm module defined 17 custom sections which exceeds the maximum number allowed 16/,
    },
  ],
  WASM_CANISTER_SECTION_BYTES: [{ breaks: binary(custom('icp:public a', 1_048_576)), keeps: binary(custom('icp:public a', 1_048_575)) }],
};

function methods(count: number, nameBytes: number): Uint8Array {
  return text(
    `(module (func $f) ${list(count, (index) => `(export "canister_query ${String(index).padStart(nameBytes, 'a')}" (func $f))`)})`,
  );
}

function functions(count: number): Uint8Array {
  return bodies(Array.from({ length: count }, () => [0]));
}

function refusalOf(bytes: Uint8Array, installed: boolean): WasmRefusal | undefined {
  const decoded = installed ? decodeCanisterModule(bytes) : { ok: true as const, value: bytes };
  if (!decoded.ok) return decoded.error;
  const parsed = parseModule(decoded.value);
  if (!parsed.ok) return parsed.error;
  const valid = validateModule(parsed.value);
  return valid.ok ? undefined : valid.error;
}

const docs = join(dirname(fileURLToPath(import.meta.url)), '../../../../docs/wasm-rules.md');

describe('rules for modules', () => {
  for (const [rule, examples] of Object.entries(cases)) {
    it(rule, () => {
      assert.ok(examples.length > 0, 'a rule has an example');
      for (const { breaks, keeps, says, installed = false } of examples) {
        const refusal = refusalOf(breaks, installed);
        assert.equal(refusal?.rule, rule, `${refusal?.message}`);
        if (says !== undefined) assert.match(refusal?.message ?? '', says);
        if (keeps !== undefined) assert.equal(refusalOf(keeps, installed), undefined);
      }
    });
  }

  it('are listed in docs/wasm-rules.md, each with what it refuses and its source', () => {
    assert.ok(existsSync(docs));
    const rows = readFileSync(docs, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `WASM_'));
    const expected = Object.entries(wasmRules).map(([rule, { refuses, source }]) => `| \`${rule}\` | ${refuses} | ${source} |`);
    assert.deepEqual(rows, expected);
  });
});
