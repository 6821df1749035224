/**
 * What is long does not hold up the rest: whoever came later and wants little is answered first.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HttpAgent } from '@icp-sdk/core/agent';
import type { Principal } from '@icp-sdk/core/principal';
import { utf8 } from '@myelin/core/base';
import { padModule, script, universalCanister } from '@myelin/test-canisters';
import type { RunningNode } from '../../src/node/index.ts';
import { agentOf, install, startNode } from '../http/network.ts';

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

describe('beside', { timeout: 240_000 }, () => {
  it('a message of many billions of instructions others update and query, also the same canister', async () => {
    await update(other, program(setRegister(1, 'before'), reply()));
    const long = watch(update(busy, program(script.repeat(8, program(script.spin(100_000_000))), setRegister(1, 'done'), reply('done'))));
    for (let round = 0; round < 5; round++) {
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

  it('the installation of a large module others are answered', async () => {
    const large = padModule(await universalCanister(), 1_900_000, { place: 'data' });
    const long = watch(install(agent, large, program()));
    await update(other, program(reply()));
    await query(other, program(reply()));
    const installed = (await long.end) as Principal;
    assert.deepEqual(await query(installed, program(reply('large'))), utf8('large'));
  });
});
