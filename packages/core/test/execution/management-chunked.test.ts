import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, fromUtf8, type Hasher, MANAGEMENT_CANISTER_ID, type PrincipalId, toHex } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import type { Network } from '@myelin/network';
import {
  ALICE,
  BOB,
  canisterOf,
  decodeReply,
  deployCaller,
  encodeArgs,
  errorOf,
  manage,
  note,
  openNetwork,
  tellingModule,
  traceOf,
} from './management-network.ts';

const NOBODY = ANONYMOUS_PRINCIPAL;
const KEEP = { 'icp:private enhanced-orthogonal-persistence': '1' } as const;

function text(result: CallResult): string {
  return result.kind === 'reply' ? (fromUtf8(result.data) ?? '?') : errorOf(result);
}

function notes(network: Network, id: PrincipalId): string {
  return text(network.queryResult(id, 'notes'));
}

function number32(result: CallResult): number {
  assert.equal(result.kind, 'reply', errorOf(result));
  return result.kind === 'reply' ? new DataView(Uint8Array.from(result.data).buffer).getUint32(0, true) : -1;
}

describe('an installation that takes many slices', () => {
  const SLOW = '(call $spin (i32.const 30000000))';

  it('gives other canisters their turns, and ends as it would at once', async () => {
    const network = openNetwork();
    const id = await network.deploy(
      await tellingModule({ custom: KEEP, preUpgrade: `${SLOW} ${note.preUpgrade} (i32.store (i32.const 40) (i32.const 3))` }),
    );
    const other = await network.deploy(await tellingModule({}));
    const slow = await tellingModule({ custom: KEEP, start: `${SLOW} ${note.start}`, postUpgrade: `${SLOW} ${note.postUpgrade}` });
    const payload = encodeArgs('install_code', {
      canister_id: id,
      mode: { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }] },
      wasm_module: slow,
      arg: new Uint8Array(0),
      sender_canister_version: [],
    });
    const requestId = network.submit(MANAGEMENT_CANISTER_ID, 'install_code', payload);
    await network.runBatch();
    assert.equal(network.resultOf(requestId), undefined);
    assert.notEqual(canisterOf(network, id).paused, undefined);
    const waiting = network.submit(id, 'bump');
    await network.update(other, 'bump');
    assert.equal(network.resultOf(waiting), undefined);
    const built = network.fork();
    let batches = 0;
    for (; network.resultOf(requestId) === undefined; batches++) {
      await network.runBatch();
      if (batches % 2 === 0) built.dropCaches();
      await built.runBatch();
      assert.equal(built.digest(), network.digest(), `batch ${batches}`);
    }
    assert.equal(batches > 8, true);
    assert.equal(network.resultOf(requestId)?.kind, 'reply');
    await network.runUntilIdle();
    assert.equal(notes(network, id), 'GSP');
    assert.equal(network.resultOf(waiting)?.kind, 'reply');
  });

  it('that fails late leaves no trace', async () => {
    const network = openNetwork();
    const id = await network.deploy(
      await tellingModule({ custom: KEEP, preUpgrade: `${note.preUpgrade} (i32.store (i32.const 40) (i32.const 3))` }),
    );
    await network.update(id, 'bump');
    const before = traceOf(network, id);
    const failing = await tellingModule({ custom: KEEP, start: `${SLOW} ${note.start}`, postUpgrade: `${SLOW} (unreachable)` });
    await assert.rejects(network.installCode(id, failing, { mode: 'upgrade', wasmMemory: 'keep' }), /unreachable/);
    assert.deepEqual(traceOf(network, id), before);
    assert.equal(number32(network.queryResult(id, 'heap')), 8);
  });

  it('waits with other calls on the same canister', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ preUpgrade: SLOW }));
    const order = { canister_id: id, wasm_module: await tellingModule({}), arg: new Uint8Array(0), sender_canister_version: [] } as const;
    const upgrade = network.submit(MANAGEMENT_CANISTER_ID, 'install_code', encodeArgs('install_code', { ...order, mode: { upgrade: [] } }));
    const stop = network.submit(MANAGEMENT_CANISTER_ID, 'stop_canister', encodeArgs('stop_canister', { canister_id: id }));
    await network.runBatch();
    await network.runBatch();
    assert.equal(network.resultOf(stop), undefined);
    await network.runUntilIdle();
    assert.deepEqual([network.resultOf(upgrade)?.kind, network.resultOf(stop)?.kind], ['reply', 'reply']);
    assert.equal(canisterOf(network, id).status.kind, 'stopped');
  });
});

