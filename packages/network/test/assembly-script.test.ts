/**
 * A canister in AssemblyScript with its garbage collector: a list of texts, a map, upgrades through stable memory.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrincipalId } from '@myelin/core/base';
import type { Network } from '@myelin/network';
import { assembleAssemblyScript } from '@myelin/test-canisters';
import { numberOf, openNetwork, textOf } from './universal-network.ts';

const NOTES = `
@external("ic0", "msg_arg_data_size") declare function msg_arg_data_size(): i32;
@external("ic0", "msg_arg_data_copy") declare function msg_arg_data_copy(dst: usize, offset: i32, size: i32): void;
@external("ic0", "msg_reply_data_append") declare function msg_reply_data_append(src: usize, size: i32): void;
@external("ic0", "msg_reply") declare function msg_reply(): void;
@external("ic0", "stable64_size") declare function stable64_size(): u64;
@external("ic0", "stable64_grow") declare function stable64_grow(pages: u64): u64;
@external("ic0", "stable64_write") declare function stable64_write(offset: u64, src: u64, size: u64): void;
@external("ic0", "stable64_read") declare function stable64_read(dst: u64, offset: u64, size: u64): void;

let notes = new Map<string, i32>();
let order: string[] = [];

function argument(): string {
  const size = msg_arg_data_size();
  const buffer = new ArrayBuffer(size);
  msg_arg_data_copy(changetype<usize>(buffer), 0, size);
  return String.UTF8.decode(buffer);
}

function reply(text: string): void {
  const buffer = String.UTF8.encode(text);
  msg_reply_data_append(changetype<usize>(buffer), buffer.byteLength);
  msg_reply();
}

export function canister_update__note(): void {
  const text = argument();
  if (!notes.has(text)) order.push(text);
  notes.set(text, (notes.has(text) ? notes.get(text) : 0) + 1);
  reply(order.length.toString() + " " + notes.get(text).toString());
}

/** Makes garbage: thousands of strings that nobody keeps. */
export function canister_update__churn(): void {
  let total = 0;
  for (let index = 0; index < 20000; index++) total += ("note " + index.toString()).length;
  reply(total.toString());
}

export function canister_update__noteThenTrap(): void {
  order.push(argument());
  unreachable();
}

export function canister_query__all(): void {
  reply(order.join("|"));
}

export function canister_query__pages(): void {
  const buffer = new ArrayBuffer(8);
  store<u64>(changetype<usize>(buffer), memory.size());
  msg_reply_data_append(changetype<usize>(buffer), 8);
  msg_reply();
}

export function canister_pre_upgrade(): void {
  const buffer = String.UTF8.encode(order.join("|"));
  if (stable64_size() === 0) stable64_grow(1);
  const size = new ArrayBuffer(4);
  store<i32>(changetype<usize>(size), buffer.byteLength);
  stable64_write(0, changetype<usize>(size), 4);
  stable64_write(4, changetype<usize>(buffer), buffer.byteLength);
}

export function canister_post_upgrade(): void {
  const size = new ArrayBuffer(4);
  stable64_read(changetype<usize>(size), 0, 4);
  const buffer = new ArrayBuffer(load<i32>(changetype<usize>(size)));
  stable64_read(changetype<usize>(buffer), 4, buffer.byteLength);
  order = String.UTF8.decode(buffer).split("|");
  for (let index = 0; index < order.length; index++) notes.set(order[index], 1);
}
`;

type Notes = {
  readonly id: PrincipalId;
  readonly wasm: Uint8Array;
  readonly update: (method: string, text?: string) => Promise<string>;
  readonly all: () => string;
};

const encoder = new TextEncoder();

async function deploy(network: Network): Promise<Notes> {
  const wasm = await assembleAssemblyScript(NOTES, { runtime: 'incremental' });
  const id = await network.deploy(wasm, { arg: new Uint8Array(0) });
  return {
    id,
    wasm,
    update: async (method, text = '') => textOf(await network.updateResult(id, method, encoder.encode(text))),
    all: () => textOf(network.queryResult(id, 'all', new Uint8Array(0))),
  };
}

describe('an AssemblyScript canister', () => {
  it('keeps lists and maps in its heap, and nothing of a message that trapped', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    assert.equal(await a.update('note', 'Grüße'), '1 1');
    assert.equal(await a.update('note', 'second'), '2 1');
    assert.equal(await a.update('note', 'Grüße'), '2 2');
    assert.match(await a.update('noteThenTrap', 'lost'), /^reject 5 502: .*unreachable/);
    assert.equal(a.all(), 'Grüße|second');
  });

  it('collects its garbage: the heap stops growing', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    const pages = (): bigint => numberOf(network.queryResult(a.id, 'pages', new Uint8Array(0)));
    for (let count = 0; count < 5; count++) assert.equal(await a.update('churn'), '188890');
    const settled = pages();
    for (let count = 0; count < 20; count++) await a.update('churn');
    assert.equal(pages(), settled);
    assert.equal(network.canister(a.id)?.heap.wasmPages, Number(settled));
  });

  it('carries its notes over an upgrade', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    for (const note of ['one', 'two', 'three']) await a.update('note', note);
    await network.installCode(a.id, a.wasm, { mode: 'upgrade', arg: new Uint8Array(0) });
    assert.equal(a.all(), 'one|two|three');
    assert.equal(await a.update('note', 'two'), '3 2');
  });
});
