/**
 * What a canister learns from `ic0` of itself and its surroundings: ids, callers, settings, versions, certified data, logs.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANONYMOUS_PRINCIPAL,
  MANAGEMENT_CANISTER_ID,
  type PrincipalId,
  principalFromBytes,
  principalToBytes,
  utf8,
} from '@myelin/core/base';
import { createIngressMessage, type Network } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { deployUniversal, nodeHasher, numberOf, openNetwork, textOf } from './universal-network.ts';
import { bytesOf, deployWat, runWat, wordsOf } from './wat-canister.ts';

const { program, reply, call, concat, argument, register, setRegister, drop } = script;

const USER: PrincipalId = principalFromBytes(Uint8Array.of(9, 8, 7, 6, 5, 1, 2));
const SECOND = 1_000_000_000n;

/** Texts of a canister's log. */
function logOf(network: Network, id: PrincipalId): string[] {
  return [...(network.canister(id)?.logs.values() ?? [])].map(({ content }) => new TextDecoder().decode(content));
}

describe('who and where', () => {
  it('names the canister, the subnet, the root key, the caller and the controllers', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    assert.deepEqual(bytesOf(await a.update(reply(script.self()))), a.bytes);
    assert.deepEqual(bytesOf(await a.update(reply(script.subnetSelf()))), principalToBytes(network.subnetId));
    assert.deepEqual(bytesOf(await a.update(reply(script.rootKey()))), network.rootKeyDer);
    assert.deepEqual(
      bytesOf(await network.updateResult(a.id, 'update', program(reply(script.caller())), { sender: USER })),
      principalToBytes(USER),
    );
    const viaA = await a.update(
      call({ callee: b.bytes, argument: program(reply(script.caller())), onReply: program(reply(argument(), script.caller())) }),
    );
    assert.deepEqual(bytesOf(viaA), Uint8Array.from([...a.bytes, ...principalToBytes(ANONYMOUS_PRINCIPAL)]));
    const isController = async (id: Uint8Array): Promise<bigint> => numberOf(await a.update(reply(script.isController(script.bytes(id)))));
    assert.equal(await isController(principalToBytes(ANONYMOUS_PRINCIPAL)), 1n);
    await network.updateSettings(a.id, { controllers: [[USER, a.id]] });
    assert.equal(await isController(principalToBytes(ANONYMOUS_PRINCIPAL)), 0n);
    assert.equal(await isController(principalToBytes(USER)), 1n);
    assert.equal(await isController(a.bytes), 1n);
    assert.equal(await isController(new Uint8Array(0)), 0n);
    assert.match(textOf(await a.update(reply(script.isController(script.filled(30, 1))))), /504: .*at most 29 bytes/);
  });

  it('runs tasks as the management canister', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network, ['canister_heartbeat']);
    await a.update(script.onHeartbeat(program(setRegister(1, script.caller()), setRegister(2, 'beat'))), reply());
    await network.tick();
    assert.equal(textOf(a.query(reply(register(2)))), 'beat');
    assert.deepEqual(bytesOf(a.query(reply(register(1)))), principalToBytes(MANAGEMENT_CANISTER_ID));
  });

  it('tells what a signer said about the caller, to the callee and its callbacks only', async () => {
    const network = openNetwork();
    const b = await deployUniversal(network);
    const info =
      '(call $msg_caller_info_data_copy (i32.const 200) (i32.const 0) (call $msg_caller_info_data_size)) (call $msg_reply_data_append (i32.const 200) (call $msg_caller_info_data_size))';
    const signer =
      '(call $msg_caller_info_signer_copy (i32.const 300) (i32.const 0) (call $msg_caller_info_signer_size)) (call $msg_reply_data_append (i32.const 300) (call $msg_caller_info_signer_size))';
    const id = [...b.bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    const toB = (callback: number): string =>
      `(call $call_new (i32.const 0) (i32.const 10) (i32.const 16) (i32.const 5) (i32.const ${callback}) (i32.const 0) (i32.const ${callback}) (i32.const 0))`;
    const a = await deployWat(network, {
      entries: {
        'update now': `${info} ${signer} (call $msg_reply)`,
        'update later': `${toB(0)} (drop (call $call_perform))`,
      },
      more: `(table 1 funcref) (elem (i32.const 0) $back) (data (i32.const 0) "${id}") (data (i32.const 16) "query") (func $back (param i32) ${info} ${signer} (call $msg_reply))`,
    });
    const ask = async (method: string, senderInfo: boolean): Promise<Uint8Array> => {
      const options = {
        sender: USER,
        receiver: a,
        methodName: method,
        arg: new Uint8Array(0),
        expiryNs: network.timeNs + 60n * SECOND,
        nonce: senderInfo ? 1n : 2n,
      };
      const message = createIngressMessage(options, nodeHasher);
      network.offer([senderInfo ? { ...message, senderInfo: { info: utf8('age: 21'), signer: b.id } } : message]);
      await network.runUntilIdle();
      const result = network.resultOf(message.requestId);
      assert.ok(result !== undefined);
      return bytesOf(result);
    };
    const expected = Uint8Array.from([...utf8('age: 21'), ...b.bytes]);
    assert.deepEqual(await ask('now', true), expected);
    assert.deepEqual(await ask('later', true), expected);
    assert.deepEqual(await ask('now', false), new Uint8Array(0));
  });

  it('shows inspect_message the method, the argument and the caller', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network, ['canister_inspect_message']);
    await a.update(
      script.onInspect(program(script.trap(concat(script.methodName(), concat('|', concat(argument(), concat('|', script.caller()))))))),
      reply(),
    );
    const refusal = network.inspect(a.id, 'some method', utf8('some argument'), { sender: principalFromBytes(utf8('me')) });
    assert.equal(refusal?.code, 503);
    assert.match(refusal.message, /'some method\|some argument\|me'/);
  });

  it('counts environment variables in the order of their names', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    // The last two are in the other order by the units of UTF-16.
    const variables = ['zeta', 'B', 'a', 'é', 'A', '~', '\u{1f600}', '\u{fffd}'];
    await network.updateSettings(a.id, { environment_variables: [variables.map((name, index) => ({ name, value: `value ${index}` }))] });
    assert.equal(numberOf(await a.update(reply(script.envVarCount()))), 8n);
    const names: string[] = [];
    for (let index = 0; index < 8; index++) names.push(textOf(a.query(reply(script.envVarName(index)))));
    assert.deepEqual(names, ['A', 'B', 'a', 'zeta', '~', 'é', '\u{fffd}', '\u{1f600}']);
    assert.match(textOf(a.query(reply(script.envVarName(8)))), /index 8 is out of bounds/);
    assert.equal(textOf(a.query(reply(script.envVarValue('é')))), 'value 3');
    assert.equal(numberOf(a.query(reply(script.envVarExists('zeta')))), 1n);
    assert.equal(numberOf(a.query(reply(script.envVarExists('Zeta')))), 0n);
    assert.equal(numberOf(a.query(reply(script.envVarExists(script.filled(128, 65))))), 0n);
    assert.match(textOf(a.query(reply(script.envVarExists(script.filled(129, 65))))), /at most 128 bytes/);
    assert.match(textOf(a.query(reply(script.envVarExists(script.bytes(Uint8Array.of(0xc0)))))), /not valid UTF-8/);
    assert.match(textOf(a.query(reply(script.envVarValue('none')))), /Environment variable none not found/);
  });

  it('knows whether it runs on every node', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network, ['canister_inspect_message']);
    const replicated = reply(script.inReplicatedExecution());
    assert.equal(numberOf(await a.update(replicated)), 1n);
    assert.equal(numberOf(await network.updateResult(a.id, 'query', program(replicated))), 1n);
    assert.equal(numberOf(a.query(replicated)), 0n);
    assert.equal(numberOf(a.composite(replicated)), 0n);
    await a.update(
      script.onInspect(program(script.choose(script.inReplicatedExecution(), program(), program(script.acceptMessage())))),
      reply(),
    );
    assert.equal(network.inspect(a.id, 'update'), undefined);
  });
});

