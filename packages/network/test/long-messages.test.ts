/**
 * Messages that need more than one slice: whatever kind they are, they give the same as if they had run at once, on a replica that keeps their
 * stack, on one that drops it, and on one that begins anew before every slice; and nobody else waits for them.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalToBytes } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { numberOf, openNetwork, textOf } from './universal-network.ts';
import { deployWat, numbers, pointers, type WatCanister, watModule, wordsOf } from './wat-canister.ts';

const EMPTY: Uint8Array = new Uint8Array(0);

/** Instructions of a slice, and of one turn of the loop below. */
const SLICE = 30_000_000;
const TURN = 8;

/** Turns of the loop for about so many slices. */
function turns(slices: number): bigint {
  return BigInt(Math.floor((slices * SLICE) / TURN));
}

/** Which entry point does long work, by the number in byte 16; how long, in turns, in bytes 24 to 31. */
const KINDS = ['none', 'heartbeat', 'timer', 'hook', 'reply', 'reject', 'cleanup', 'pre_upgrade'] as const;
type Kind = (typeof KINDS)[number];

const selected = (kind: Kind): string => `(i32.eq (i32.load8_u (i32.const 16)) (i32.const ${KINDS.indexOf(kind)}))`;
const workIf = (kind: Kind): string => `(if ${selected(kind)} (then (call $work (i64.load (i32.const 24)))))`;
const callPeer = (onReply: number, onReject: number, method: number): string =>
  `(call $call_new (i32.const 40) (i32.const 10) (i32.const ${method}) (i32.const 4) (i32.const ${onReply}) (i32.const 0) (i32.const ${onReject}) (i32.const 0))
   (call $call_on_cleanup (i32.const 2) (i32.const 0)) (drop (call $call_perform))`;

/**
 * `$work` changes everything that a message may change, before and after each half of the loop: globals, heap, its size, stable memory, log.
 * How often it was completed is in byte 8 of the heap.
 */
function longCanister(start = ''): WatCanister {
  return {
    entries: {
      init: '(if (i32.ge_u (call $msg_arg_data_size) (i32.const 8)) (then (call $work (call $arg64 (i32.const 0)))))',
      post_upgrade: '(if (i32.ge_u (call $msg_arg_data_size) (i32.const 8)) (then (call $work (call $arg64 (i32.const 0)))))',
      pre_upgrade: workIf('pre_upgrade'),
      // kind, turns, id of the peer
      'update select': '(call $msg_arg_data_copy (i32.const 16) (i32.const 0) (call $msg_arg_data_size)) (call $msg_reply)',
      'update work': '(call $work (call $arg64 (i32.const 0))) (call $certified_data_set (i32.const 0) (i32.const 16)) (call $reply)',
      'query workInQuery': '(call $work (call $arg64 (i32.const 0))) (call $reply)',
      'update workAndCall': `${callPeer(3, 3, 60)} (call $work (call $arg64 (i32.const 0))) ${callPeer(3, 3, 60)}`,
      'update workAndTrap': '(call $work (call $arg64 (i32.const 0))) (unreachable)',
      'update callAndReply': callPeer(0, 1, 60),
      'update callMissing': callPeer(1, 0, 64),
      'update callAndTrap': callPeer(1, 1, 60),
      'update callAndWorkAndTrap': callPeer(4, 1, 60),
      'update arm': '(drop (call $global_timer_set (i64.const 1))) (call $msg_reply)',
      'update quick':
        '(i64.store (i32.const 80) (i64.add (i64.mul (i64.load (i32.const 80)) (i64.const 10)) (call $arg64 (i32.const 0)))) (call $answer64 (i64.load (i32.const 80)))',
      heartbeat: workIf('heartbeat'),
      global_timer: workIf('timer'),
      on_low_wasm_memory: workIf('hook'),
      'query look': `(i64.store (i32.const 88) (global.get $g)) (call $msg_reply_data_append (i32.const 8) (i32.const 8))
        (call $msg_reply_data_append (i32.const 88) (i32.const 8)) (call $msg_reply_data_append (i32.const 80) (i32.const 8)) (call $msg_reply)`,
      'query noop': '(call $msg_reply)',
    },
    more: `
      (table 5 funcref) (elem (i32.const 0) $onReply $onTrap $onCleanup $onEither $onWorkAndTrap)
      (data (i32.const 60) "noop") (data (i32.const 64) "none") (data (i32.const 0) "printed!")
      (global $g (mut i64) (i64.const 0))
      (func $loop (param $n i64)
        (loop (br_if 0 (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))
      (func $touch
        (local $pages i64)
        (global.set $g (i64.add (global.get $g) (i64.const 1)))
        (i64.store (i32.const 30000) (i64.add (i64.load (i32.const 30000)) (global.get $g)))
        (memory.fill (i32.const 40000) (i32.wrap_i64 (global.get $g)) (i32.const 9000))
        (drop (memory.grow (i32.const 1)))
        (local.set $pages (call $stable64_grow (i64.const 1)))
        (call $stable64_write (i64.mul (local.get $pages) (i64.const 65536)) (i64.const 30000) (i64.const 12000))
        (call $debug_print (i32.const 0) (i32.const 8)))
      (func $work (param $n i64)
        (call $touch)
        (call $loop (i64.div_u (local.get $n) (i64.const 2)))
        (call $touch)
        (call $loop (i64.div_u (local.get $n) (i64.const 2)))
        (i64.store (i32.const 8) (i64.add (i64.load (i32.const 8)) (i64.const 1))))
      (func $reply (call $answer64 (i64.load (i32.const 8))))
      (func $onReply (param i32) ${workIf('reply')} ${workIf('reject')} (call $reply))
      (func $onEither (param i32)
        (if (i32.load8_u (i32.const 96)) (then (call $reply)))
        (i32.store8 (i32.const 96) (i32.const 1)))
      (func $onWorkAndTrap (param i32) (call $work (i64.load (i32.const 24))) (unreachable))
      (func $onTrap (param i32) (unreachable))
      (func $onCleanup (param i32) ${workIf('cleanup')})
      ${start}`,
  };
}

