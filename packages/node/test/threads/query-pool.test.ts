/**
 * The threads that run queries: how many there are, and that each query is run by one.
 */
import assert from 'node:assert/strict';
import type { MessagePort } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import type { Principal } from '@icp-sdk/core/principal';
import { type PrincipalId, toHex, utf8 } from '@myelin/core/base';
import { createEd25519Signer } from '@myelin/core/crypto';
import { script, universalCanister } from '@myelin/test-canisters';
import { Front } from '../../src/front/index.ts';
import type { QueryCall, SignatureClaim } from '../../src/http/index.ts';
import { type RunningNode, serveNode } from '../../src/node/running-node.ts';
import { createNetworkClock } from '../../src/replica/index.ts';
import { type Executor, openExecutor, QueryPool } from '../../src/threads/index.ts';
import { agentOf, install } from '../http/network.ts';

const { program, reply } = script;
const onFault = (error: unknown): void => {
  throw error;
};

let executor: Executor;
let node: RunningNode;
let canister: Principal;

before(async () => {
  executor = await openExecutor({ stateDirectory: undefined }, onFault);
  const { core, identity, position } = executor;
  const front = new Front({ core, identity, position, nowNs: createNetworkClock(position.timeNs) });
  const options = { stateDirectory: undefined, host: '127.0.0.1', port: 0, onFault };
  node = await serveNode(front, executor, options);
  canister = await install(await agentOf(node), await universalCanister(), program());
});
after(async () => node?.close());

function openPool(feed: (port: MessagePort) => void): QueryPool {
  return new QueryPool({
    identity: executor.identity,
    feed,
    onFault,
    served: { dataCertificate: async () => undefined, manage: executor.core.manage },
  });
}

function queryOf(arg: Uint8Array): QueryCall {
  const canisterId = toHex(canister.toUint8Array()) as PrincipalId;
  return { requestId: new Uint8Array(32), sender: '04' as PrincipalId, canisterId, methodName: 'query', arg };
}

/** The reply to a query, or what came instead. */
async function ask(pool: QueryPool, arg: Uint8Array, height = 0n): Promise<unknown> {
  const answered = await pool.query(queryOf(arg), height, { unsigned: true, claim: undefined });
  if (answered === undefined || answered === 'unproven') return answered;
  return answered.answer.status === 'replied' ? answered.answer.arg : answered.answer;
}

describe('the threads that run queries', { timeout: 240_000 }, () => {
  it('run a query when its claim holds', async () => {
    const pool = openPool(executor.feed);
    const signer = createEd25519Signer(new Uint8Array(32).fill(1));
    const signature = signer.sign(utf8('this'));
    const claimOf = (message: string): SignatureClaim => ['ed25519', signer.publicKey, utf8(message), signature];
    const arg = program(reply('ran'));
    const run = (claim: SignatureClaim): ReturnType<QueryPool['query']> => pool.query(queryOf(arg), 0n, { unsigned: true, claim });
    try {
      assert.equal(await run(claimOf('that')), 'unproven');
      const answered = await run(claimOf('this'));
      assert.ok(typeof answered === 'object');
      assert.deepEqual(answered.answer, { status: 'replied', arg: utf8('ran') });
    } finally {
      await pool.close();
    }
  });

  it('stay one while that waits for the state', async (context) => {
    /** Threads after short queries came for a while beside some whose state is not there yet. */
    async function threadsBesideWaiting(): Promise<number> {
      const pool = openPool(executor.feed);
      try {
        await ask(pool, program(reply()));
        const { height } = await executor.core.freshen();
        const late = ask(pool, program(reply('late')), height + 1n);
        for (let round = 0; round < 10; round++) {
          await sleep(30);
          const [waiting, short] = [ask(pool, program(reply()), height + 1n), ask(pool, program(reply('short')))];
          waiting.catch(() => undefined);
          assert.deepEqual(await short, utf8('short'));
        }
        const { size } = pool;
        await (await agentOf(node)).update(canister, { methodName: 'update', arg: program(reply()) });
        assert.deepEqual(await late, utf8('late'));
        return size;
      } finally {
        await pool.close();
      }
    }
    // Where the machine gives a thread no time it looks as if it were at something long.
    for (let attempt = 0; attempt < 5; attempt++) {
      const threads = await threadsBesideWaiting();
      if (threads === 1) return;
      context.diagnostic(`${threads} threads`);
    }
    assert.fail('queries that wait for news hold up a thread');
  });

  it('share long queries, and answer the short ones in between', async () => {
    const pool = openPool(executor.feed);
    try {
      const long = Array.from({ length: 8 }, (_, index) => ask(pool, program(script.spin(50_000_000), reply(`long ${index}`))));
      const short = Array.from({ length: 8 }, (_, index) => ask(pool, program(reply(`short ${index}`))));
      assert.deepEqual(
        await Promise.all([...long, ...short]),
        [...long.map((_, index) => `long ${index}`), ...short.map((_, index) => `short ${index}`)].map(utf8),
      );
      assert.ok(pool.size > 1 && pool.size <= 4, `${pool.size} threads`);
    } finally {
      await pool.close();
    }
  });

  it('answer nothing and start nothing once they are closed', async () => {
    const pool = openPool(executor.feed);
    const asked = assert.rejects(ask(pool, program(reply())), /this node stops/);
    await pool.close();
    await asked;
    await assert.rejects(ask(pool, program(reply())), /this node stops/);
    assert.equal(pool.size, 0);
  });
});
