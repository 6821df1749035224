/**
 * Messages that try to use up what nothing is charged for: they end by a rule of the protocol, and the node goes on.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { createNetwork } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { deployUniversal, openNetwork, textOf } from './universal-network.ts';
import { bytesOf, deployWat, runWat, wordsOf } from './wat-canister.ts';

/** Runs a body so many times; `$i` counts down. */
function times(count: number, body: string): string {
  return `(local $i i32) (local.set $i (i32.const ${count}))
    (loop $next ${body} (br_if $next (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))`;
}

/** Begins a call of method '' of the canister whose id are the `size` bytes at address 0. */
const newCall = (size: number): string =>
  `(call $call_new (i32.const 0) (i32.const ${size}) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))`;

/** More than V8 takes as arguments of one call. */
const MANY = 200_000;

describe('messages that hand over many small pieces', () => {
  it('a reply of 200,000 pieces is one reply', async () => {
    const body = times(MANY, '(call $msg_reply_data_append (i32.const 7) (i32.const 1))');
    const result = await runWat(openNetwork(), `${body} (call $msg_reply)`, { more: '(data (i32.const 7) "x")' });
    assert.deepEqual(bytesOf(result), new Uint8Array(MANY).fill(0x78));
  });

  it('pieces of different sizes keep their order', async () => {
    const append = (from: number, size: number): string => `(call $msg_reply_data_append (i32.const ${from}) (i32.const ${size}))`;
    const body = [append(0, 0), append(0, 3), append(3, 0), append(3, 300), append(303, 1), append(304, 696)].join(' ');
    const text = Array.from({ length: 1_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
    const result = await runWat(openNetwork(), `${body} (call $msg_reply)`, { more: `(data (i32.const 0) "${text}")` });
    assert.equal(textOf(result), text);
  });

  it('a call with a payload of 200,000 pieces is made', async () => {
    const body = times(
      MANY,
      `(if (i32.eq (local.get $i) (i32.const ${MANY})) (then ${newCall(0)})) (call $call_data_append (i32.const 0) (i32.const 1))`,
    );
    const result = await runWat(openNetwork(), `${body} (call $answer64 (i64.extend_i32_u (call $call_perform)))`);
    assert.deepEqual(wordsOf(result), [0n]);
  });

  it('a log takes as many empty texts as it has room for', async () => {
    const network = openNetwork();
    const id = await deployWat(network, {
      entries: { 'update run': `${times(50_000, '(call $debug_print (i32.const 0) (i32.const 0))')} (call $msg_reply)` },
    });
    bytesOf(await network.updateResult(id, 'run'));
    const canister = network.canister(id);
    assert.ok(canister !== undefined && canister.logs.size <= 4096 / 20, `${canister?.logs.size} records`);
    assert.ok(canister.nextLogIndex < 1_000, `no more than that were ever made: ${canister.nextLogIndex}`);
  });

  it('a log that is full of empty texts makes the next one cost no more than the first', async () => {
    const network = createNetwork();
    const print = '(call $debug_print (i32.const 0) (i32.const 0))';
    const entries = { 'update print': `${print} (call $msg_reply)`, 'update fill': `${times(110_000, print)} (call $msg_reply)` };
    const id = await deployWat(network, { entries });
    await network.updateSettings(id, { log_memory_limit: [2n * 1024n * 1024n] });
    const timeOfBatch = async (): Promise<number> => {
      for (let count = 0; count < 500; count++) network.submit(id, 'print');
      const before = process.cpuUsage();
      await network.runBatch();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await timeOfBatch();
    const first = await timeOfBatch();
    bytesOf(await network.updateResult(id, 'fill'));
    assert.ok((network.canister(id)?.logs.size ?? 0) > 100_000);
    const full = await timeOfBatch();
    assert.equal(network.canister(id)?.logs.size, Math.floor((2 * 1024 * 1024) / 20));
    assert.ok(full < 8 * first, `${full} µs for 500 messages, ${first} µs when the log was empty`);
  });
});

describe('what rejects quote', () => {
  const long = 'n'.repeat(100_000);

  it('is shortened, whatever it was', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const settings = network.updateSettings(a.id, { environment_variables: [[{ name: long, value: '' }]] });
    await assert.rejects(settings, ({ message }: Error) => message.includes('nnn...nnn') && message.length < 8_300);
    const metadata = managementCanister.canister_metadata.args.encode([{ canister_id: a.id, name: long }]);
    const call = script.call({
      callee: new Uint8Array(0),
      method: 'canister_metadata',
      argument: script.bytes(metadata),
      onReject: script.program(script.reject(script.rejectMessage())),
    });
    for (const result of [
      await network.updateResult(MANAGEMENT_CANISTER_ID, long),
      await network.updateResult(a.id, long),
      await a.update(call),
      network.queryResult(MANAGEMENT_CANISTER_ID, long),
    ]) {
      assert.ok(
        result.kind === 'reject' && result.message.includes('nnn...nnn') && result.message.length <= 8_192,
        textOf(result).slice(0, 80),
      );
    }
  });

  it('is shortened between characters', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    for (const before of ['', '.', '..']) {
      for (const after of ['', '.']) {
        const result = await a.update(script.reject(`${before}${'\u{1f600}'.repeat(5_000)}${after}`));
        assert.ok(result.kind === 'reject' && result.message.length <= 8_192 && result.message.length > 8_180);
        assert.ok(result.message.isWellFormed(), `well-formed after '${before}' and before '${after}'`);
      }
    }
  });
});

describe('messages that make many calls', () => {
  const callAll = times(
    20_000,
    `(i32.store (i32.const 0) (local.get $i)) ${newCall(4)} (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.extend_i32_u (i32.eqz (call $call_perform)))))`,
  );

  it('may make 10,000 of them', async () => {
    const network = openNetwork();
    const id = await deployWat(
      network,
      { entries: { 'update run': `${callAll} (call $answer64 (i64.load (i32.const 8)))` } },
      { cycles: 10n ** 18n },
    );
    assert.deepEqual(wordsOf(await network.updateResult(id, 'run')), [10_000n]);
  });

  it('a composite query too, for which nobody pays', async () => {
    const network = openNetwork();
    const id = await deployWat(network, { entries: { 'composite_query run': `${callAll} (call $answer64 (i64.load (i32.const 8)))` } });
    assert.deepEqual(wordsOf(network.queryResult(id, 'run')), [10_000n]);
  });
});

describe('messages that name more memory than there is', () => {
  it('stable memory beyond the heap is not read', async () => {
    const body =
      '(drop (call $stable64_grow (i64.const 600000))) (call $stable64_read (i64.const 0) (i64.const 0) (i64.const 39000000000)) (call $msg_reply)';
    const result = await runWat(openNetwork(), body);
    assert.match(textOf(result), /heap out of bounds/);
  });

  it('the name of a key that is too long is that of no key', async () => {
    const started = performance.now();
    const body =
      '(call $answer64 (i64.extend_i32_u (call $cost_sign_with_ecdsa (i32.const 0) (i32.const 1000000000) (i32.const 0) (i32.const 0))))';
    assert.deepEqual(wordsOf(await runWat(openNetwork(), body, { pages: 20_000 })), [2n]);
    assert.match(textOf(await runWat(openNetwork(), body, { pages: 1 })), /heap out of bounds/);
    assert.ok(performance.now() - started < 3_000, 'its bytes were not looked at');
  });
});
