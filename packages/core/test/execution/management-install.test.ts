import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, fromUtf8, type PrincipalId, toHex } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import type { Network } from '@myelin/network';
import { wat } from '@myelin/test-canisters';
import {
  ALICE,
  canisterOf,
  deployCaller,
  errorOf,
  manage,
  note,
  openNetwork,
  tellingModule,
  traceOf,
  withCustomSections,
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

describe('install_code', () => {
  it('runs start, then init; sets module, timestamps, history and version', async () => {
    const network = openNetwork();
    const id = await network.createCanister();
    network.advanceTime({ seconds: 5 });
    const wasm = await tellingModule({ start: note.start, init: note.init });
    await network.installCode(id, wasm);
    assert.equal(notes(network, id), 'SI');
    const canister = canisterOf(network, id);
    assert.equal(canister.version, 1);
    assert.equal(canister.installedNs, network.timeNs);
    assert.equal(canister.createdNs < canister.installedNs, true);
    assert.equal(canister.historyLength, 2);
    const last = canister.history.at(-1);
    assert.deepEqual(last?.details, { kind: 'code_deployment', mode: 'install', moduleHash: canister.module?.hash });
    assert.equal(last?.canisterVersion, 1);
    assert.deepEqual(last?.origin, { kind: 'user', id: NOBODY });
  });

  it('installs a module without start, init, memory or globals', async () => {
    const network = openNetwork();
    const id = await network.deploy(
      await wat(`(module (import "ic0" "msg_reply" (func $reply)) (func (export "canister_query ok") (call $reply)))`),
    );
    assert.equal(network.queryResult(id, 'ok').kind, 'reply');
  });

  it('passes argument and caller to init', async () => {
    const network = openNetwork();
    const wasm = await wat(`(module
      (import "ic0" "msg_arg_data_size" (func $size (result i32)))
      (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
      (import "ic0" "msg_caller_copy" (func $caller (param i32 i32 i32)))
      (import "ic0" "msg_caller_size" (func $caller_size (result i32)))
      (import "ic0" "debug_print" (func $print (param i32 i32)))
      (memory 1)
      (func (export "canister_init")
        (call $copy (i32.const 0) (i32.const 0) (call $size))
        (call $print (i32.const 0) (call $size))
        (call $caller (i32.const 0) (i32.const 0) (call $caller_size))
        (call $print (i32.const 0) (call $caller_size))))`);
    const id = await network.deploy(wasm, { arg: new TextEncoder().encode('hello'), sender: ALICE });
    assert.deepEqual(
      [...canisterOf(network, id).logs.values()].map(({ content }) => toHex(content)),
      [toHex(new TextEncoder().encode('hello')), ALICE],
    );
  });

  it('refuses to install on a canister with code, to upgrade one without, and callers that are no controllers', async () => {
    const network = openNetwork();
    const wasm = await tellingModule({ init: note.init });
    const id = await network.createCanister();
    const order = { canister_id: id, wasm_module: wasm, arg: new Uint8Array(0), sender_canister_version: [] } as const;
    const upgrade = await manage(network, NOBODY, 'install_code', { ...order, mode: { upgrade: [] } });
    assert.match(errorOf(upgrade), /^5, IC0537: Error from Canister .* contains no Wasm module$/);
    await network.installCode(id, wasm);
    const again = await manage(network, NOBODY, 'install_code', { ...order, mode: { install: null } });
    assert.match(
      errorOf(again),
      /^5, IC0514: Canister .* cannot be installed because the canister is not empty\. Try installing with mode='reinstall' instead\.$/,
    );
    const foreign = await manage(network, ALICE, 'install_code', { ...order, mode: { reinstall: null } });
    assert.match(
      errorOf(foreign),
      /^5, IC0512: Only the controllers of the canister [a-z0-9-]+ can control it\.\nCanister's controllers: 2vxsx-fae\nSender's ID: [a-z0-9-]+$/,
    );
  });

  it('reinstall drops heap, stable memory, certified data, timer and log', async () => {
    const network = openNetwork();
    const init = `${note.init} (call $certify (i32.const 100) (i32.const 3)) (drop (call $timer (i64.const 9000000000000000000))) (call $print (i32.const 100) (i32.const 2))`;
    const id = await network.deploy(await tellingModule({ init }));
    await network.update(id, 'bump');
    assert.equal(network.state.timers.size, 1);
    assert.equal(canisterOf(network, id).certifiedData.length, 3);
    await network.installCode(id, await tellingModule({}), { mode: 'reinstall' });
    const canister = canisterOf(network, id);
    assert.equal(notes(network, id), '');
    assert.equal(number32(network.queryResult(id, 'heap')), 0);
    assert.equal(number32(network.queryResult(id, 'global')), 7);
    assert.equal(canister.stablePages, 0);
    assert.equal(canister.certifiedData.length, 0);
    assert.equal(canister.globalTimerNs, 0n);
    assert.equal(network.state.timers.size, 0);
    assert.equal(canister.logs.size, 0);
    assert.equal(canister.history.at(-1)?.details.kind, 'code_deployment');
  });

  it('keeps the index of heartbeats', async () => {
    const network = openNetwork();
    const beating = await tellingModule({ more: '(func (export "canister_heartbeat"))' });
    const id = await network.deploy(beating);
    assert.equal(network.state.heartbeats.has(id), true);
    await network.installCode(id, await tellingModule({}), { mode: 'upgrade' });
    assert.equal(network.state.heartbeats.has(id), false);
  });

  it('charges compiling and executing, and nothing else disappears', async () => {
    const network = openNetwork({ nodes: 13 });
    const id = await network.createCanister();
    const before = canisterOf(network, id);
    await network.installCode(id, await tellingModule({ init: '(call $spin (i32.const 1000000))' }));
    const after = canisterOf(network, id);
    const compile = 6000n * BigInt(after.module?.instrumented.instructionCount ?? 0);
    const paid = before.balance - after.balance;
    assert.equal(paid, after.consumedCycles - before.consumedCycles);
    assert.equal(paid > compile + 3_000_000n + 5_000_000n, true, `paid ${paid} for ${compile} and a million turns`);
    assert.equal(paid < compile + 30_000_000n, true);
  });

  it('needs cycles for the longest installation', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ cycles: 200_000_000_000n });
    const result = await manage(network, NOBODY, 'install_code', {
      canister_id: id,
      mode: { install: null },
      wasm_module: await tellingModule({}),
      arg: new Uint8Array(0),
      sender_canister_version: [],
    });
    assert.match(
      errorOf(result),
      /^2, IC0207: Canister installation failed with `Canister [a-z0-9-]+ is out of cycles: please top up the canister with at least \d+ additional cycles`$/,
    );
    assert.equal(canisterOf(network, id).module, undefined);
  });
});

