/**
 * Parser and validator against changed and random modules: they answer every input soon, never accept what V8 refuses, and are stricter by
 * named rules only. What they accept survives the instrumentation.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import {
  MAIN_PAGES_MAX_32,
  RESERVED_EXPORT_PREFIX,
  decodeCanisterModule,
  instrumentModule,
  parseModule,
  validateModule,
} from '../../src/wasm/index.ts';
import type { ParsedModule } from '../../src/wasm/index.ts';
import { EXTERNREF, FUNCREF } from '../../src/wasm/value-types.ts';
import { mutate, randomBytes } from './fuzz/mutate.ts';
import { randomModule } from './fuzz/random-body.ts';
import { Random } from './fuzz/random.ts';
import { assembleText, parseScript } from './text/script.ts';

const seconds = Number(process.env['MYELIN_FUZZ_SECONDS'] ?? '3');
const seed = Number(process.env['MYELIN_FUZZ_SEED'] ?? Math.floor(Date.now() % 2 ** 31));
const MILLISECONDS_MAX = 5000;

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const folder = join(process.env['MYELIN_VECTORS'] ?? join(repository, '../shared/vectors'), 'wasm-spec');

/** Modules to change: our own, and some of the WebAssembly test suite where it is present. */
function corpus(): Uint8Array[] {
  const modules = [
    assembleText(
      '(module (import "ic0" "msg_reply" (func $r)) (memory 1 2) (data (i32.const 8) "abc") (func (export "canister_update a") (i32.store (i32.const 0) (i32.const 1)) (call $r)))',
    ),
    assembleText(
      '(module (table 2 funcref) (elem (i32.const 0) $f) (global $g (mut i64) (i64.const 1)) (func $f (export "f") (param i32) (result i32 i64) (local f64) (block (br_table 0 0 (local.get 0))) (i32.const 1) (global.get $g)) (start $s) (func $s))',
    ),
    assembleText(
      '(module (memory i64 1) (func (param i64 v128) (v128.store (local.get 0) (i8x16.add (local.get 1) (local.get 1))) (memory.fill (local.get 0) (i32.const 0) (local.get 0))))',
    ),
  ];
  for (const file of [
    'block',
    'call_indirect',
    'data',
    'elem',
    'br_table',
    'select',
    'simd_lane',
    'table_init',
    'memory_grow64',
    'return_call_indirect',
    'global',
    'imports',
    'func',
  ]) {
    const path = join(folder, `${file}.wast`);
    if (!existsSync(path)) continue;
    for (const command of parseScript(readFileSync(path, 'latin1')))
      if ('module' in command && command.module.form === 'binary' && modules.length < 1000) modules.push(command.module.bytes);
  }
  return modules;
}

/** What the instrumentation takes beyond canisters, so that more of it is tried. */
function isHostable(module: ParsedModule): boolean {
  return (
    module.imports.every(({ kind }) => kind === 'function') &&
    module.globals.every(({ type, mutable }) => !mutable || (type !== FUNCREF && type !== EXTERNREF)) &&
    module.memories.every(({ min }) => min <= BigInt(MAIN_PAGES_MAX_32)) &&
    !module.exports.some(({ name }) => name.startsWith(RESERVED_EXPORT_PREFIX))
  );
}

type Verdict = { readonly module: ParsedModule | undefined; readonly rule: string; readonly message: string };

function judge(bytes: Uint8Array): Verdict {
  const start = performance.now();
  const parsed = parseModule(bytes);
  const valid = parsed.ok ? validateModule(parsed.value, 'webassembly') : parsed;
  const canister = parsed.ok && valid.ok ? validateModule(parsed.value) : undefined;
  const took = performance.now() - start;
  assert.ok(took < MILLISECONDS_MAX, `${took} ms for ${bytes.length} bytes`);
  if (parsed.ok && valid.ok) {
    if (canister?.ok === true || isHostable(parsed.value))
      assert.ok(WebAssembly.validate(instrumentModule(parsed.value).bytes), 'an accepted module is valid after instrumentation');
    return { module: parsed.value, rule: '', message: '' };
  }
  const { rule, message } = valid.ok ? { rule: '', message: '' } : valid.error;
  return { module: undefined, rule, message };
}

/** Rules by which we are stricter than V8; and V8 takes numbers for the element type of an empty segment, against the specification. */
const STRICTER = /^WASM_(FEATURE|LIMIT)_|^WASM_TYPE_ENCODING .*malformed type 0x7[b-f] /;

/** V8 refuses declared maxima beyond 16 GiB, which the instrumentation lowers. */
function declaresLargeMemory(module: ParsedModule): boolean {
  return module.memories.some(({ is64, max }) => is64 && max !== undefined && max > 262_144n);
}

function compare(bytes: Uint8Array): boolean {
  const { module, rule, message } = judge(bytes);
  const v8 = WebAssembly.validate(bytes);
  if (module !== undefined) assert.ok(v8 || declaresLargeMemory(module), 'accepted, but V8 refuses');
  else if (v8) assert.match(`${rule} ${message}`, STRICTER);
  return module !== undefined;
}

/** Runs `check` on new inputs until the time is over; a failure names seed, iteration and bytes. */
function fuzz(share: number, make: (random: Random) => Uint8Array, check: (bytes: Uint8Array) => boolean): string {
  const end = performance.now() + 1000 * seconds * share;
  let count = 0;
  let accepted = 0;
  for (; performance.now() < end || count < 20; count++) {
    const bytes = make(new Random(Math.imul(seed, 0x9e3779b1) + count));
    try {
      if (check(bytes)) accepted++;
    } catch (error) {
      throw new Error(`seed ${seed}, input ${count}: ${String(error)}\n${Buffer.from(bytes.subarray(0, 2000)).toString('hex')}`, {
        cause: error,
      });
    }
  }
  return `seed ${seed}: ${count} inputs, ${accepted} accepted`;
}

describe('parser and validator on hostile modules', () => {
  it('changed modules: never laxer than V8, stricter by named rules only', (context) => {
    const modules = corpus();
    context.diagnostic(fuzz(0.4, (random) => mutate(random.pick(modules), random), compare));
  });

  it('random bodies: the same verdict as V8', (context) => {
    context.diagnostic(fuzz(0.4, randomModule, compare));
  });

  it('random bytes: an answer, soon', (context) => {
    context.diagnostic(fuzz(0.1, randomBytes, compare));
  });

  it('changed gzip streams: an answer, and the content only when nothing was changed', (context) => {
    const content = assembleText(`(module ${'(func (drop (i64.const 123456789)))'.repeat(200)})`);
    const compressed = Uint8Array.from(gzipSync(content));
    context.diagnostic(
      fuzz(
        0.1,
        (random) => mutate(compressed, random),
        (bytes) => {
          const decoded = decodeCanisterModule(bytes);
          if (decoded.ok) assert.deepEqual(decoded.value, content);
          return decoded.ok;
        },
      ),
    );
  });
});