type Long = { readonly network: Network; readonly id: PrincipalId; readonly peer: PrincipalId };

async function deployLong(checkInvariants = true): Promise<Long> {
  const network = openNetwork({ checkInvariants });
  const id = await deployWat(network, longCanister());
  const peer = await deployWat(network, longCanister());
  return { network, id, peer };
}

async function select({ network, id, peer }: Long, kind: Kind, slices: number): Promise<void> {
  await network.update(
    id,
    'select',
    Uint8Array.from([...numbers(KINDS.indexOf(kind), turns(slices)), ...new Uint8Array(8), ...principalToBytes(peer)]),
  );
}

/** Number of long works that were completed, the global, and what quick messages left. */
function look(network: Network, id: PrincipalId): { readonly done: bigint; readonly global: bigint; readonly quick: bigint } {
  const [done = 0n, global = 0n, quick = 0n] = wordsOf(network.queryResult(id, 'look', EMPTY));
  return { done, global, quick };
}

function isPaused(network: Network, id: PrincipalId): boolean {
  return network.canister(id)?.paused !== undefined;
}

/**
 * Runs batches until no message of the canister is paused any more. Before each one two replicas are made that have neither instances nor
 * stacks; afterwards all agree.
 * @returns batches that ended with a paused message.
 */
async function runComparing({ network, id }: Long): Promise<number> {
  let pauses = 0;
  for (let batch = 0; ; batch++) {
    const anew = network.fork();
    if (batch % 3 === 1) network.dropCaches();
    await network.runBatch();
    await anew.runBatch();
    assert.equal(anew.digest(), network.digest(), `after batch ${batch} a replica that began anew differs`);
    if (isPaused(network, id)) pauses++;
    else if (batch > 0) return pauses;
  }
}

/** A message, how it begins (its request, if it has one), and what it leaves: works in the heap, pages of stable memory, lines in the log. */
type Trigger = {
  readonly name: string;
  readonly kind: Kind;
  readonly begin: (long: Long) => Promise<string | undefined>;
  readonly leaves: { readonly done: bigint; readonly stable: number; readonly lines: number };
};

const all = { done: 1n, stable: 2, lines: 2 };

const submit =
  (method: string) =>
  async ({ network, id }: Long): Promise<string> => {
    const requestId = network.submit(id, method, numbers(turns(3)));
    await network.runBatch();
    return requestId;
  };

