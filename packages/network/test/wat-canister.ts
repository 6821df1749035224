/**
 * Canisters whose entry points are a few instructions of WebAssembly, written in the test that needs them.
 */
import type { PrincipalId } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import { systemApiSignatures } from '@myelin/core/wasm';
import type { CreateCanisterOptions, Network } from '@myelin/network';
import { ic0Imports, wat } from '@myelin/test-canisters';
import { textOf } from './universal-network.ts';

/** Width of addresses. */
export type Pointer = 'i32' | 'i64';

export const pointers: readonly Pointer[] = ['i32', 'i64'];

/** Bytes of one page of the main memory. */
export const WASM_PAGE = 65_536;

export type WatCanister = {
  /** Bodies by entry point: `update run`, `query get`, `init`. */
  readonly entries: Readonly<Record<string, string>>;
  readonly pointer?: Pointer;
  /** Pages of 64 KiB; default 1. */
  readonly pages?: number;
  /** Further fields of the module: functions, data, globals, a table. */
  readonly more?: string;
};

/** Scratch memory of `$answer64`. */
const ANSWER_AT = 1_024;

/**
 * The text of a module that imports all of `ic0`, each function under its own name.
 *
 * `$answer64` replies with a number of 8 bytes, `$arg64` reads the number at a byte offset of the argument.
 */
export function watText({ entries, pointer = 'i32', pages = 1, more = '' }: WatCanister): string {
  const names = Object.keys(systemApiSignatures).filter((name) => pointer === 'i32' || systemApiSignatures[name]?.only32 !== true);
  const at = (value: number): string => `(${pointer}.const ${value})`;
  const functions = Object.entries(entries).map(([name, body]) => `(func (export "canister_${name}") ${body})`);
  return `(module ${ic0Imports(names, pointer)}
    ${pointer === 'i64' ? `(memory i64 ${pages})` : `(memory ${pages})`}
    (func $answer64 (param $value i64)
      (i64.store ${at(ANSWER_AT)} (local.get $value))
      (call $msg_reply_data_append ${at(ANSWER_AT)} ${at(8)})
      (call $msg_reply))
    (func $arg64 (param $offset ${pointer}) (result i64)
      (call $msg_arg_data_copy ${at(ANSWER_AT)} (local.get $offset) ${at(8)})
      (i64.load ${at(ANSWER_AT)}))
    (func $arg (param $offset ${pointer}) (result ${pointer})
      ${pointer === 'i64' ? '(call $arg64 (local.get $offset))' : '(i32.wrap_i64 (call $arg64 (local.get $offset)))'})
    ${functions.join('\n')}
    ${more})`;
}

export async function watModule(canister: WatCanister): Promise<Uint8Array> {
  return await wat(watText(canister));
}

const EMPTY: Uint8Array = new Uint8Array(0);

export async function deployWat(
  network: Network,
  canister: WatCanister,
  options: CreateCanisterOptions & { readonly arg?: Uint8Array } = {},
): Promise<PrincipalId> {
  return await network.deploy(await watModule(canister), { arg: EMPTY, ...options });
}

/** Runs a body as an update method of a canister of its own. */
export async function runWat(
  network: Network,
  body: string,
  canister: Omit<WatCanister, 'entries'> = {},
  arg: Uint8Array = EMPTY,
): Promise<CallResult> {
  const id = await deployWat(network, { ...canister, entries: { 'update run': body } });
  return await network.updateResult(id, 'run', arg);
}

/** Numbers as 8 bytes each, little-endian. */
export function numbers(...values: readonly (number | bigint)[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setBigUint64(8 * index, BigInt.asUintN(64, BigInt(value)), true));
  return bytes;
}

/** Bytes of a reply. */
export function bytesOf(result: CallResult): Uint8Array {
  if (result.kind === 'reject') throw new Error(textOf(result));
  return result.data;
}

/** The 8-byte numbers of a reply. */
export function wordsOf(result: CallResult): bigint[] {
  const data = bytesOf(result);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length / 8 }, (_, index) => view.getBigUint64(8 * index, true));
}
