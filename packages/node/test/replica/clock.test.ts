/**
 * A node whose machine has its clock set back and ahead, or slept: it goes on, and its time never goes back.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { HttpAgent } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { ANONYMOUS_PRINCIPAL, principalToText, type PrincipalId, utf8 } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import { script, universalCanister } from '@myelin/test-canisters';
import { openLocalNode, type LocalNode } from '../../src/node/index.ts';
import { LOG_FOLDER } from '../../src/replica/state-directory.ts';
import { FileInputLog } from '../../src/store/index.ts';
import { deploy, update, work } from './node-updates.ts';

const HOUR_MS = 3_600_000;
const { program, reply, register, setRegister, drop } = script;

/** The clock of this process, in the hands of a test. */
function turnClock(context: TestContext): { offsetMs: number } {
  const clock = { offsetMs: 0 };
  const now = Date.now.bind(Date);
  context.mock.method(Date, 'now', () => now() + clock.offsetMs);
  return clock;
}

async function open(context: TestContext, stateDirectory: string): Promise<LocalNode> {
  // No checkpoint: the log keeps every batch.
  const checkpoints = { logBytes: 2 ** 40, batches: 10n ** 9n, queuedBytesMax: -1 };
  const onFault = (error: unknown): void => assert.fail(String(error));
  const node = await openLocalNode({ stateDirectory, host: '127.0.0.1', port: 0, onFault, checkpoints });
  context.after(() => node.close());
  return node;
}

/** Waits until the timer that the canister has set has fired. */
async function timerFired(node: LocalNode, id: PrincipalId): Promise<void> {
  for (;;) {
    const arg = program(reply(register(5)));
    const answer = node.host.query({ sender: ANONYMOUS_PRINCIPAL, receiver: id, methodName: 'query', arg });
    assert.equal(answer.kind, 'reply');
    if (answer.kind === 'reply' && answer.data.length > 0) return;
    await setTimeout(20);
  }
}

async function timerOf(node: LocalNode, id: PrincipalId, delayNs: bigint): Promise<void> {
  const onTimer = script.onTimer(program(setRegister(5, script.time())));
  await update(
    node,
    id,
    'update',
    program(setRegister(5, ''), onTimer, drop(script.setGlobalTimer(script.add(script.time(), delayNs))), reply()),
  );
}

async function batchesOf(directory: string): Promise<Batch[]> {
  const batches: Batch[] = [];
  const replay = async (batch: Batch): Promise<void> => void batches.push(batch);
  const log = await FileInputLog.open({ folder: join(directory, LOG_FOLDER), height: 0n, replay, compare: () => undefined });
  await log.close();
  return batches;
}

describe('a node whose clock jumps', { timeout: 120_000 }, () => {
  it('goes on, its timers fire, and no batch lies before the one before', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'myelin-clock-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const clock = turnClock(context);
    const directory = join(folder, 'node');
    let node = await open(context, directory);
    const id = await deploy(node, await universalCanister());
    let step = 0;
    for (const hours of [0, -5, 72, 3, 71.999, -1_000]) {
      clock.offsetMs = hours * HOUR_MS;
      await update(node, id, 'update', work(step++));
      await timerOf(node, id, 100_000_000n);
      await timerFired(node, id);
    }
    await node.close();
    clock.offsetMs = -2_000 * HOUR_MS;
    node = await open(context, directory);
    await update(node, id, 'update', work(step++));
    await timerOf(node, id, 100_000_000n);
    await timerFired(node, id);
    await node.close();
    const batches = await batchesOf(directory);
    assert.ok(batches.length > 20);
    batches.reduce((before, batch) => {
      assert.ok(batch.timeNs > before.timeNs, `height ${batch.height}`);
      return batch;
    });
  });

  it('serves an agent that goes by the wrong clock', async (context) => {
    const clock = turnClock(context);
    const onFault = (error: unknown): void => assert.fail(String(error));
    const node = await openLocalNode({ stateDirectory: undefined, host: '127.0.0.1', port: 0, onFault });
    context.after(() => node.close());
    const id = await deploy(node, await universalCanister());
    const canister = Principal.fromText(principalToText(id));
    for (const hours of [0, -5, 72]) {
      clock.offsetMs = hours * HOUR_MS;
      // Where it fetches the keys of nodes, to verify queries, this agent compares times without what it has learnt of its clock.
      const agent = await HttpAgent.create({
        host: node.url,
        shouldFetchRootKey: true,
        shouldSyncTime: true,
        verifyQuerySignatures: false,
      });
      const { response } = await agent.call(canister, {
        methodName: 'update',
        arg: program(reply(`hours ${hours}`)),
        effectiveCanisterId: canister,
      });
      assert.equal(response.status, 200, `${hours} hours`);
      const answer = await agent.query(canister, { methodName: 'query', arg: program(reply('seen')) });
      assert.deepEqual(answer.status === 'replied' ? Uint8Array.from(answer.reply.arg) : answer, utf8('seen'));
    }
  });
});