/** Offers an installation of the same code; with an argument it does long work. */
function install(mode: 'install' | 'reinstall' | 'upgrade', wasm: () => Promise<Uint8Array>, arg: Uint8Array) {
  return async ({ network, id }: Long): Promise<string> => {
    const payload = managementCanister.install_code.args.encode([
      {
        mode: mode === 'upgrade' ? { upgrade: [] } : mode === 'reinstall' ? { reinstall: null } : { install: null },
        canister_id: id,
        wasm_module: await wasm(),
        arg,
        sender_canister_version: [],
      },
    ]);
    const requestId = network.submit(MANAGEMENT_CANISTER_ID, 'install_code', payload, { effectiveCanisterId: id });
    await network.runBatch();
    return requestId;
  };
}

const plainModule = (): Promise<Uint8Array> => watModule(longCanister());
const LONG_ARGUMENT = numbers(turns(3));

const triggers: readonly Trigger[] = [
  { name: 'an update', kind: 'none', begin: submit('work'), leaves: all },
  { name: 'a query that is called as an update', kind: 'none', begin: submit('workInQuery'), leaves: { done: 0n, stable: 0, lines: 2 } },
  { name: 'an update that traps at its end', kind: 'none', begin: submit('workAndTrap'), leaves: { done: 0n, stable: 0, lines: 3 } },
  { name: 'an update that makes calls before and after', kind: 'none', begin: submit('workAndCall'), leaves: all },
  { name: 'a reply callback', kind: 'reply', begin: submit('callAndReply'), leaves: all },
  { name: 'a reject callback', kind: 'reject', begin: submit('callMissing'), leaves: all },
  { name: 'a cleanup', kind: 'cleanup', begin: submit('callAndTrap'), leaves: { ...all, lines: 3 } },
  {
    name: 'a callback that traps at its end, and its cleanup',
    kind: 'cleanup',
    begin: submit('callAndWorkAndTrap'),
    leaves: { ...all, lines: 5 },
  },
  {
    name: 'a timer',
    kind: 'timer',
    begin: async ({ network, id }) => {
      await network.update(id, 'arm', EMPTY);
      await network.runBatch();
      return undefined;
    },
    leaves: all,
  },
  {
    name: 'a heartbeat',
    kind: 'heartbeat',
    begin: async ({ network }) => {
      await network.runBatch(true);
      return undefined;
    },
    leaves: all,
  },
  {
    name: 'the hook for low memory',
    kind: 'hook',
    begin: async ({ network, id }) => {
      await network.updateSettings(id, { wasm_memory_limit: [1n << 22n], wasm_memory_threshold: [1n << 22n] });
      if (!isPaused(network, id)) await network.runBatch();
      return undefined;
    },
    leaves: all,
  },
  { name: 'canister_init', kind: 'none', begin: install('reinstall', plainModule, LONG_ARGUMENT), leaves: all },
  {
    name: 'start',
    kind: 'none',
    begin: install('reinstall', () => watModule(longCanister(`(func $begin (call $work (i64.const ${turns(3)}))) (start $begin)`)), EMPTY),
    leaves: all,
  },
  { name: 'canister_pre_upgrade', kind: 'pre_upgrade', begin: install('upgrade', plainModule, EMPTY), leaves: { ...all, done: 0n } },
  { name: 'canister_post_upgrade', kind: 'none', begin: install('upgrade', plainModule, LONG_ARGUMENT), leaves: all },
  {
    name: 'canister_pre_upgrade and canister_post_upgrade',
    kind: 'pre_upgrade',
    begin: install('upgrade', plainModule, LONG_ARGUMENT),
    leaves: { done: 1n, stable: 4, lines: 4 },
  },
];

