/**
 * Which function of module `ic0` may be called where: every function in every mode of execution, for both widths of pointers.
 *
 * The table is the one of the interface specification, "Overview of imports", letter by letter. The transform of an HTTPS outcall (TQ)
 * is the one mode that nothing enters yet: outcalls are no part of this network.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PrincipalId, principalToBytes } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import type { Network } from '@myelin/network';
import { ic0Imports, wat } from '@myelin/test-canisters';
import { openNetwork, textOf } from './universal-network.ts';

type Pointer = 'i32' | 'i64';

/** `*` of the specification. */
const ALL = 'I G U RQ NRQ TQ CQ Ry Rt CRy CRt C CC F T';
const ARGUMENT = 'I U RQ NRQ TQ CQ Ry CRy F';
const CALLER_INFO = 'U RQ NRQ CQ Ry Rt CRy CRt C CC F';
const RESPOND = 'U RQ NRQ TQ CQ Ry Rt CRy CRt';
const CALL = 'U CQ Ry Rt CRy CRt T';

/** A function, where it may be called, and arguments with which it succeeds: pointers as `p`, everything else as its own type. */
type Row = { readonly modes: string; readonly args: string; readonly result?: true; readonly outcome?: RegExp; readonly only32?: true };

const noCall = /no call is under construction/;
const AMOUNT = 'l0 l0 p16';

