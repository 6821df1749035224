/**
 * Calls to the management canister in a network inside the process, by users and by canisters.
 */
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalFromBytes, principalToBytes, toHex } from '@myelin/core/base';
import { type CanisterSettings, type ManagementCanister, managementCanister } from '@myelin/core/candid';
import type { CallResult } from '@myelin/core/execution';
import type { CanisterState } from '@myelin/core/state';
import { createNetwork, type Network, type NetworkOptions } from '@myelin/network';
import { script, universalCanister, wat } from '@myelin/test-canisters';

export type MethodName = keyof ManagementCanister;
export type ArgsOf<M extends MethodName> = Parameters<ManagementCanister[M]['args']['encode']>[0];
export type ResultOf<M extends MethodName> = ReturnType<ManagementCanister[M]['result']['decode']>;

/** Users that are neither controllers nor anonymous unless a test says so. */
export const ALICE: PrincipalId = principalFromBytes(Uint8Array.of(1, 2, 3, 1));
export const BOB: PrincipalId = principalFromBytes(Uint8Array.of(1, 2, 3, 2));

export const NO_SETTINGS: CanisterSettings = {
  controllers: [],
  compute_allocation: [],
  memory_allocation: [],
  freezing_threshold: [],
  reserved_cycles_limit: [],
  minimum_incoming_canister_call_cycles: [],
  log_visibility: [],
  log_memory_limit: [],
  snapshot_visibility: [],
  status_visibility: [],
  wasm_memory_limit: [],
  wasm_memory_threshold: [],
  environment_variables: [],
};

export function openNetwork(options: NetworkOptions = {}): Network {
  return createNetwork({ checkInvariants: true, ...options });
}

export function encodeArgs<M extends MethodName>(method: M, ...args: ArgsOf<M>): Uint8Array {
  return (managementCanister[method].args.encode as (values: ArgsOf<M>) => Uint8Array)(args);
}

export function decodeReply<M extends MethodName>(method: M, result: CallResult): ResultOf<M> {
  if (result.kind === 'reject') throw new Error(`${method} was rejected: ${errorOf(result)}`);
  return managementCanister[method].result.decode(result.data) as ResultOf<M>;
}

/** `reject code, error code: message`. */
export function errorOf(result: CallResult): string {
  return result.kind === 'reject' ? `${result.rejectCode}, IC0${result.errorCode}: ${result.message}` : 'a reply';
}

/** An update call of a user, straight into the next batch: without the checks of a pool. */
export async function manage<M extends MethodName>(
  network: Network,
  sender: PrincipalId,
  method: M,
  ...args: ArgsOf<M>
): Promise<CallResult> {
  return await network.updateResult(MANAGEMENT_CANISTER_ID, method, encodeArgs(method, ...args), { sender });
}

/** A call of a canister. */
export type CanisterCaller = {
  readonly id: PrincipalId;
  /** Calls a method; the reply, or a reject with the code that the canister saw (and no error code: canisters see none). */
  call<M extends MethodName>(method: M, args: ArgsOf<M>, cycles?: bigint): Promise<CallResult>;
  callRaw(method: string, payload: Uint8Array, cycles?: bigint): Promise<CallResult>;
};

const { program, reply, argument, rejectCode, rejectMessage, concat, bytes } = script;

/** A universal canister that calls the management canister. */
export async function deployCaller(
  network: Network,
  options: { readonly cycles?: bigint; readonly controller?: PrincipalId } = {},
): Promise<CanisterCaller> {
  const id = await network.createCanister({
    ...(options.cycles === undefined ? {} : { cycles: options.cycles }),
    ...(options.controller === undefined ? {} : { sender: options.controller }),
  });
  const sender = options.controller === undefined ? {} : { sender: options.controller };
  await network.installCode(id, await universalCanister(), { arg: program(), ...sender });
  return callerOf(network, id);
}

export function callerOf(network: Network, id: PrincipalId): CanisterCaller {
  const callRaw = async (method: string, payload: Uint8Array, cycles = 0n): Promise<CallResult> => {
    const result = await network.updateResult(
      id,
      'update',
      program(
        script.call({
          callee: new Uint8Array(0),
          method,
          argument: bytes(payload),
          cycles,
          onReply: program(reply(concat(bytes(Uint8Array.of(0)), argument()))),
          onReject: program(reply(concat(rejectCode(), rejectMessage()))),
        }),
      ),
    );
    if (result.kind === 'reject') throw new Error(`the calling canister failed: ${errorOf(result)}`);
    if (result.data[0] === 0) return { kind: 'reply', data: result.data.subarray(1) };
    return { kind: 'reject', rejectCode: result.data[0]!, message: new TextDecoder().decode(result.data.subarray(8)), errorCode: 0 };
  };
  return { id, callRaw, call: async (method, args, cycles) => await callRaw(method, encodeArgs(method, ...args), cycles) };
}

export function canisterOf(network: Network, id: PrincipalId): CanisterState {
  const canister = network.canister(id);
  if (canister === undefined) throw new Error('there is no such canister');
  return canister;
}