describe('certified data', () => {
  it('is 32 bytes at most and what was set last', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await a.update(script.setCertifiedData('first'), script.setCertifiedData(script.filled(32, 7)), reply());
    assert.deepEqual(network.canister(a.id)?.certifiedData, new Uint8Array(32).fill(7));
    assert.match(textOf(await a.update(script.setCertifiedData(script.filled(33, 7)), reply())), /504: .*at most 32 bytes/);
    await a.update(script.setCertifiedData(''), reply());
    assert.deepEqual(network.canister(a.id)?.certifiedData, new Uint8Array(0));
  });

  it('outlives an upgrade, and is empty after a new installation', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const wasm = await universalCanister();
    await a.update(script.setCertifiedData('kept'), reply());
    await network.installCode(a.id, wasm, { mode: 'upgrade', arg: program() });
    assert.deepEqual(network.canister(a.id)?.certifiedData, utf8('kept'));
    await a.update(script.onPreUpgrade(program(script.setCertifiedData('old'))), reply());
    await network.installCode(a.id, wasm, { mode: 'upgrade', arg: program() });
    assert.deepEqual(network.canister(a.id)?.certifiedData, utf8('old'), 'set by canister_pre_upgrade');
    await a.update(script.onPreUpgrade(program(script.setCertifiedData('old'))), reply());
    await network.installCode(a.id, wasm, { mode: 'upgrade', arg: program(script.setCertifiedData('new')) });
    assert.deepEqual(network.canister(a.id)?.certifiedData, utf8('new'), 'canister_post_upgrade has the last word');
    await network.installCode(a.id, wasm, { mode: 'reinstall', arg: program() });
    assert.deepEqual(network.canister(a.id)?.certifiedData, new Uint8Array(0));
  });
});