describe('install_chunked_code', () => {
  async function upload(
    network: Network,
    store: PrincipalId,
    wasm: Uint8Array,
    size: number,
    sender = NOBODY,
  ): Promise<{ hash: Uint8Array }[]> {
    const hashes: { hash: Uint8Array }[] = [];
    for (let start = 0; start < wasm.length; start += size) {
      const result = await manage(network, sender, 'upload_chunk', { canister_id: store, chunk: wasm.slice(start, start + size) });
      hashes.push(decodeReply('upload_chunk', result)[0]);
    }
    return hashes;
  }

  it('puts the module together from the target or from another canister, and says what is missing', async () => {
    const network = openNetwork();
    const [target, store] = [await network.createCanister(), await network.createCanister()];
    const wasm = await tellingModule({ init: note.init, preUpgrade: note.preUpgrade, postUpgrade: note.postUpgrade });
    const order = {
      target_canister: target,
      wasm_module_hash: createHash('sha256').update(wasm).digest(),
      arg: new Uint8Array(0),
      sender_canister_version: [],
    } as const;
    const own = await upload(network, target, wasm, 400);
    const installed = await manage(network, NOBODY, 'install_chunked_code', {
      ...order,
      mode: { install: null },
      store_canister: [],
      chunk_hashes_list: own,
    });
    assert.equal(errorOf(installed), 'a reply');
    assert.equal(canisterOf(network, target).module?.hash, order.wasm_module_hash.toString('hex'));
    const foreign = await upload(network, store, wasm, 300);
    const upgrade = { ...order, mode: { upgrade: [] }, store_canister: [store], chunk_hashes_list: foreign } as const;
    assert.equal(errorOf(await manage(network, NOBODY, 'install_chunked_code', upgrade)), 'a reply');
    assert.equal(notes(network, target), 'IGP');
    const reversed = await manage(network, NOBODY, 'install_chunked_code', { ...upgrade, chunk_hashes_list: foreign.toReversed() });
    assert.match(errorOf(reversed), /^5, IC0504: Error from Wasm chunk store: Wasm module hash [0-9a-f]{64} does not match given hash/);
    const listed = decodeReply('stored_chunks', await manage(network, NOBODY, 'stored_chunks', { canister_id: store }))[0];
    assert.deepEqual(
      listed.map(({ hash }) => toHex(hash)),
      foreign.map(({ hash }) => toHex(hash)).sort(),
    );
    await manage(network, NOBODY, 'clear_chunk_store', { canister_id: store });
    assert.match(
      errorOf(await manage(network, NOBODY, 'install_chunked_code', upgrade)),
      /Error from Wasm chunk store: Wasm chunk hash [0-9a-f]{64} was not found/,
    );
  });

  it('wants the caller to control the target, and the store or be it', async () => {
    const network = openNetwork();
    const target = await network.createCanister({ sender: ALICE });
    const store = await network.createCanister({ sender: BOB });
    const wasm = await tellingModule({});
    const order = {
      target_canister: target,
      mode: { install: null },
      store_canister: [store],
      chunk_hashes_list: await upload(network, store, wasm, 100_000, BOB),
      wasm_module_hash: createHash('sha256').update(wasm).digest(),
      arg: new Uint8Array(0),
      sender_canister_version: [],
    } as const;
    assert.match(errorOf(await manage(network, ALICE, 'install_chunked_code', order)), /IC0512: Only the controllers of the canister/);
    assert.match(errorOf(await manage(network, BOB, 'install_chunked_code', order)), /IC0512: Only the controllers of the canister/);
    const caller = await deployCaller(network);
    await network.updateSettings(target, { controllers: [[caller.id]] }, { sender: ALICE });
    const chunks = await caller.call('upload_chunk', [{ canister_id: caller.id, chunk: wasm }]);
    assert.equal(chunks.kind, 'reply');
    assert.equal(errorOf(await caller.call('install_chunked_code', [{ ...order, store_canister: [caller.id] }])), 'a reply');
  });

  it('reads chunks for those only who may install, and the target pays for a module that is not the one that was named', async () => {
    let hashed = 0;
    const hasher: Hasher = {
      sha256: (data) => {
        hashed += data.length;
        return createHash('sha256').update(data).digest();
      },
      sha224: (data) => createHash('sha224').update(data).digest(),
    };
    const network = openNetwork({ hasher });
    const [target, store, foreign] = [
      await network.createCanister(),
      await network.createCanister(),
      await network.createCanister({ sender: ALICE }),
    ];
    const chunk = new Uint8Array(1024 * 1024).fill(7);
    const hashes = await upload(network, store, chunk, chunk.length);
    await upload(network, target, chunk, chunk.length);
    const order = {
      mode: { install: null },
      chunk_hashes_list: hashes,
      wasm_module_hash: new Uint8Array(32),
      arg: new Uint8Array(0),
      sender_canister_version: [],
    } as const;
    hashed = 0;
    const refused = await manage(network, NOBODY, 'install_chunked_code', { ...order, target_canister: foreign, store_canister: [store] });
    assert.match(errorOf(refused), /IC0512/);
    assert.ok(hashed < chunk.length, `${hashed} bytes were hashed for a stranger`);
    for (const store_canister of [[], [store]] as const) {
      const payload = encodeArgs('install_chunked_code', { ...order, target_canister: target, store_canister });
      const before = canisterOf(network, target).balance;
      const requests = [1, 2].map(() => network.submit(MANAGEMENT_CANISTER_ID, 'install_chunked_code', payload));
      await network.runBatch();
      const [first, second] = requests.map((request) => network.resultOf(request));
      assert.ok(first !== undefined && second === undefined, 'one such module fills a batch');
      assert.match(errorOf(first), /Wasm module hash 0+ does not match/);
      await network.runUntilIdle();
      assert.ok(before - canisterOf(network, target).balance > 1_000_000_000n);
    }
  });

  it('does not care what happens to a foreign store while it is paused', async () => {
    const network = openNetwork();
    const [target, store] = [await network.createCanister(), await network.createCanister()];
    const wasm = await tellingModule({ init: `(call $spin (i32.const 30000000)) ${note.init}` });
    const payload = encodeArgs('install_chunked_code', {
      target_canister: target,
      mode: { install: null },
      store_canister: [store],
      chunk_hashes_list: await upload(network, store, wasm, 500),
      wasm_module_hash: createHash('sha256').update(wasm).digest(),
      arg: new Uint8Array(0),
      sender_canister_version: [],
    });
    const requestId = network.submit(MANAGEMENT_CANISTER_ID, 'install_chunked_code', payload);
    await network.runBatch();
    assert.notEqual(canisterOf(network, target).paused, undefined);
    assert.equal(errorOf(await manage(network, NOBODY, 'clear_chunk_store', { canister_id: store })), 'a reply');
    const rebuilt = network.fork();
    await Promise.all([network.runUntilIdle(), rebuilt.runUntilIdle()]);
    assert.equal(network.resultOf(requestId)?.kind, 'reply');
    assert.equal(rebuilt.digest(), network.digest());
    assert.equal(notes(network, target), 'I');
  });
});