describe('an upgrade', () => {
  it('runs pre_upgrade, start and post_upgrade; keeps stable memory and certified data, drops heap, globals and timer', async () => {
    const network = openNetwork();
    const certify = '(call $certify (i32.const 100) (i32.const 3))';
    const old = await tellingModule({
      init: `${note.init} ${certify} (drop (call $timer (i64.const 9000000000000000000)))`,
      preUpgrade: note.preUpgrade,
    });
    const id = await network.deploy(old);
    await network.update(id, 'bump');
    await network.installCode(id, await tellingModule({ start: note.start, postUpgrade: note.postUpgrade }), { mode: 'upgrade' });
    assert.equal(notes(network, id), 'IGSP');
    assert.equal(number32(network.queryResult(id, 'heap')), 0);
    assert.equal(number32(network.queryResult(id, 'global')), 7);
    const canister = canisterOf(network, id);
    assert.equal(toHex(canister.certifiedData), toHex(new TextEncoder().encode('SIG')));
    assert.equal(canister.globalTimerNs, 0n);
    assert.equal(network.state.timers.size, 0);
    assert.equal(canister.version, 3);
  });

  it('skips pre_upgrade when told so', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ preUpgrade: '(unreachable)' }));
    const broken = network.installCode(id, await tellingModule({}), { mode: 'upgrade' });
    await assert.rejects(broken, /Canister trapped: unreachable/);
    await network.installCode(id, await tellingModule({ postUpgrade: note.postUpgrade }), { mode: 'upgrade', skipPreUpgrade: true });
    assert.equal(notes(network, id), 'P');
  });

  it('shows pre_upgrade the old and post_upgrade the new version', async () => {
    const network = openNetwork();
    const print = '(i64.store (i32.const 0) (call $version)) (call $print (i32.const 0) (i32.const 1))';
    const id = await network.deploy(await tellingModule({ preUpgrade: print }));
    await network.installCode(id, await tellingModule({ postUpgrade: print }), { mode: 'upgrade' });
    assert.deepEqual(
      [...canisterOf(network, id).logs.values()].map(({ content }) => content[0]),
      [1, 2],
    );
  });

  it('that keeps the heap has it in place before start, and what pre_upgrade did to it; globals start anew', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ custom: KEEP, preUpgrade: '(i32.store (i32.const 44) (i32.const 5))' }));
    await network.update(id, 'bump');
    const start = '(i32.store (i32.const 40) (i32.add (i32.load (i32.const 40)) (i32.load (i32.const 44))))';
    await network.installCode(id, await tellingModule({ custom: KEEP, start, postUpgrade: '(drop (memory.grow (i32.const 2)))' }), {
      mode: 'upgrade',
      wasmMemory: 'keep',
    });
    assert.equal(number32(network.queryResult(id, 'heap')), 13);
    assert.equal(number32(network.queryResult(id, 'global')), 7);
    assert.equal(canisterOf(network, id).heap.wasmPages, 3);
    await network.installCode(id, await tellingModule({ custom: KEEP }), { mode: 'upgrade', wasmMemory: 'keep' });
    assert.equal(canisterOf(network, id).heap.wasmPages, 3);
    assert.equal(number32(network.queryResult(id, 'heap')), 13);
    await network.installCode(id, await tellingModule({}), { mode: 'upgrade', wasmMemory: 'replace' });
    assert.equal(canisterOf(network, id).heap.wasmPages, 1);
    assert.equal(number32(network.queryResult(id, 'heap')), 0);
  });

  it('that keeps the heap needs a module whose memory may become so large', async () => {
    const network = openNetwork();
    const grow = '(drop (memory.grow (i32.const 9)))';
    const id = await network.deploy(await tellingModule({ custom: KEEP, init: grow }));
    await network.update(id, 'bump');
    for (const memory of ['', '(memory 1 9)']) {
      const smaller = withCustomSections(await wat(`(module ${memory} (func (export "canister_update bump")))`), KEEP);
      const upgrade = network.installCode(id, smaller, { mode: 'upgrade', wasmMemory: 'keep' });
      await assert.rejects(upgrade, /Invalid upgrade option: The Wasm memory of 10 pages .* exceeds the maximum of [09] pages/);
      assert.equal(number32(network.queryResult(id, 'heap')), 8);
    }
    const enough = withCustomSections(await wat('(module (memory 1 10) (func (export "canister_update bump")))'), KEEP);
    await network.installCode(id, enough, { mode: 'upgrade', wasmMemory: 'keep' });
    assert.equal(canisterOf(network, id).heap.wasmPages, 10);
  });

  it('of a module with a persistent heap must say what happens to it', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ custom: KEEP }));
    const silent = network.installCode(id, await tellingModule({ custom: KEEP }), { mode: 'upgrade' });
    await assert.rejects(
      silent,
      /Missing upgrade option: Enhanced orthogonal persistence requires the `wasm_memory_persistence` upgrade option\./,
    );
    const forgetful = network.installCode(id, await tellingModule({}), { mode: 'upgrade', wasmMemory: 'keep' });
    await assert.rejects(forgetful, /Invalid upgrade option: The `wasm_memory_persistence: opt Keep` upgrade option requires/);
  });

  it('sees heap changes of messages of the same batch, and they survive its failure', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ custom: KEEP }));
    const caller = await deployCaller(network);
    await network.updateSettings(id, { controllers: [[caller.id, NOBODY]] });
    const order = { canister_id: id, arg: new Uint8Array(0), sender_canister_version: [] } as const;
    const mode = { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }] } as const;
    const start = '(i32.store (i32.const 40) (i32.add (i32.load (i32.const 40)) (i32.const 100)))';
    for (const [postUpgrade, expected] of [
      ['(unreachable)', 8],
      ['', 109],
    ] as const) {
      const wasm = await tellingModule({ custom: KEEP, start, postUpgrade });
      const bump = network.submit(id, 'bump');
      const upgrade = caller.call('install_code', [{ ...order, mode, wasm_module: wasm }]);
      const { kind } = await upgrade;
      assert.equal(kind, expected === 8 ? 'reject' : 'reply');
      assert.equal(network.resultOf(bump)?.kind, 'reply');
      assert.equal(number32(network.queryResult(id, 'heap')), expected);
    }
  });

  it('starts the timer anew: post_upgrade finds none set', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ init: '(drop (call $timer (i64.const 9000000000000000000)))' }));
    const previous = '(i64.store (i32.const 0) (call $timer (i64.const 9000000000000000001))) (call $print (i32.const 0) (i32.const 8))';
    await network.installCode(id, await tellingModule({ postUpgrade: previous }), { mode: 'upgrade' });
    assert.deepEqual(
      [...canisterOf(network, id).logs.values()].map(({ content }) => toHex(content)),
      ['00'.repeat(8)],
    );
    assert.equal(canisterOf(network, id).globalTimerNs, 9_000_000_000_000_000_001n);
    assert.equal(network.state.timers.size, 1);
  });
});

