/**
 * The bits of a NaN that arithmetic makes are the canonical ones, in both of V8's compilers; what only moves bits keeps them.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { assembleText } from '../../core/test/wasm/text/script.ts';
import { RunningModule } from './support/running-module.ts';

const f32Payloads = ['nan', '-nan', 'nan:0x200001', '-nan:0x3fffff', 'nan:0x7fffff'];
const f64Payloads = ['nan', '-nan', 'nan:0x4000000000001', '-nan:0x7ffffffffffff', 'nan:0xfffffffffffff'];

type Shape = { readonly type: 'f32' | 'f64' | 'f32x4' | 'f64x2'; readonly unary: string; readonly binary: string };

const shapes: readonly Shape[] = [
  { type: 'f32', unary: 'ceil floor trunc nearest sqrt', binary: 'add sub mul div min max' },
  { type: 'f64', unary: 'ceil floor trunc nearest sqrt', binary: 'add sub mul div min max' },
  { type: 'f32x4', unary: 'ceil floor trunc nearest sqrt', binary: 'add sub mul div min max' },
  { type: 'f64x2', unary: 'ceil floor trunc nearest sqrt', binary: 'add sub mul div min max' },
];

const isVector = (type: string): boolean => type.includes('x');
const scalar = (type: string): 'f32' | 'f64' => (type.startsWith('f32') ? 'f32' : 'f64');
const constant = (type: string, value: string): string =>
  isVector(type)
    ? `(v128.const ${type} ${Array(Number(type.slice(4)))
        .fill(value)
        .join(' ')})`
    : `(${type}.const ${value})`;
const valueType = (type: string): string => (isVector(type) ? 'v128' : type);

/** Functions that store the result of an operation on two locals, so that nothing is computed at compile time. */
function operations(): { readonly text: string; readonly names: string[]; readonly widths: number[] } {
  const fields: string[] = [];
  const names: string[] = [];
  const widths: number[] = [];
  const add = (operation: string, type: string, from: string, operands: readonly string[]): void => {
    const name = `${operation} ${operands.join(' ')}`;
    names.push(name);
    widths.push(scalar(type) === 'f32' ? 4 : 8);
    const locals = operands.map(() => `(local ${valueType(from)})`).join(' ');
    const sets = operands.map((value, index) => `(local.set ${index} ${constant(from, value)})`).join(' ');
    const gets = operands.map((_, index) => `(local.get ${index})`).join(' ');
    fields.push(`(func (export "${name}") ${locals} ${sets} (${valueType(type)}.store (i32.const 0) (${operation} ${gets})))`);
  };
  for (const { type, unary, binary } of shapes) {
    const payloads = scalar(type) === 'f32' ? f32Payloads : f64Payloads;
    for (const name of unary.split(' ')) for (const payload of payloads) add(`${type}.${name}`, type, type, [payload]);
    for (const name of binary.split(' ')) {
      for (const payload of payloads) {
        add(`${type}.${name}`, type, type, [payload, '1']);
        add(`${type}.${name}`, type, type, ['1', payload]);
        add(`${type}.${name}`, type, type, [payload, '-nan']);
      }
    }
    add(`${type}.div`, type, type, ['0', '0']);
    add(`${type}.sub`, type, type, ['inf', 'inf']);
    add(`${type}.sqrt`, type, type, ['-1']);
  }
  for (const payload of f64Payloads) add('f32.demote_f64', 'f32', 'f64', [payload]);
  for (const payload of f32Payloads) add('f64.promote_f32', 'f64', 'f32', [payload]);
  for (const payload of f64Payloads) add('f32x4.demote_f64x2_zero', 'f32x4', 'f64x2', [payload]);
  for (const payload of f32Payloads) add('f64x2.promote_low_f32x4', 'f64x2', 'f32x4', [payload]);
  return { text: `(module (memory 1) ${fields.join(' ')})`, names, widths };
}

const canonical = { 4: '0000c07f', 8: '000000000000f87f' } as const;

/** Names of the operations whose stored result is not the canonical NaN. */
export function deviations(): string[] {
  const { text, names, widths } = operations();
  const running = new RunningModule(assembleText(text));
  const wrong: string[] = [];
  for (const [index, name] of names.entries()) {
    running.begin();
    running.memory.fill(0, 0, 16);
    running.call(name);
    const bits = Buffer.from(running.memory.subarray(0, widths[index])).toString('hex');
    if (bits !== canonical[widths[index] as 4 | 8]) wrong.push(`${name}: ${bits}`);
  }
  return wrong;
}