describe('a message of several slices', () => {
  for (const { name, kind, begin, leaves } of triggers) {
    it(`${name}: every replica gives the same at every slice`, async () => {
      const long = await deployLong();
      const { network, id } = long;
      await select(long, kind, 3);
      const undisturbed: Long = { ...long, network: network.fork() };
      const first = await begin(long);
      const second = await begin(undisturbed);
      assert.ok(isPaused(network, id), 'the first slice is used up');
      assert.equal(undisturbed.network.digest(), network.digest());
      const pauses = await runComparing(long);
      assert.ok(pauses >= 2, `${pauses} pauses`);
      await network.runUntilIdle();
      await undisturbed.network.runUntilIdle();
      while (undisturbed.network.height < network.height) await undisturbed.network.runBatch();
      while (network.height < undisturbed.network.height) await network.runBatch();
      assert.equal(undisturbed.network.digest(), network.digest());
      assert.equal(second, first);
      if (first !== undefined) assert.deepEqual(undisturbed.network.resultOf(first), network.resultOf(first));
      const canister = network.canister(id);
      assert.deepEqual({ done: look(network, id).done, stable: canister?.stablePages, lines: canister?.logs.size }, leaves);
    });
  }

  it('of 2 to 30 slices answers what it has done, and pays for every instruction once', async () => {
    const { network, id } = await deployLong();
    const cost = async (count: number): Promise<{ readonly batches: bigint; readonly fee: bigint }> => {
      const height = network.height;
      const before = network.canister(id)?.balance ?? 0n;
      const done = look(network, id).done;
      assert.equal(numberOf(await network.updateResult(id, 'work', numbers(turns(count)))), done + 1n);
      return { batches: network.height - height, fee: before - (network.canister(id)?.balance ?? 0n) };
    };
    const [one, ...others] = [await cost(0.5), await cost(2), await cost(5), await cost(12), await cost(30)];
    assert.equal(one?.batches, 1n);
    const induction = 1_200_000n + 2_000n * BigInt(128 + 4 + 8);
    for (const [index, count] of [2, 5, 12, 30].entries()) {
      const { batches = 0n, fee = 0n } = others[index] ?? {};
      assert.ok(batches >= BigInt(count) && batches <= BigInt(count) + 2n, `${count} slices took ${batches} batches`);
      const instructions = fee - induction - 5_000_000n;
      const expected = BigInt(count * SLICE);
      assert.ok(instructions > expected && instructions < expected + 200_000n, `${instructions} instructions are charged for ${expected}`);
    }
  });

  it('costs to the instruction what it costs at once', async () => {
    // The loop of 8 slices once in one message and once in sixteen: the difference is what fifteen messages need besides.
    const { network, id } = await deployLong(false);
    const total = async (parts: number): Promise<bigint> => {
      const before = network.canister(id)?.consumedCycles ?? 0n;
      for (let part = 0; part < parts; part++) await network.update(id, 'work', numbers(turns(8) / BigInt(parts)));
      return (network.canister(id)?.consumedCycles ?? 0n) - before;
    };
    const empty = async (): Promise<bigint> => {
      const before = network.canister(id)?.consumedCycles ?? 0n;
      await network.update(id, 'work', numbers(2));
      return (network.canister(id)?.consumedCycles ?? 0n) - before - BigInt(2 * TURN);
    };
    const [once, often, overhead] = [await total(1), await total(16), await empty()];
    assert.equal(often - 16n * overhead, once - overhead);
  });

  for (const pointer of pointers) {
    it(`reads the same counter as at once: ${pointer === 'i32' ? 'wasm32' : 'wasm64'}`, async () => {
      const network = openNetwork();
      const loop = `(func $loop (param $n i64)
        (loop (br_if 0 (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))`;
      const body = `(call $loop (call $arg64 (${pointer}.const 0))) (call $answer64 (call $performance_counter (i32.const 0)))`;
      const id = await deployWat(network, { pointer, entries: { 'update run': body, 'query ask': body }, more: loop });
      const once = numberOf(await network.updateResult(id, 'run', numbers(1)));
      for (const count of [2n, 1_000n, 3_750_000n, 4_000_000n, 7_500_001n, 60_000_000n]) {
        const expected = once + BigInt(TURN) * (count - 1n);
        assert.equal(numberOf(await network.updateResult(id, 'run', numbers(count))), expected);
        assert.equal(numberOf(network.queryResult(id, 'ask', numbers(count))), expected);
      }
    });
  }

  it('that traps late leaves no trace but its log and its price', async () => {
    const { network, id } = await deployLong();
    await network.update(id, 'work', numbers(turns(3)));
    const before = look(network, id);
    const pages = network.canister(id)?.heap.wasmPages;
    const stable = network.canister(id)?.stablePages;
    assert.match(textOf(await network.updateResult(id, 'workAndTrap', numbers(turns(5)))), /502: .*unreachable/);
    assert.deepEqual(look(network, id), before);
    assert.equal(network.canister(id)?.heap.wasmPages, pages);
    assert.equal(network.canister(id)?.stablePages, stable);
    const texts = [...(network.canister(id)?.logs.values() ?? [])].map(({ content }) => new TextDecoder().decode(content));
    assert.deepEqual(texts.slice(-3), ['printed!', 'printed!', '[TRAP]: Canister trapped: unreachable']);
  });
});