/** Byte 0 of the memory is 'A': the name of an environment variable, a principal of one byte, no key. */
const rows: Readonly<Record<string, Row>> = {
  msg_arg_data_size: { modes: ARGUMENT, args: '', result: true },
  msg_arg_data_copy: { modes: ARGUMENT, args: 'p0 p0 p0' },
  msg_caller_size: { modes: ALL, args: '', result: true },
  msg_caller_copy: { modes: ALL, args: 'p0 p0 p0' },
  msg_caller_info_data_size: { modes: CALLER_INFO, args: '', result: true },
  msg_caller_info_data_copy: { modes: CALLER_INFO, args: 'p0 p0 p0' },
  msg_caller_info_signer_size: { modes: CALLER_INFO, args: '', result: true },
  msg_caller_info_signer_copy: { modes: CALLER_INFO, args: 'p0 p0 p0' },
  msg_reject_code: { modes: 'Ry Rt CRy CRt C', args: '', result: true },
  msg_reject_msg_size: { modes: 'Rt CRt', args: '', result: true },
  msg_reject_msg_copy: { modes: 'Rt CRt', args: 'p0 p0 p0' },
  msg_deadline: { modes: 'U RQ NRQ CQ Ry Rt CRy CRt', args: '', result: true },
  msg_reply_data_append: { modes: RESPOND, args: 'p0 p1' },
  msg_reply: { modes: RESPOND, args: '' },
  msg_reject: { modes: RESPOND, args: 'p0 p1', outcome: /406: A$/ },
  msg_cycles_available128: { modes: 'U RQ Rt Ry', args: 'p16' },
  msg_cycles_refunded128: { modes: 'Rt Ry', args: 'p16' },
  msg_cycles_accept128: { modes: 'U RQ Rt Ry', args: 'l0 l0 p16' },
  cycles_burn128: { modes: 'I G U RQ Ry Rt C T', args: 'l0 l0 p16' },
  canister_self_size: { modes: ALL, args: '', result: true },
  canister_self_copy: { modes: ALL, args: 'p0 p0 p0' },
  canister_cycle_balance128: { modes: ALL, args: 'p16' },
  canister_liquid_cycle_balance128: { modes: ALL, args: 'p16' },
  canister_status: { modes: ALL, args: '', result: true },
  canister_version: { modes: ALL, args: '', result: true },
  subnet_self_size: { modes: ALL, args: '', result: true },
  subnet_self_copy: { modes: ALL, args: 'p0 p0 p0' },
  msg_method_name_size: { modes: 'F', args: '', result: true },
  msg_method_name_copy: { modes: 'F', args: 'p0 p0 p0' },
  accept_message: { modes: 'F', args: '' },
  call_new: { modes: CALL, args: 'p0 p1 p0 p1 p0 p0 p0 p0' },
  call_on_cleanup: { modes: CALL, args: 'p0 p0', outcome: noCall },
  call_data_append: { modes: CALL, args: 'p0 p1', outcome: noCall },
  call_with_best_effort_response: { modes: CALL, args: 'i1', outcome: noCall },
  call_cycles_add128: { modes: 'U Ry Rt T', args: 'l0 l0', outcome: noCall },
  call_perform: { modes: CALL, args: '', result: true, outcome: noCall },
  stable64_size: { modes: `${ALL} s`, args: '', result: true },
  stable64_grow: { modes: `${ALL} s`, args: 'l0', result: true },
  stable64_write: { modes: `${ALL} s`, args: 'l0 l0 l0' },
  stable64_read: { modes: `${ALL} s`, args: 'l0 l0 l0' },
  root_key_size: { modes: 'I G U RQ Ry Rt C T', args: '', result: true },
  root_key_copy: { modes: 'I G U RQ Ry Rt C T', args: 'p0 p0 p0' },
  certified_data_set: { modes: 'I G U Ry Rt T', args: 'p0 p1' },
  data_certificate_present: { modes: ALL, args: '', result: true },
  data_certificate_size: { modes: 'NRQ CQ', args: '', result: true },
  data_certificate_copy: { modes: 'NRQ CQ', args: 'p0 p0 p0' },
  time: { modes: ALL, args: '', result: true },
  global_timer_set: { modes: 'I G U Ry Rt C T', args: 'l0', result: true },
  performance_counter: { modes: `${ALL} s`, args: 'i0', result: true },
  is_controller: { modes: `${ALL} s`, args: 'p0 p1', result: true },
  in_replicated_execution: { modes: `${ALL} s`, args: '', result: true },
  cost_call: { modes: `${ALL} s`, args: AMOUNT },
  cost_create_canister: { modes: `${ALL} s`, args: 'p16' },
  cost_http_request: { modes: `${ALL} s`, args: AMOUNT },
  cost_sign_with_ecdsa: { modes: `${ALL} s`, args: 'p0 p1 i0 p16', result: true },
  cost_sign_with_schnorr: { modes: `${ALL} s`, args: 'p0 p1 i0 p16', result: true },
  cost_vetkd_derive_key: { modes: `${ALL} s`, args: 'p0 p1 i0 p16', result: true },
  env_var_count: { modes: ALL, args: '', result: true },
  env_var_name_size: { modes: ALL, args: 'p0', result: true },
  env_var_name_copy: { modes: ALL, args: 'p0 p0 p0 p0' },
  env_var_name_exists: { modes: ALL, args: 'p0 p1', result: true },
  env_var_value_size: { modes: ALL, args: 'p0 p1', result: true },
  env_var_value_copy: { modes: ALL, args: 'p0 p1 p0 p0 p0' },
  debug_print: { modes: `${ALL} s`, args: 'p0 p1' },
  trap: { modes: `${ALL} s`, args: 'p0 p1', outcome: /ic0\.trap` with message: 'A'/ },
  msg_cycles_available: { modes: 'U RQ Rt Ry', args: '', result: true, only32: true },
  msg_cycles_refunded: { modes: 'Rt Ry', args: '', result: true, only32: true },
  msg_cycles_accept: { modes: 'U RQ Rt Ry', args: 'l0', result: true, only32: true },
  canister_cycle_balance: { modes: ALL, args: '', result: true, only32: true },
  call_cycles_add: { modes: 'U Ry Rt T', args: 'l0', outcome: noCall, only32: true },
  stable_size: { modes: `${ALL} s`, args: '', result: true, only32: true },
  stable_grow: { modes: `${ALL} s`, args: 'i0', result: true, only32: true },
  stable_write: { modes: `${ALL} s`, args: 'i0 i0 i0', only32: true },
  stable_read: { modes: `${ALL} s`, args: 'i0 i0 i0', only32: true },
};

function names(pointer: Pointer): readonly string[] {
  return Object.keys(rows).filter((name) => pointer === 'i32' || rows[name]?.only32 !== true);
}

function probe(name: string, pointer: Pointer): string {
  const { args, result } = rows[name]!;
  const types: Readonly<Record<string, string>> = { p: pointer, l: 'i64', i: 'i32' };
  const values = args === '' ? [] : args.split(' ').map((arg) => `(${types[arg[0]!]}.const ${arg.slice(1)})`);
  const call = `(call $${name} ${values.join(' ')})`;
  return result === true ? `(drop ${call})` : call;
}

/** Where a selection lies: the number of the function to call (255: none), the size of the peer's id, the mark, and the peer's id. */
const SELECTED = 8;
const PEER_SIZE = 9;
const MARK = 10;
const PEER = 32;
const NOTHING = 255;

/**
 * One canister with all functions. `$probe` calls the one that is selected; each entry point calls `$probe`, and tells that it went well by a
 * reply or, where there is none, by the mark that the query `marked` answers.
 */
function moduleText(pointer: Pointer, selected: number = NOTHING, extra = ''): string {
  const all = names(pointer);
  const at = (value: number): string => `(${pointer}.const ${value})`;
  const blocks = all
    .map((_, index) => `(block $b${index}`)
    .reverse()
    .join(' ');
  const targets = all.map((_, index) => `$b${index}`).join(' ');
  const bodies = all.map((name) => `)\n ${probe(name, pointer)} (return)`).join('\n');
  const call = (onReply: number, onReject: number, method: number, cleanup = ''): string =>
    `(call $call_new ${at(PEER)} (${pointer}.load8_u ${at(PEER_SIZE)}) ${at(method)} ${at(4)} ${at(onReply)} ${at(0)} ${at(onReject)} ${at(0)})
     ${cleanup} (drop (call $call_perform))`;
  const withCleanup = call(1, 1, 64, `(call $call_on_cleanup ${at(2)} ${at(0)})`);
  const answer = '(if (call $hasResponded) (then (return))) (call $msg_reply)';
  const mark = `(i32.store8 ${at(MARK)} (i32.const 1))`;
  const isSelected = (name: string): string => `(i32.eq (call $selected) (i32.const ${all.indexOf(name)}))`;
  return `(module ${ic0Imports(all, pointer)}
    ${pointer === 'i64' ? '(memory i64 1)' : '(memory 1)'}
    (table 3 funcref)
    (elem (i32.const 0) $onResponse $onTrap $onCleanup)
    (data ${at(0)} "A") (data ${at(SELECTED)} "\\${selected.toString(16).padStart(2, '0')}") (data ${at(64)} "noop") (data ${at(68)} "none")
    (func $selected (result i32) (i32.load8_u ${at(SELECTED)}))
    (func $hasResponded (result i32) (i32.or ${isSelected('msg_reply')} ${isSelected('msg_reject')}))
    (func $probe ${blocks} (block $nothing (br_table ${targets} $nothing (call $selected))) (return) ${bodies})
    (func $select (call $msg_arg_data_copy ${at(SELECTED)} ${at(0)} (call $msg_arg_data_size)))
    (func $onResponse (param ${pointer}) (call $probe) ${answer})
    (func $onTrap (param ${pointer}) (unreachable))
    (func $onCleanup (param ${pointer}) (call $probe) ${mark})
    (func (export "canister_init") (call $select) (call $probe))
    (func (export "canister_post_upgrade") (call $select) (call $probe))
    (func (export "canister_pre_upgrade") (call $probe))
    (func (export "canister_update select") (call $select) (call $msg_reply))
    (func (export "canister_update U") (call $probe) ${answer})
    (func (export "canister_query Q") (call $probe) ${answer})
    (func (export "canister_composite_query CQ") (call $probe) ${answer})
    (func (export "canister_update Ry") ${call(0, 1, 64)})
    (func (export "canister_update Rt") ${call(1, 0, 68)})
    (func (export "canister_update C") ${withCleanup})
    (func (export "canister_composite_query CRy") ${call(0, 1, 64)})
    (func (export "canister_composite_query CRt") ${call(1, 0, 68)})
    (func (export "canister_composite_query CC") ${withCleanup})
    (func (export "canister_heartbeat") (call $probe) ${mark})
    (func (export "canister_global_timer") (call $probe) ${mark})
    (func (export "canister_on_low_wasm_memory") (call $probe) ${mark})
    (func (export "canister_inspect_message") (call $probe)
      (if (i32.eqz ${isSelected('accept_message')}) (then (call $accept_message))))
    (func (export "canister_update arm") (drop (call $global_timer_set (i64.const 1))) (call $msg_reply))
    (func (export "canister_query marked") (call $msg_reply_data_append ${at(MARK)} ${at(1)}) (call $msg_reply))
    (func (export "canister_query noop") (call $msg_reply))
    ${extra})`;
}

type Bench = {
  readonly network: Network;
  readonly pointer: Pointer;
  readonly wasm: Uint8Array;
  readonly id: PrincipalId;
  readonly peer: PrincipalId;
};

const EMPTY: Uint8Array = new Uint8Array(0);

async function openBench(pointer: Pointer): Promise<Bench> {
  const network = openNetwork();
  const wasm = await wat(moduleText(pointer));
  const settings = { environment_variables: [[{ name: 'A', value: 'B' }]] as [{ name: string; value: string }[]] };
  const id = await network.deploy(wasm, { arg: EMPTY, settings });
  const peer = await network.deploy(wasm, { arg: EMPTY });
  return { network, pointer, wasm, id, peer };
}

/** Selects the function that the next entry points call, and clears the mark. */
async function select({ network, id, peer }: Bench, selected: number): Promise<void> {
  const peerBytes = principalToBytes(peer);
  const arg = new Uint8Array(PEER - SELECTED + peerBytes.length);
  arg.set([selected, peerBytes.length, 0]);
  arg.set(peerBytes, PEER - SELECTED);
  await network.update(id, 'select', arg);
}

/** What went wrong, or undefined. */
function errorOf(result: CallResult): string | undefined {
  return result.kind === 'reply' ? undefined : textOf(result);
}

async function errorOfInstall(install: Promise<void>): Promise<string | undefined> {
  try {
    await install;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** For entry points without response: the mark tells of success, the log of a trap. */
function errorOfTask({ network, id }: Bench): string | undefined {
  if (network.query(id, 'marked')[0] === 1) return undefined;
  const last = [...(network.canister(id)?.logs.values() ?? [])].at(-1);
  return last === undefined ? 'it did not run' : new TextDecoder().decode(last.content);
}

/** Calls the selected function in one mode. */
type Runner = (bench: Bench, selected: number, name: string) => Promise<string | undefined>;

function update(method: string): Runner {
  return async ({ network, id }) => errorOf(await network.updateResult(id, method, EMPTY));
}

function query(method: string): Runner {
  return async ({ network, id }) => errorOf(network.queryResult(id, method, EMPTY));
}

function task(provoke: (bench: Bench) => Promise<void>): Runner {
  return async (bench) => {
    await provoke(bench);
    return errorOfTask(bench);
  };
}

/** Letter of the specification, name for people, how our messages name the mode, and how to get there. */
const modes: readonly (readonly [letter: string, name: string, run: Runner])[] = [
  [
    'I',
    'canister_init',
    ({ network, id, wasm }, selected) => errorOfInstall(network.installCode(id, wasm, { mode: 'reinstall', arg: Uint8Array.of(selected) })),
  ],
  [
    'I',
    'canister_post_upgrade',
    ({ network, id, wasm }, selected) =>
      errorOfInstall(network.installCode(id, wasm, { mode: 'upgrade', skipPreUpgrade: true, arg: Uint8Array.of(selected) })),
  ],
  ['G', 'canister_pre_upgrade', ({ network, id, wasm }) => errorOfInstall(network.installCode(id, wasm, { mode: 'upgrade', arg: EMPTY }))],
  ['U', 'an update method', update('U')],
  ['RQ', 'a query method called as update', update('Q')],
  ['NRQ', 'a query method', query('Q')],
  ['CQ', 'a composite query method', query('CQ')],
  ['Ry', 'a reply callback', update('Ry')],
  ['Rt', 'a reject callback', update('Rt')],
  ['CRy', 'a reply callback of a composite query', query('CRy')],
  ['CRt', 'a reject callback of a composite query', query('CRt')],
  ['C', 'a cleanup callback', task(async ({ network, id }) => void (await network.updateResult(id, 'C', EMPTY)))],
  // A cleanup tells nobody that it went well; that it failed is added to the error of the callback.
  [
    'CC',
    'a cleanup callback of a composite query',
    async ({ network, id }) => {
      const [callback, ...cleanup] = textOf(network.queryResult(id, 'CC', EMPTY)).split('\n\ncall_on_cleanup also failed:\n\n');
      assert.match(callback ?? '', /Canister trapped: unreachable/);
      return cleanup[0];
    },
  ],
  ['F', 'canister_inspect_message', async ({ network, id }) => network.inspect(id, 'U')?.message],
  ['T', 'canister_heartbeat', task(({ network }) => network.tick())],
  [
    'T',
    'canister_global_timer',
    task(async ({ network, id }) => {
      await network.update(id, 'arm');
      await network.runBatch();
    }),
  ],
  [
    'T',
    'canister_on_low_wasm_memory',
    task(async ({ network, id }) => {
      await network.updateSettings(id, { wasm_memory_limit: [1n << 20n], wasm_memory_threshold: [1n << 20n] });
      await network.runBatch();
      await network.updateSettings(id, { wasm_memory_threshold: [0n] });
    }),
  ],
  [
    's',
    'start',
    async ({ network, id, pointer }, selected) =>
      errorOfInstall(
        network.installCode(id, await wat(moduleText(pointer, selected, '(start $probe)')), {
          mode: 'reinstall',
          arg: Uint8Array.of(NOTHING),
        }),
      ),
  ],
];

/** Modes that take the selection from an argument or from the module instead of from memory. */
const selectsByItself: ReadonlySet<string> = new Set(['canister_init', 'canister_post_upgrade', 'start']);

const wrongMode = (name: string): RegExp =>
  new RegExp(`504.*"ic0\\.${name}" cannot be executed in [a-z ]+ mode|contract: "ic0\\.${name}" cannot be executed in [a-z ]+ mode`);

/** What is wrong about the outcome of calling `name` in the mode `letter`; undefined when all is well. */
function complaint(name: string, letter: string, error: string | undefined): string | undefined {
  const { modes: allowed, outcome } = rows[name]!;
  if (!allowed.split(' ').includes(letter)) {
    return error !== undefined && wrongMode(name).test(error)
      ? undefined
      : `ic0.${name} must trap for its mode: ${error ?? 'it was executed'}`;
  }
  const isRight = outcome === undefined ? error === undefined : outcome.test(error ?? '');
  return isRight ? undefined : `ic0.${name} is allowed: ${error ?? 'no error'}`;
}

for (const pointer of ['i32', 'i64'] as const) {
  describe(`modes of the System API, ${pointer === 'i32' ? 'wasm32' : 'wasm64'}`, () => {
    const all = names(pointer);

    it('has every function', () => assert.equal(all.length, pointer === 'i32' ? 74 : 65));

    for (const [letter, where, run] of modes) {
      it(`${letter}: ${where}`, async () => {
        const bench = await openBench(pointer);
        const complaints: string[] = [];
        for (const [index, name] of all.entries()) {
          if (!selectsByItself.has(where)) await select(bench, index);
          const wrong = complaint(name, letter, await run(bench, index, name));
          if (wrong !== undefined) complaints.push(wrong);
        }
        assert.deepEqual(complaints, []);
      });
    }
  });
}
