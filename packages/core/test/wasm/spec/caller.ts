/**
 * Calls exported functions with exact bits.
 *
 * Numbers that pass through JavaScript lose NaN payloads, and vectors cannot pass at all. So calls with floats or vectors are made by a small
 * module that holds the arguments as constants and stores the results to its memory; many calls share one such module.
 * @module
 */
import type { FunctionType } from '../../../src/wasm/index.ts';
import { valueTypeName } from '../../../src/wasm/value-types.ts';
import type { Action, Value } from '../text/script.ts';
import { signedLeb, unsignedLeb } from '../text/numbers.ts';
import type { Exports } from './instance.ts';
import { HostValue } from './values.ts';
import type { Result } from './values.ts';

const RESULT_BYTES = 16;
const CONSTANTS: Readonly<Record<string, readonly number[]>> = { f32: [0x43], f64: [0x44], v128: [0xfd, 0x0c] };
const STORES: Readonly<Record<string, readonly number[]>> = {
  i32: [0x36, 0],
  i64: [0x37, 0],
  f32: [0x38, 0],
  f64: [0x39, 0],
  v128: [0xfd, 0x0b, 0],
};
const SIZES: Readonly<Record<string, number>> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };

/** A call that a script makes. */
export type Call = { readonly action: Action; readonly type: FunctionType };

const isReference = (type: number): boolean => type === 0x70 || type === 0x6f;

function needsModule({ params, results }: FunctionType): boolean {
  const all = [...params, ...results];
  return !all.some(isReference) && all.some((type) => type === 0x7d || type === 0x7c || type === 0x7b);
}

function bigintOf(bytes: readonly number[]): bigint {
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value |= BigInt(byte) << BigInt(8 * index);
  return value;
}

function constant(value: Value): number[] {
  if (value.kind !== 'bits') throw new Error('a reference cannot be a constant');
  const { type, bytes } = value;
  if (type === 'i32') return [0x41, ...signedLeb(BigInt.asIntN(32, bigintOf(bytes)))];
  if (type === 'i64') return [0x42, ...signedLeb(BigInt.asIntN(64, bigintOf(bytes)))];
  return [...CONSTANTS[type]!, ...bytes];
}

function sized(bytes: number[]): number[] {
  return unsignedLeb(bytes.length).concat(bytes);
}

/** Code of one call: push arguments, call, store results from the last to the first. */
function callBody(functionIndex: number, { action, type }: Call): number[] {
  const results = [...type.results];
  const locals = results.flatMap((result) => [1, result]);
  const code = action.args.flatMap(constant);
  code.push(0x10, ...unsignedLeb(functionIndex));
  for (let index = results.length - 1; index >= 0; index--) code.push(0x21, ...unsignedLeb(index));
  for (const [index, result] of results.entries()) {
    code.push(0x41, 0, 0x20, ...unsignedLeb(index), ...STORES[valueTypeName(result)]!, ...unsignedLeb(RESULT_BYTES * index));
  }
  return sized([...unsignedLeb(results.length), ...locals, ...code, 0x0b]);
}

function callerModule(calls: readonly Call[]): { readonly bytes: Uint8Array; readonly imports: readonly string[] } {
  const names = [...new Set(calls.map(({ action }) => action.name))];
  const types = names.map((name) => calls.find(({ action }) => action.name === name)!.type);
  const list = (items: readonly number[][]): number[] => unsignedLeb(items.length).concat(items.flat());
  const section = (id: number, content: number[]): number[] => [id, ...sized(content)];
  const functionTypes = types.map(({ params, results }) => [0x60, ...sized([...params]), ...sized([...results])]);
  const module = [
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, list([...functionTypes, [0x60, 0, 0]])),
    ...section(
      2,
      list(names.map((_, index) => [1, 0x66, ...sized([...String(index)].map((digit) => digit.charCodeAt(0))), 0, ...unsignedLeb(index)])),
    ),
    ...section(3, list(calls.map(() => unsignedLeb(names.length)))),
    ...section(5, [1, 0, 1]),
    ...section(
      7,
      list([
        [1, 0x6d, 2, 0],
        ...calls.map((_, index) => [
          ...sized([...String(index)].map((digit) => digit.charCodeAt(0))),
          0,
          ...unsignedLeb(names.length + index),
        ]),
      ]),
    ),
  ];
  const bodies = list(calls.map((call) => callBody(names.indexOf(call.action.name), call)));
  return { bytes: Uint8Array.from([...module, ...section(10, bodies)]), imports: names };
}