describe('versions and status', () => {
  it('counts every change of the canister, and no query', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const version = (): number => network.canister(a.id)?.version ?? -1;
    const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['an update', () => a.update(reply())],
      ['a replicated query', () => network.updateResult(a.id, 'query', program(reply()))],
      ['settings', () => network.updateSettings(a.id, { freezing_threshold: [1_000n] })],
      ['stop', () => network.stopCanister(a.id)],
      ['start', () => network.startCanister(a.id)],
      ['upgrade', async () => network.installCode(a.id, await universalCanister(), { mode: 'upgrade', arg: program() })],
      ['reinstall', async () => network.installCode(a.id, await universalCanister(), { mode: 'reinstall', arg: program() })],
    ];
    for (const [name, step] of steps) {
      const before = version();
      await step();
      assert.ok(version() > before, `${name} moves the version on`);
    }
    const before = version();
    assert.equal(numberOf(a.query(reply(script.canisterVersion()))), BigInt(before));
    assert.equal(version(), before);
  });

  it('shows pre_upgrade the old version and post_upgrade the new one, and both the status', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const note = program(drop(script.stableGrow(1)), script.stableWrite(0, concat(script.canisterVersion(), script.canisterStatus())));
    const look = program(setRegister(1, concat(script.canisterVersion(), script.canisterStatus())));
    for (const [status, prepare] of [
      [1n, async () => undefined],
      [3n, () => network.stopCanister(a.id)],
    ] as const) {
      await a.update(script.onPreUpgrade(note), reply());
      await prepare();
      const before = BigInt(network.canister(a.id)?.version ?? 0);
      await network.installCode(a.id, await universalCanister(), { mode: 'upgrade', arg: look });
      await network.startCanister(a.id);
      assert.deepEqual(wordsOf(a.query(reply(script.stableRead(0, 16)))), [before, status]);
      assert.deepEqual(wordsOf(a.query(reply(register(1)))), [before + 1n, status]);
    }
  });

  it('is stopping in the callbacks that a stop waits for', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const waiting = network.submit(
      a.id,
      'update',
      program(
        call({
          callee: b.bytes,
          argument: program(script.spin(20_000_000), reply()),
          onReply: program(reply(script.canisterStatus())),
        }),
      ),
    );
    await network.runBatch();
    assert.equal(network.resultOf(waiting), undefined, 'the callee takes more than one slice');
    await network.stopCanister(a.id);
    const result = network.resultOf(waiting);
    assert.ok(result !== undefined);
    assert.equal(numberOf(result), 2n);
  });
});