/** Everything of a canister that an operation without effect must leave alone; cycles and log apart. */
export function traceOf(network: Network, id: PrincipalId): unknown {
  const {
    edit: _edit,
    heap,
    heapToken: _token,
    module,
    stable,
    balance: _balance,
    consumedCycles: _consumed,
    logs: _logs,
    ...rest
  } = canisterOf(network, id);
  const {
    nextLogIndex: _next,
    logBytes: _bytes,
    countedBytes: _counted,
    reservedBytes: _reserved,
    managementQueue: _m,
    inputQueue: _i,
    ingressQueue: _g,
    ...record
  } = rest;
  const pagesOf = (map: typeof stable): [number, string][] => [...map.entries()].map(([index, page]) => [index, toHex(page)]);
  return {
    ...record,
    chunkStore: [...record.chunkStore.keys()],
    module: module?.hash,
    heap: pagesOf(heap.pages),
    wasmPages: heap.wasmPages,
    globals: toHex(heap.globals),
    stable: pagesOf(stable),
  };
}

/**
 * A module whose parts say what they did: the text of each entry point that ran is appended to a log in stable memory, and a counter
 * lives in the heap and in a global.
 */
export async function tellingModule(options: {
  readonly start?: string;
  readonly init?: string;
  readonly preUpgrade?: string;
  readonly postUpgrade?: string;
  readonly custom?: Readonly<Record<string, string>>;
  readonly more?: string;
}): Promise<Uint8Array> {
  const entry = (name: string, body: string | undefined): string =>
    body === undefined ? '' : `(func (export "canister_${name}") ${body})`;
  const bytesOf = await wat(`(module
    (import "ic0" "msg_reply" (func $reply))
    (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
    (import "ic0" "stable_grow" (func $stable_grow (param i32) (result i32)))
    (import "ic0" "stable_size" (func $stable_size (result i32)))
    (import "ic0" "stable_write" (func $stable_write (param i32 i32 i32)))
    (import "ic0" "stable_read" (func $stable_read (param i32 i32 i32)))
    (import "ic0" "certified_data_set" (func $certify (param i32 i32)))
    (import "ic0" "global_timer_set" (func $timer (param i64) (result i64)))
    (import "ic0" "canister_version" (func $version (result i64)))
    (import "ic0" "debug_print" (func $print (param i32 i32)))
    (import "ic0" "trap" (func $trap (param i32 i32)))
    (memory 1)
    (global $counter (mut i32) (i32.const 7))
    (data (i32.const 100) "SIGPT!")
    (func $ensure (if (i32.eqz (call $stable_size)) (then (drop (call $stable_grow (i32.const 1))))))
    (func $note (param $letter i32) (local $at i32)
      (call $ensure)
      (call $stable_read (i32.const 0) (i32.const 0) (i32.const 4))
      (local.set $at (i32.load (i32.const 0)))
      (i32.store (i32.const 0) (i32.add (local.get $at) (i32.const 1)))
      (call $stable_write (i32.const 0) (i32.const 0) (i32.const 4))
      (call $stable_write (i32.add (i32.const 4) (local.get $at)) (local.get $letter) (i32.const 1)))
    (func $spin (param $n i32) (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    ${options.start === undefined ? '' : `(func $start ${options.start}) (start $start)`}
    ${entry('init', options.init)}
    ${entry('pre_upgrade', options.preUpgrade)}
    ${entry('post_upgrade', options.postUpgrade)}
    (func (export "canister_update bump")
      (global.set $counter (i32.add (global.get $counter) (i32.const 1)))
      (i32.store (i32.const 40) (global.get $counter))
      (call $append (i32.const 40) (i32.const 4)) (call $reply))
    (func (export "canister_query heap") (call $append (i32.const 40) (i32.const 4)) (call $reply))
    (func (export "canister_query global")
      (i32.store (i32.const 60) (global.get $counter)) (call $append (i32.const 60) (i32.const 4)) (call $reply))
    (func (export "canister_query notes")
      (if (i32.eqz (call $stable_size)) (then (call $reply) (return)))
      (call $stable_read (i32.const 200) (i32.const 0) (i32.const 64))
      (call $append (i32.const 204) (i32.load (i32.const 200))) (call $reply))
    (func (export "canister_query ok") (call $reply))
    ${options.more ?? ''})`);
  return options.custom === undefined ? bytesOf : withCustomSections(bytesOf, options.custom);
}

/** Notes the letter of an entry point: S start, I init, G pre_upgrade, P post_upgrade, T other. */
export const note = {
  start: '(call $note (i32.const 100))',
  init: '(call $note (i32.const 101))',
  preUpgrade: '(call $note (i32.const 102))',
  postUpgrade: '(call $note (i32.const 103))',
} as const;

export function withCustomSections(wasm: Uint8Array, sections: Readonly<Record<string, string>>): Uint8Array {
  const parts = [wasm];
  for (const [name, text] of Object.entries(sections)) {
    const nameBytes = new TextEncoder().encode(name);
    const content = new TextEncoder().encode(text);
    parts.push(Uint8Array.of(0, 1 + nameBytes.length + content.length, nameBytes.length, ...nameBytes, ...content));
  }
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export const bytesOfId: (id: PrincipalId) => Uint8Array = principalToBytes;