/** Calls the functions of one instance. */
export class Caller {
  private readonly prepared = new Map<Action, () => Result[]>();
  private readonly exports: Exports;

  constructor(exports: Exports) {
    this.exports = exports;
  }

  /** Prepares all calls that need a module, so that they share one. */
  prepare(calls: readonly Call[]): void {
    const mine = calls.filter(
      ({ action, type }) =>
        needsModule(type) && typeof this.exports[action.name] === 'function' && action.args.length === type.params.length,
    );
    if (mine.length === 0) return;
    const { bytes, imports } = callerModule(mine);
    const functions = Object.fromEntries(imports.map((name, index) => [String(index), this.exports[name]!]));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { f: functions });
    const memory = new Uint8Array((exports['m'] as WebAssembly.Memory).buffer);
    for (const [index, { action, type }] of mine.entries()) {
      this.prepared.set(action, () => {
        (exports[String(index)] as () => void)();
        return [...type.results].map((result, place) => ({
          bytes: [...memory.subarray(RESULT_BYTES * place, RESULT_BYTES * place + SIZES[valueTypeName(result)]!)],
        }));
      });
    }
  }

  /** Makes one call; a trap is thrown. */
  call({ action, type }: Call): Result[] {
    const prepared = this.prepared.get(action);
    if (prepared !== undefined) return prepared();
    const target = this.exports[action.name];
    if (typeof target !== 'function') throw new Error(`no exported function ${action.name}`);
    const returned: unknown = target(...action.args.map(toHost));
    const values = type.results.length === 0 ? [] : type.results.length === 1 ? [returned] : [...(returned as Iterable<unknown>)];
    return values.map((value, index) => fromHost(value, type.results[index]!));
  }
}

const externals = new Map<number, HostValue>();

function toHost(value: Value): unknown {
  if (value.kind === 'reference') {
    if (value.value === 'null') return null;
    const number = value.value === 'any' ? -1 : value.value;
    let host = externals.get(number);
    if (host === undefined) externals.set(number, (host = new HostValue(number)));
    return host;
  }
  const view = new DataView(Uint8Array.from(value.bytes).buffer);
  switch (value.type) {
    case 'i32':
      return view.getInt32(0, true);
    case 'i64':
      return view.getBigInt64(0, true);
    case 'f32':
      return view.getFloat32(0, true);
    case 'f64':
      return view.getFloat64(0, true);
    case 'v128':
      throw new Error('a vector cannot pass through JavaScript');
  }
}

/** A value as JavaScript sees it, by its WebAssembly type. */
export function fromHost(value: unknown, type: number): Result {
  const view = new DataView(new ArrayBuffer(8));
  switch (valueTypeName(type)) {
    case 'i32':
      view.setInt32(0, value as number, true);
      return { bytes: [...new Uint8Array(view.buffer, 0, 4)] };
    case 'i64':
      view.setBigInt64(0, value as bigint, true);
      return { bytes: [...new Uint8Array(view.buffer)] };
    case 'f32':
      view.setFloat32(0, value as number, true);
      return { bytes: [...new Uint8Array(view.buffer, 0, 4)] };
    case 'f64':
      view.setFloat64(0, value as number, true);
      return { bytes: [...new Uint8Array(view.buffer)] };
    default:
      return { reference: value };
  }
}