describe('reject codes', () => {
  it('are known to reject callbacks and to cleanups, and 0 after a reply', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const code = setRegister(1, script.rejectCode());
    const seen = async (callee: Uint8Array, arg: ReturnType<typeof program>): Promise<bigint> => {
      const fail = program(script.unreachable());
      await a.update(call({ callee, argument: arg, onReply: fail, onReject: fail, onCleanup: program(code) }));
      return numberOf(a.query(reply(register(1))));
    };
    assert.equal(await seen(b.bytes, program(reply())), 0n);
    assert.equal(await seen(b.bytes, program(script.reject('no'))), 4n);
    assert.equal(await seen(b.bytes, program(script.unreachable())), 5n);
    assert.equal(await seen(Uint8Array.of(0, 0, 0, 0, 0, 0x77, 0, 0, 1, 1), program()), 3n);
    assert.equal(
      numberOf(await a.update(call({ callee: b.bytes, argument: program(reply()), onReply: program(reply(script.rejectCode())) }))),
      0n,
    );
  });

  it('come with both texts when the cleanup fails too', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = await a.update(
      call({
        callee: b.bytes,
        argument: program(reply()),
        onReply: program(script.trap('callback')),
        onCleanup: program(script.trap('cleanup')),
      }),
    );
    assert.match(textOf(result), /503: .*'callback'\n\ncall_on_cleanup also failed:\n\n.*'cleanup'/s);
  });
});

describe('logs', () => {
  it('keep what was printed, also by messages that trap, with the text of the trap', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await a.update(script.debugPrint('one'), script.debugPrint('two'), reply());
    await a.update(script.debugPrint('three'), script.trap('four'));
    await a.update(script.unreachable());
    a.query(script.debugPrint('nobody hears queries'), reply());
    const texts = logOf(network, a.id);
    assert.deepEqual(texts.slice(0, 3), ['one', 'two', 'three']);
    assert.match(texts[3] ?? '', /^four$/);
    assert.match(texts.at(-1) ?? '', /\[TRAP\]: Canister trapped: unreachable/);
    assert.deepEqual(
      [...(network.canister(a.id)?.logs.values() ?? [])].map(({ index }) => index),
      texts.map((_, index) => index),
    );
  });

  it('drop the oldest records beyond the size of the settings, and keep nothing when it is 0', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    for (let count = 0; count < 12; count++) await a.update(script.debugPrint(script.filled(1_000, 65 + count)), reply());
    const kept = logOf(network, a.id);
    assert.deepEqual(
      kept.map((text) => text[0]),
      ['I', 'J', 'K', 'L'],
    );
    assert.ok(kept.every((text) => text.length === 1_000));
    await a.update(script.debugPrint(script.filled(100_000, 90)), reply());
    const [only, ...others] = logOf(network, a.id);
    assert.equal(others.length, 0);
    assert.ok(only !== undefined && only.length <= 4_096 && only.length > 3_900 && /^Z+$/.test(only));
    await network.updateSettings(a.id, { log_memory_limit: [0n] });
    await a.update(script.debugPrint('unheard'), reply());
    assert.deepEqual(logOf(network, a.id), []);
  });

  it('take texts from outside the memory as a remark: printing never traps, trapping always does', async () => {
    const network = openNetwork();
    assert.equal((await runWat(network, '(call $debug_print (i32.const -1) (i32.const 10)) (call $msg_reply)')).kind, 'reply');
    assert.match(
      textOf(await runWat(network, '(call $trap (i32.const 65530) (i32.const 10))')),
      /503: .*'\(the message is out of memory bounds\)'/,
    );
    assert.equal(
      (await runWat(network, '(call $debug_print (i64.const -1) (i64.const -1)) (call $msg_reply)', { pointer: 'i64' })).kind,
      'reply',
    );
  });

  it('the text of a trap may be anything', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(textOf(await a.update(script.trap(''))), /503: .*with message: ''/);
    assert.match(textOf(await a.update(script.trap(script.bytes(Uint8Array.of(0x61, 0xff, 0x62))))), /503: .*'a\ufffd?b'/);
    const long = await a.update(script.trap(script.filled(1_000_000, 65)));
    assert.ok(long.kind === 'reject' && long.message.length <= 8_192 + 200, 'the message is bounded');
  });
});