if (process.argv[2] === 'deviations') {
  process.stdout.write(JSON.stringify(deviations()));
} else {
  describe('NaN bits', () => {
    for (const compiler of ['--liftoff-only', '--no-liftoff']) {
      it(`are canonical after every operation: ${compiler}`, () => {
        const output = execFileSync(
          process.execPath,
          [compiler, '--no-wasm-tier-up', ...process.execArgv, fileURLToPath(import.meta.url), 'deviations'],
          {
            encoding: 'utf8',
            env: { ...process.env, NODE_TEST_CONTEXT: '' },
          },
        );
        assert.deepEqual(JSON.parse(output), []);
      });
    }

    const bits = (text: string): string => {
      const running = new RunningModule(
        assembleText(
          `(module (memory 1) (data (i32.const 16) "\\01\\00\\a0\\ff\\00\\00\\00\\00\\05\\00\\00\\00\\00\\00\\f4\\7f") (func $id (param f64) (result f64) (local.get 0)) (func (export "f") (local f32 f64 i32) ${text}))`,
        ),
      );
      running.begin();
      running.call('f');
      return Buffer.from(running.memory.subarray(0, 8)).toString('hex');
    };
    const load64 = '(f64.load (i32.const 24))';

    it('move unchanged through loads, stores, locals, calls, selections and signs', () => {
      assert.equal(bits('(f32.store (i32.const 0) (f32.load (i32.const 16)))'), '0100a0ff00000000');
      assert.equal(bits(`(f64.store (i32.const 0) ${load64})`), '050000000000f47f');
      assert.equal(bits(`(local.set 1 ${load64}) (f64.store (i32.const 0) (local.get 1))`), '050000000000f47f');
      assert.equal(bits(`(f64.store (i32.const 0) (call $id ${load64}))`), '050000000000f47f');
      assert.equal(bits(`(f64.store (i32.const 0) (f64.neg ${load64}))`), '050000000000f4ff');
      assert.equal(bits(`(f64.store (i32.const 0) (f64.copysign ${load64} (f64.const -1)))`), '050000000000f4ff');
      assert.equal(bits(`(f64.store (i32.const 0) (select ${load64} (f64.const 1) (i32.const 1)))`), '050000000000f47f');
    });

    const nan = '(f64.div (local.get 1) (local.get 1))';

    it('are canonical wherever a result leaves the arithmetic', () => {
      assert.equal(bits(`(f64.store (i32.const 0) (f64.neg ${nan}))`), '000000000000f8ff');
      assert.equal(bits(`(i64.store (i32.const 0) (i64.reinterpret_f64 ${nan}))`), '000000000000f87f');
      assert.equal(bits(`(f64.store (i32.const 0) (call $id ${nan}))`), '000000000000f87f');
      assert.equal(bits(`(local.set 1 ${nan}) (f64.store (i32.const 0) (local.get 1))`), '000000000000f87f');
      assert.equal(bits(`(f64.store (i32.const 0) (local.tee 1 ${nan}))`), '000000000000f87f');
      assert.equal(bits(`(f64.store (i32.const 0) (f64.add (f64.mul ${nan} (f64.const 2)) (f64.const 1)))`), '000000000000f87f');
      assert.equal(bits(`(f64.store (i32.const 0) (f64.copysign (f64.const 1) (f64.neg ${nan})))`), '000000000000f0bf');
      assert.equal(bits(`(f64.store (i32.const 0) (select (f64.const 1) ${nan} (i32.const 0)))`), '000000000000f87f');
      assert.equal(bits(`(f64.store (i32.const 0) (block (result f64) (br 0 ${nan})))`), '000000000000f87f');
      assert.equal(
        bits(`(f64.store (i32.const 0) (block (result f64) (br_if 0 ${nan} (i32.const 1)) (drop) (f64.const 1)))`),
        '000000000000f87f',
      );
      assert.equal(
        bits(`(f64.store (i32.const 0) (if (result f64) (i32.const 1) (then ${nan}) (else (f64.const 1))))`),
        '000000000000f87f',
      );
      assert.equal(
        bits(
          `(loop (local.set 1 (f64.add (local.get 1) ${nan})) (br_if 0 (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const 9)))) (f64.store (i32.const 0) (local.get 1))`,
        ),
        '000000000000f87f',
      );
      assert.equal(
        bits(
          `(local.set 1 (f64.mul ${nan} (f64.const 3))) (if (i32.const 0) (then (local.set 1 ${load64}))) (f64.store (i32.const 0) (local.get 1))`,
        ),
        '000000000000f87f',
      );
      assert.equal(
        bits(
          `(local.set 1 (f64.mul ${nan} (f64.const 3))) (if (i32.const 1) (then (local.set 1 ${load64}))) (f64.store (i32.const 0) (local.get 1))`,
        ),
        '050000000000f47f',
      );
    });
  });
}