describe('an installation that fails leaves no trace but its charge and its log', () => {
  const failing: readonly (readonly [name: string, module: Promise<Uint8Array>, error: RegExp])[] = [
    [
      'trap in start',
      tellingModule({ start: `${note.start} (unreachable)` }),
      /^5, IC0502: Error from Canister [a-z0-9-]+: Canister trapped: unreachable$/,
    ],
    [
      'trap in post_upgrade',
      tellingModule({
        start: note.start,
        postUpgrade: `${note.postUpgrade} (call $certify (i32.const 0) (i32.const 4)) (drop (call $timer (i64.const 77))) (call $trap (i32.const 100) (i32.const 4))`,
      }),
      /^5, IC0503: Error from Canister [a-z0-9-]+: Canister called `ic0\.trap` with message: 'SIGP'/,
    ],
    [
      'API that start may not use',
      tellingModule({ start: '(drop (call $version))' }),
      /^5, IC0504: .*"ic0\.canister_version" cannot be executed in start mode/,
    ],
    ['data outside the memory', tellingModule({ more: '(data (i32.const 65535) "xx")' }), /^5, IC0502: .*heap out of bounds$/],
    [
      'module that is none',
      Promise.resolve(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99)),
      /^5, IC0505: Error from Canister [a-z0-9-]+: Canister's Wasm module is not valid: /,
    ],
  ];
  for (const [name, module, error] of failing) {
    for (const mode of ['upgrade', 'reinstall'] as const) {
      it(`${name}, ${mode}`, async () => {
        const network = openNetwork();
        const init = `${note.init} (call $certify (i32.const 100) (i32.const 3)) (drop (call $timer (i64.const 9000000000000000000)))`;
        const old = await tellingModule({
          init,
          preUpgrade: `${note.preUpgrade} (i32.store (i32.const 40) (i32.const 99)) (call $certify (i32.const 100) (i32.const 1))`,
        });
        const id = await network.deploy(old);
        await network.update(id, 'bump');
        const before = traceOf(network, id);
        const [heap, wrote] = [number32(network.queryResult(id, 'heap')), notes(network, id)];
        const bytes = await module;
        const renamed =
          mode === 'reinstall' && name.includes('post_upgrade')
            ? await tellingModule({ init: `${note.init} (call $trap (i32.const 100) (i32.const 4))` })
            : bytes;
        const order = { canister_id: id, wasm_module: renamed, arg: new Uint8Array(0), sender_canister_version: [] } as const;
        const result = await manage(network, NOBODY, 'install_code', {
          ...order,
          mode: mode === 'upgrade' ? { upgrade: [] } : { reinstall: null },
        });
        assert.match(errorOf(result), error);
        assert.deepEqual(traceOf(network, id), before);
        assert.equal(number32(network.queryResult(id, 'heap')), heap);
        assert.equal(notes(network, id), wrote);
        await network.update(id, 'bump');
        assert.equal(number32(network.queryResult(id, 'heap')), heap + 1);
      });
    }
  }

  it('keeps what a failing upgrade printed', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({}));
    const failing = await tellingModule({ postUpgrade: '(call $print (i32.const 100) (i32.const 2)) (unreachable)' });
    await assert.rejects(network.installCode(id, failing, { mode: 'upgrade' }));
    assert.deepEqual(
      [...canisterOf(network, id).logs.values()].map(({ content }) => fromUtf8(content)),
      ['SI', '[TRAP]: Canister trapped: unreachable'],
    );
  });

  it('holds the heap limit of the settings, at the start and while it runs', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ settings: { wasm_memory_limit: [131_072n] } });
    await assert.rejects(
      network.installCode(id, await wat('(module (memory 3))')),
      /exceeded its current Wasm memory limit of 131072 bytes/,
    );
    await assert.rejects(
      network.installCode(id, await tellingModule({ init: '(drop (memory.grow (i32.const 5)))' })),
      /exceeded its current Wasm memory limit of 131072 bytes/,
    );
    await network.installCode(id, await tellingModule({ init: '(drop (memory.grow (i32.const 1)))' }));
  });

  it('refuses memory that the canister could not keep for its freezing period', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ cycles: 1_000_000_000_000n });
    await assert.rejects(
      network.installCode(id, await wat('(module (memory 16000))')),
      /Canister cannot grow memory by \d+ bytes due to insufficient cycles/,
    );
    await assert.rejects(
      network.installCode(id, await wat('(module (memory 1) (func (export "canister_init") (drop (memory.grow (i32.const 16000)))))')),
      /cannot grow memory by \d+ bytes due to insufficient cycles/,
    );
  });
});
