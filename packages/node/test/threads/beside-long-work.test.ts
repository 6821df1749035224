/**
 * What is long does not hold up the rest: whoever came later and wants little is answered first.
 */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { after, before, describe, it } from 'node:test';
import type { HttpAgent } from '@icp-sdk/core/agent';
import type { Principal } from '@icp-sdk/core/principal';
import { utf8 } from '@myelin/core/base';
import { script, universalCanister } from '@myelin/test-canisters';
import type { RunningNode } from '../../src/node/index.ts';
import { agentOf, create, install, installCode, startNode } from '../http/network.ts';

const { program, reply, register, setRegister } = script;

let node: RunningNode;
let agent: HttpAgent;
let busy: Principal;
let other: Principal;

before(async () => {
  node = await startNode();
  agent = await agentOf(node);
  busy = await install(agent, await universalCanister(), program());
  other = await install(agent, await universalCanister(), program());
});
after(async () => node?.close());

async function query(canister: Principal, arg: Uint8Array): Promise<Uint8Array> {
  const answer = await agent.query(canister, { methodName: 'query', arg });
  assert.equal(answer.status, 'replied');
  return answer.status === 'replied' ? answer.reply.arg : assert.fail();
}

async function update(canister: Principal, arg: Uint8Array): Promise<Uint8Array> {
  return (await agent.update(canister, { methodName: 'update', arg })).reply;
}

/** Something long, and whether it has ended. */
function watch(work: Promise<unknown>): { readonly ended: () => boolean; readonly end: Promise<unknown> } {
  let hasEnded = false;
  const end = work.finally(() => (hasEnded = true));
  end.catch(() => undefined);
  return { ended: () => hasEnded, end };
}

function* cycle<T>(items: readonly T[]): Generator<T, never, undefined> {
  for (;;) yield* items;
}

/** A module of so much code that it takes a while to rewrite it, and little space when it is compressed. */
function largeModule(): Uint8Array {
  const functions = 6_000;
  const unsigned = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)]);
  const section = (id: number, content: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.of(id, ...unsigned(content.length)), content]);
  const name = utf8('canister_query nothing');
  // No locals; a constant and `drop`, again and again.
  const body = Buffer.concat([Uint8Array.of(0), ...Array.from({ length: 400 }, () => Uint8Array.of(0x41, 1, 0x1a)), Uint8Array.of(0x0b)]);
  const sized = Buffer.concat([Uint8Array.from(unsigned(body.length)), body]);
  return Buffer.concat([
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    section(1, Uint8Array.of(1, 0x60, 0, 0)),
    section(3, Uint8Array.from([...unsigned(functions), ...new Array<number>(functions).fill(0)])),
    section(7, Uint8Array.of(1, name.length, ...name, 0, 0)),
    section(10, Buffer.concat([Uint8Array.from(unsigned(functions)), ...Array.from({ length: functions }, () => sized)])),
  ]);
}

describe('beside', { timeout: 240_000 }, () => {
  it('a message of many billions of instructions others update and query, also the same canister', async () => {
    await update(other, program(setRegister(1, 'before'), reply()));
    const long = watch(update(busy, program(script.repeat(16, program(script.spin(100_000_000))), setRegister(1, 'done'), reply('done'))));
    for (let round = 0; round < 4; round++) {
      assert.deepEqual(await update(other, program(setRegister(1, `round ${round}`), reply(`${round}`))), utf8(`${round}`));
      assert.deepEqual(await query(other, program(reply(register(1)))), utf8(`round ${round}`));
      assert.deepEqual(await query(busy, program(reply('still here'))), utf8('still here'));
      assert.equal(long.ended(), false, `round ${round}`);
    }
    await long.end;
    assert.deepEqual(await query(busy, program(reply(register(1)))), utf8('done'));
  });

  it('queries that run as long as they may others are answered', async () => {
    const forever = program(script.repeat(1_000_000, program(script.spin(100_000_000))), reply());
    const ask = (): ReturnType<typeof watch> => watch(agent.query(busy, { methodName: 'query', arg: forever }));
    // The first time threads have to start, which may take as long as a long query does.
    await Promise.all(Array.from({ length: 4 }, async () => await ask().end));
    const long = Array.from({ length: 3 }, ask);
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(await query(other, program(reply('short'))), utf8('short'));
      assert.deepEqual(await update(other, program(reply('short'))), utf8('short'));
      assert.equal(
        long.some(({ ended }) => ended()),
        false,
        `round ${round}`,
      );
    }
    for (const { end } of long) {
      const answer = (await end) as Awaited<ReturnType<HttpAgent['query']>>;
      assert.equal(answer.status, 'rejected');
    }
  });

  it('the installation of a large module others are answered', async (context) => {
    const canister = await create(agent);
    const began = performance.now();
    const long = watch(installCode(agent, canister, gzipSync(largeModule()), new Uint8Array(0)));
    /** How long others waited that were answered while it was not over; and all of them. */
    const beside: number[] = [];
    const waits: number[] = [];
    for (const act of cycle([update, query])) {
      const asked = performance.now();
      await act(other, program(reply()));
      waits.push(performance.now() - asked);
      if (long.ended()) break;
      beside.push(waits.at(-1)!);
    }
    await long.end;
    const took = performance.now() - began;
    const longest = Math.max(...waits);
    const what = `${beside.length} answers beside an installation of ${took.toFixed(0)} ms, the longest wait ${longest.toFixed(0)} ms`;
    context.diagnostic(what);
    assert.ok(beside.length >= 4, what);
    // Whoever has to wait for the rewriting waits for most of it.
    assert.ok(longest < took / 2, what);
    const answer = await agent.query(canister, { methodName: 'nothing', arg: new Uint8Array(0) });
    assert.equal(answer.status, 'rejected', 'it is there, and does not reply');
  });
});
