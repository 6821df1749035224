/**
 * What counts in the budget of a batch beside instructions: work that a message leaves to the host.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { concatBytes, utf8 } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { encodeUleb128 } from '@myelin/core/codec';
import type { BatchOutcome } from '@myelin/core/execution';
import type { SubnetHost } from '@myelin/network';
import { createNetwork, type Network } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { GENESIS, openHost } from './gate-replica.ts';
import { deployUniversal, nodeHasher, textOf } from './universal-network.ts';
import { deployWat, type WatCanister, watModule } from './wat-canister.ts';

/** Pages of 64 KiB. */
const HEAP = 50;
/** Pages of 4 KiB. */
const HEAP_PAGES = HEAP * 16;

/** A network, and what its last batch has used up. */
function lead(): { readonly leader: Network; readonly instructions: () => bigint } {
  const leader: Network = createNetwork({ ...GENESIS, hasher: nodeHasher, checkInvariants: true });
  const host: SubnetHost = openHost();
  let last: BatchOutcome | undefined;
  const runBatch = leader.runBatch.bind(leader);
  leader.runBatch = async (heartbeat) => {
    const batch = await runBatch(heartbeat);
    last = await host.runBatch(batch);
    return batch;
  };
  return { leader, instructions: () => last?.instructions ?? 0n };
}

/** A canister whose whole heap is in use, and what its messages count for in a batch of their own. */
async function open(canister: WatCanister): Promise<(method: string) => Promise<bigint>> {
  const { leader, instructions } = lead();
  const fill = `(memory.fill (i32.const 0) (i32.const 1) (i32.const ${HEAP * 65_536}))`;
  const id = await deployWat(leader, { pages: HEAP, ...canister, entries: { ...canister.entries, init: fill } });
  return async (method) => {
    await leader.updateResult(id, method);
    return instructions();
  };
}

function customSection(name: string, content: Uint8Array): Uint8Array {
  const size = encodeUleb128(BigInt(1 + name.length + content.length));
  return concatBytes(Uint8Array.of(0), size, Uint8Array.of(name.length), utf8(name), content);
}

const OVERHEAD = 220_000n;

describe('the budget of a batch', () => {
  it('counts the instance that a canister may need', async () => {
    const count = await open({ entries: { 'update run': '(call $msg_reply)' } });
    assert.equal(await count('run'), OVERHEAD);
  });

  it('counts the instance that is made anew after a growth was undone', async () => {
    const count = await open({
      entries: {
        'update grow': '(drop (memory.grow (i32.const 1))) (call $msg_reply)',
        'update grow_and_trap': '(drop (memory.grow (i32.const 1))) (unreachable)',
        'query grow_in_query': '(drop (memory.grow (i32.const 1))) (call $msg_reply)',
        'update trap': '(unreachable)',
      },
    });
    assert.equal(await count('trap'), OVERHEAD);
    assert.equal(await count('grow'), OVERHEAD);
    const renewed = OVERHEAD + 1_000n * BigInt(HEAP_PAGES);
    assert.equal(await count('grow_and_trap'), renewed);
    assert.equal(await count('grow_in_query'), renewed);
  });

  it('counts it for a message that grew and needed a second slice', async () => {
    const spin = '(local $i i32) (local.set $i (i32.const 8000000)) (loop (br_if 0 (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))';
    const count = await open({
      entries: { 'update run': `${spin} (drop (memory.grow (i32.const 1))) (call $msg_reply)`, 'update spin': `${spin} (call $msg_reply)` },
    });
    assert.equal((await count('run')) - (await count('spin')), 1_000n * BigInt(HEAP_PAGES));
  });

  it('counts it for every message of a module that drops segments', async () => {
    const count = await open({ entries: { 'update run': '(data.drop 0) (call $msg_reply)' }, more: '(data "abc")' });
    assert.equal(await count('run'), OVERHEAD + 1_000n * BigInt(HEAP_PAGES));
  });

  it('counts the bytes of a module that is installed, packed or not', async () => {
    const { leader, instructions } = lead();
    const id = await leader.createCanister();
    const count = async (module: Uint8Array): Promise<bigint> => {
      await leader.installCode(id, module, { mode: 'reinstall' });
      return instructions();
    };
    const small = await watModule({ entries: { init: 'nop' } });
    const large = Uint8Array.from([...small, ...customSection('junk', new Uint8Array(100_000))]);
    const extra = 5n * BigInt(large.length - small.length);
    const base = await count(small);
    assert.equal((await count(large)) - base, extra);
    assert.equal((await count(gzipSync(large))) - base, extra);
  });

  it('counts the compiling of a module once for all canisters that have it', async () => {
    const { leader, instructions } = lead();
    const [first, second] = [await leader.createCanister(), await leader.createCanister()];
    const spin = '(loop (br_if 0 (i32.const 0)))';
    const module = await watModule({ entries: { init: 'nop', 'update run': spin.repeat(1_000) } });
    const count = async (id: typeof first): Promise<bigint> => {
      await leader.installCode(id, module, { mode: 'reinstall' });
      return instructions();
    };
    const fresh = await count(first);
    const known = await count(second);
    assert.ok(fresh - known >= (6_000n * 3_000n * 63n) / 64n, `${fresh} and ${known}`);
    assert.equal(await count(first), known);
    await leader.stopCanister(first);
    await leader.deleteCanister(first);
    await leader.installCode(second, await watModule({ entries: { init: 'nop' } }), { mode: 'reinstall' });
    assert.equal(await count(second), fresh, 'nobody has it any more');
  });

  it('counts the bytes that the management canister replies', async () => {
    const { leader, instructions } = lead();
    const module = await watModule({ entries: { init: 'nop' } });
    const short = customSection('icp:public short', new Uint8Array(1_000));
    const long = customSection('icp:public longs', new Uint8Array(101_000));
    const id = await leader.deploy(Uint8Array.from([...module, ...short, ...long]));
    const { update } = await deployUniversal(leader);
    const count = async (name: string): Promise<bigint> => {
      const argument = script.bytes(managementCanister.canister_metadata.args.encode([{ canister_id: id, name }]));
      const onReply = script.program(script.reply('done'));
      const result = await update(script.call({ callee: new Uint8Array(0), method: 'canister_metadata', argument, onReply }));
      assert.equal(textOf(result), 'done');
      return instructions();
    };
    // The length of the larger one has a byte more.
    assert.equal((await count('longs')) - (await count('short')), 50n * 100_001n);
  });
});
