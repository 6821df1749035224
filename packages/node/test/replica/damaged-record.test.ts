/**
 * A record that the disk has damaged is met when a query needs it: the node says what is wrong and stops, instead of an answer.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { PrincipalId } from '@myelin/core/base';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode, openNode } from '../../src/node/index.ts';
import { deploy, update, work } from './node-updates.ts';

describe('a damaged record of a canister', () => {
  it('stops a node whose query threads ask for it, with the reason', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'myelin-node-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const options = { stateDirectory: join(folder, 'node'), host: '127.0.0.1', port: 0 };
    const before = await openLocalNode({ ...options, onFault: (error) => assert.fail(error as Error) });
    const id = await deploy(before, await universalCanister());
    await update(before, id, 'update', work(1));
    await before.close();
    const database = new DatabaseSync(join(options.stateDirectory, 'checkpoint', 'checkpoint.db'));
    const row = database.prepare("SELECT key, value FROM record WHERE hex(key) LIKE '10%' ORDER BY key LIMIT 1").get();
    const { key, value } = row as { readonly key: Uint8Array; readonly value: Uint8Array };
    value[value.length - 1]! ^= 1;
    database.prepare('UPDATE record SET value = ? WHERE key = ?').run(value, key);
    database.close();

    const { promise: stopped, resolve } = Promise.withResolvers<unknown>();
    const node = await openNode({ ...options, onFault: resolve });
    const call = { sender: '04' as PrincipalId, canisterId: id, effectiveCanisterId: id, methodName: 'query', arg: work(1) };
    const asked = node.replica.query({ ...call, requestId: new Uint8Array(32) });
    const answered = asked.then(
      () => assert.fail('there is no answer'),
      (error: unknown) => error,
    );
    const fault = (await Promise.race([stopped, answered])) as { readonly detail?: { readonly code: string } };
    assert.equal(fault.detail?.code, 'STATE_RECORD_MALFORMED');
    await node.close().catch(() => undefined);
  });
});
