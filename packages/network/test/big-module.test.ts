/**
 * The largest modules there may be: 100 MiB, uploaded in chunks, raw and compressed.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalFromBytes, toHex } from '@myelin/core/base';
import { type CanisterInstallMode, managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { azleCanister, padModule, wat } from '@myelin/test-canisters';
import { type Actor, actor } from './candid-actor.ts';
import { nodeHasher, openNetwork, textOf } from './universal-network.ts';

const MIB = 1024 * 1024;
const MODULE_MAX = 100 * MIB;
/** Cycles: storage of some hundred MiB for the freezing period. */
const CYCLES = 1_000_000_000_000_000n;

type Upload = { readonly hashes: readonly { readonly hash: Uint8Array }[]; readonly module: Uint8Array };

/** Stores a module in the chunk store of a canister, 1 MiB at a time. */
async function upload(network: Network, store: PrincipalId, module: Uint8Array): Promise<Upload> {
  const method = managementCanister.upload_chunk;
  const hashes: { hash: Uint8Array }[] = [];
  for (let at = 0; at < module.length; at += MIB) {
    const arg = method.args.encode([{ canister_id: store, chunk: module.subarray(at, at + MIB) }]);
    const reply = await network.updateResult(MANAGEMENT_CANISTER_ID, 'upload_chunk', arg, { effectiveCanisterId: store });
    assert.equal(reply.kind, 'reply', textOf(reply));
    if (reply.kind === 'reply') hashes.push(method.result.decode(reply.data)[0]);
  }
  return { hashes, module };
}

async function installChunked(
  network: Network,
  canister: PrincipalId,
  store: PrincipalId,
  { hashes, module }: Upload,
  mode: CanisterInstallMode,
): Promise<string> {
  const arg = managementCanister.install_chunked_code.args.encode([
    {
      mode,
      target_canister: canister,
      store_canister: canister === store ? [] : [store],
      chunk_hashes_list: [...hashes],
      wasm_module_hash: nodeHasher.sha256(module),
      arg: Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0),
      sender_canister_version: [],
    },
  ]);
  const result = await network.updateResult(MANAGEMENT_CANISTER_ID, 'install_chunked_code', arg, { effectiveCanisterId: canister });
  return result.kind === 'reply' ? 'installed' : textOf(result);
}

/** Uses the guest book after it was installed. */
async function use(book: Actor): Promise<void> {
  assert.equal(await book.update('sign', '(record { author = "Ada"; "text" = "in a big module" })'), '(1 : nat32)');
  assert.match(book.query('list'), /in a big module/);
}

describe('a module of 100 MiB', () => {
  it('is installed from chunks, runs, and is upgraded to its compressed self', async () => {
    const network = openNetwork({ checkInvariants: false });
    const { wasm, candid } = await azleCanister();
    // A hundred chunks of 1 MiB, to the byte.
    const raw = padModule(wasm, MODULE_MAX - 16, { place: 'data' });
    assert.ok(raw.length > MODULE_MAX - 64 && raw.length <= MODULE_MAX, `${raw.length} bytes`);
    const store = await network.createCanister({ cycles: CYCLES });
    const id = await network.createCanister({ cycles: CYCLES });
    const rawChunks = await upload(network, store, raw);
    assert.equal(rawChunks.hashes.length, 100);
    assert.equal(await installChunked(network, id, store, rawChunks, { install: null }), 'installed');
    assert.equal(network.canister(id)?.module?.hash, toHex(nodeHasher.sha256(raw)));
    const book = actor(network, id, candid);
    await use(book);
    await book.update('set', '("kept", "yes")');

    const fork = network.fork();
    const there = actor(fork, id, candid);
    assert.match(there.query('list'), /in a big module/, 'a network without instances builds one from the state');

    await network.update(
      MANAGEMENT_CANISTER_ID,
      'clear_chunk_store',
      managementCanister.clear_chunk_store.args.encode([{ canister_id: store }]),
    );
    const gzipped = Uint8Array.from(gzipSync(padModule(wasm, MODULE_MAX - 256 * 1024, { place: 'data' }), { level: 1 }));
    assert.ok(gzipped.length > 90 * MIB && gzipped.length <= MODULE_MAX, `${gzipped.length} bytes`);
    const gzippedChunks = await upload(network, store, gzipped);
    assert.equal(await installChunked(network, id, store, gzippedChunks, { upgrade: [] }), 'installed');
    assert.equal(network.canister(id)?.module?.hash, toHex(nodeHasher.sha256(gzipped)));
    assert.equal(book.query('get', '("kept")'), '(opt "yes")');
    await use(book);
  });

  it('is the largest: one byte more is refused, and so is a stream that holds more', async () => {
    const network = openNetwork({ checkInvariants: false });
    const small = await wat('(module (import "ic0" "msg_reply" (func $reply)) (func (export "canister_query ok") (call $reply)))');
    const id = await network.createCanister({ cycles: CYCLES });
    await network.installCode(id, small);
    // A chunk may be named twice: more than the store holds can be put together.
    const chunk = await upload(network, id, new Uint8Array(MIB));
    const twice = { hashes: Array.from({ length: 101 }, () => chunk.hashes[0]!), module: new Uint8Array(101 * MIB) };
    assert.match(await installChunked(network, id, id, twice, { reinstall: null }), /^reject 5 504: .*at most 100 chunks, not 101/);
    const refusal =
      /505: .*Canister's Wasm module is not valid: Wasm module size of 1048576\d\d exceeds the maximum allowed size of 104857600/;
    const over = padModule(small, MODULE_MAX + 1, { place: 'custom' });
    const bomb = Uint8Array.from(gzipSync(over.fill(0, 4_096), { level: 9 }));
    const bombChunks = await upload(network, id, bomb);
    assert.match(await installChunked(network, id, id, bombChunks, { reinstall: null }), refusal);
    assert.equal(network.queryResult(id, 'ok').kind, 'reply', 'the old module is still there');
  });

  it('of another owner is not installed', async () => {
    const network = openNetwork({ checkInvariants: false });
    const other = principalFromBytes(Uint8Array.of(3, 3, 3, 1));
    const store = await network.createCanister({ cycles: CYCLES, sender: other });
    const id = await network.createCanister({ cycles: CYCLES });
    const module = await wat('(module)');
    const hash = nodeHasher.sha256(module);
    assert.match(
      await installChunked(network, id, store, { hashes: [{ hash }], module }, { install: null }),
      /^reject 5 512: .*controllers/s,
    );
  });
});
