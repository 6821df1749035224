/**
 * What validation tells of a canister module, and in which order its rules strike.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseModule, systemApiSignatures, validateModule } from '../../src/wasm/index.ts';
import type { CanisterModuleInfo, ParsedModule, ValidationProfile } from '../../src/wasm/index.ts';
import { instructionComplexity, instructionName, instructionNumber } from '../../src/wasm/instructions.ts';
import { assembleText } from './text/script.ts';

function parsed(bytes: Uint8Array): ParsedModule {
  const result = parseModule(bytes);
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.value;
}

function infoOf(text: string, profile?: ValidationProfile): CanisterModuleInfo {
  const result = validateModule(parsed(assembleText(text)), profile);
  assert.ok(result.ok, result.ok ? '' : result.error.message);
  return result.value;
}

function ruleOf(text: string): string {
  const result = validateModule(parsed(assembleText(text)));
  return result.ok ? '' : result.error.rule;
}

function withCustomSections(module: Uint8Array, sections: readonly (readonly [name: string, content: string])[]): Uint8Array {
  const encode = (text: string): number[] => [...new TextEncoder().encode(text)];
  const added = sections.flatMap(([name, content]) => {
    const bytes = [encode(name).length, ...encode(name), ...encode(content)];
    return [0, bytes.length, ...bytes];
  });
  return Uint8Array.from([...module, ...added]);
}

const EXAMPLE = `(module
  (import "ic0" "msg_reply" (func $reply))
  (memory i64 1)
  (func $f)
  (start $f)
  (export "canister_init" (func $f))
  (export "canister_on_low_wasm_memory" (func $f))
  (export "canister_update set" (func $f))
  (export "canister_query get" (func $reply))
  (export "canister_composite_query get all" (func $f))
  (export "something_else" (func $f)))`;

describe('validateModule', () => {
  it('tells methods, entry points, memory and start', () => {
    const info = infoOf(EXAMPLE);
    assert.deepEqual(
      [...info.methods],
      [
        ['set', 'update'],
        ['get', 'query'],
        ['get all', 'composite_query'],
      ],
    );
    assert.deepEqual([...info.entryPoints], ['canister_init', 'canister_on_low_wasm_memory']);
    assert.deepEqual(
      { memory64: info.memory64, hasMemory: info.hasMemory, hasStart: info.hasStart },
      { memory64: true, hasMemory: true, hasStart: true },
    );
  });

  it('a module without memory counts as 32-bit', () => {
    const info = infoOf('(module (import "ic0" "msg_arg_data_size" (func (result i32))))');
    assert.deepEqual(
      { memory64: info.memory64, hasMemory: info.hasMemory, hasStart: info.hasStart },
      { memory64: false, hasMemory: false, hasStart: false },
    );
  });

  it('tells the metadata and its size: names without prefix, and contents', () => {
    const bytes = withCustomSections(assembleText('(module)'), [
      ['icp:public candid:service', 'service : {}'],
      ['icp:private  ü', 'x'],
      ['name', 'ignored'],
    ]);
    const result = validateModule(parsed(bytes));
    assert.ok(result.ok);
    const { metadata, metadataBytes } = result.value;
    const decoded = [...metadata].map(([name, { visibility, content }]) => [name, visibility, new TextDecoder().decode(content)]);
    assert.deepEqual(decoded, [
      ['candid:service', 'public', 'service : {}'],
      [' ü', 'private', 'x'],
    ]);
    assert.equal(metadataBytes, 'candid:service'.length + 'service : {}'.length + 3 + 1);
  });

  it('metadata is a copy: the module bytes may go', () => {
    const bytes = withCustomSections(assembleText('(module)'), [['icp:public a', 'abc']]);
    const result = validateModule(parsed(bytes));
    assert.ok(result.ok);
    bytes.fill(0);
    assert.deepEqual([...result.value.metadata.get('a')!.content], [97, 98, 99]);
  });

  it('the profile webassembly knows no canister rules', () => {
    const info = infoOf('(module (import "env" "memory" (memory 1)) (func (export "canister_update a") (param i32)))', 'webassembly');
    assert.equal(info.methods.size, 0);
    assert.equal(info.hasMemory, true);
  });

  it('every function of the system API is accepted with its own type in its own width', () => {
    const width = { I: ['i32', 'i64'], V: ['i32', 'i64'], i32: ['i32', 'i32'], i64: ['i64', 'i64'] } as const;
    for (const [name, { params, result, only32 }] of Object.entries(systemApiSignatures)) {
      for (const wide of [0, 1] as const) {
        const type = `(param ${params.map((kind) => width[kind][wide]).join(' ')}) ${result === undefined ? '' : `(result ${width[result][wide]})`}`;
        const rule = ruleOf(`(module (import "ic0" "${name}" (func ${type})) (memory ${wide === 1 ? 'i64' : ''} 1))`);
        assert.equal(rule, only32 === true && wide === 1 ? 'WASM_CANISTER_IMPORT_NAME' : '', `${name} ${wide}`);
        const odd = ruleOf(`(module (import "ic0" "${name}" (func (param f32) ${type})) (memory ${wide === 1 ? 'i64' : ''} 1))`);
        assert.notEqual(odd, '', name);
      }
    }
  });

  it('rules strike in the order of the replica', () => {
    const broken = [
      ['(import "env" "f" (func))', 'WASM_CANISTER_IMPORT_MODULE'],
      ['(func (export "canister_x"))', 'WASM_CANISTER_EXPORT_PREFIX'],
      ['(data (global.get $g) "x")', 'WASM_CANISTER_DATA_OFFSET'],
      ['(global externref (ref.null extern))', 'WASM_CANISTER_GLOBAL_TYPE'],
      ['(table 1 funcref) (table 1 funcref)', 'WASM_CANISTER_TABLES'],
      ['(func (table.set 0 (i32.const 0) (ref.null func)))', 'WASM_CANISTER_INSTRUCTION'],
    ] as const;
    const fixed = '(memory 1) (global $g i32 (i32.const 0))';
    for (let first = 0; first < broken.length; first++) {
      const rest = broken
        .slice(first)
        .map(([field]) => field)
        .join(' ');
      // The last example needs a table of its own.
      const table = first === broken.length - 1 ? '(table 1 funcref)' : '';
      assert.equal(ruleOf(`(module ${rest} ${fixed} ${table})`), broken[first]![1]);
    }
    assert.equal(ruleOf('(module (import "env" "f" (func)) (func (result i32)))'), 'WASM_TYPE_MISMATCH', 'WebAssembly first');
  });

  it('is deterministic about messages', () => {
    const text = '(module (func (param i32) (result i64) (local.get 0)))';
    const [first, second] = [validateModule(parsed(assembleText(text))), validateModule(parsed(assembleText(text)))];
    assert.deepEqual(first, second);
    assert.ok(!first.ok);
    assert.match(
      first.error.message,
      /^Wasmtime failed to validate wasm module type mismatch: expected i64, found i32 \(at offset 0x[0-9a-f]+\)$/,
    );
  });
});

describe('complexity of instructions', () => {
  // dfinity/ic, embedders validation: complexity to names. Whatever is not listed counts 1.
  const listed: Readonly<Record<number, string>> = {
    50: 'block loop if br br_if br_table call call_indirect memory.grow',
    14: 'table.get',
    8: 'ref.func',
    6: 'ref.is_null',
    5: `i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u i64.extend_i32_s i64.extend_i32_u
        f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f32.demote_f64`,
    4: 'f32.neg f32.abs f64.neg f64.abs memory.copy',
    3: `f32.copysign f64.copysign f64.eq memory.fill i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u
        i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.div_s i32.div_u i32.rem_s i32.rem_u i64.div_s i64.div_u i64.rem_s i64.rem_u
        i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u`,
    2: `global.get i32.popcnt i64.popcnt select memory.size i32.store i32.store8 i32.store16 i64.store i64.store8 i64.store16 i64.store32 f32.store f64.store
        i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s
        i64.le_u i64.ge_s i64.ge_u f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.ne f64.lt f64.gt f64.le f64.ge f32.ceil f64.ceil f32.floor f64.floor f32.sqrt f64.sqrt
        f32.trunc f64.trunc i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64 i32.wrap_i64 i32.extend8_s i32.extend16_s i64.extend8_s
        i64.extend16_s i64.extend32_s f64.promote_f32`,
  };

  it('is what the replica counts', () => {
    const expected = new Map<number, number>();
    for (const [complexity, names] of Object.entries(listed)) {
      for (const name of names.split(/\s+/)) {
        const number = instructionNumber(name);
        assert.ok(number !== undefined, name);
        expected.set(number, Number(complexity));
      }
    }
    for (let number = 0; number < instructionComplexity.length; number++)
      assert.equal(instructionComplexity[number], expected.get(number) ?? 1, instructionName(number));
  });
});
