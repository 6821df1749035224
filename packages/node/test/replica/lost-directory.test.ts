/**
 * A state directory that goes away, or can not be made: the node says so and stops, and acknowledges nothing that is not where it belongs.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { PrincipalId } from '@myelin/core/base';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode, type LocalNode } from '../../src/node/index.ts';
import { verifyState } from '../../src/replica/index.ts';
import { openFilesBelow } from '../open-files.ts';
import { deploy, update, work } from './node-updates.ts';

const failed = { detail: { code: 'STATE_DISK_FAILED' }, message: /start again$/ };

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'myelin-lost-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A node with a canister that has worked. */
async function working(
  stateDirectory: string,
): Promise<{ readonly node: LocalNode; readonly id: PrincipalId; readonly faults: unknown[] }> {
  const faults: unknown[] = [];
  const node = await openLocalNode({ stateDirectory, host: '127.0.0.1', port: 0, onFault: (error) => faults.push(error) });
  const id = await deploy(node, await universalCanister());
  await update(node, id, 'update', work(1));
  return { node, id, faults };
}

async function assertStops({ node, id, faults }: Awaited<ReturnType<typeof working>>, folder: string): Promise<void> {
  await assert.rejects(update(node, id, 'update', work(2)), failed);
  assert.equal(faults.length, 1);
  await node.close();
  assert.deepEqual(openFilesBelow(folder), []);
}

describe('a state directory', () => {
  it('that is removed under the running node stops it before it acknowledges more', async (context) => {
    const folder = await temporaryFolder(context);
    const directory = join(folder, 'node');
    const running = await working(directory);
    await rm(directory, { recursive: true });
    await assertStops(running, folder);
  });

  it('that is moved holds everything where it is now, and the one in its place stays as it is', async (context) => {
    const folder = await temporaryFolder(context);
    const directory = join(folder, 'node');
    const running = await working(directory);
    const { height } = running.node.host.certified.state;
    await rename(directory, join(folder, 'moved'));
    const other = await working(directory);
    await assertStops(running, join(folder, 'moved'));
    assert.ok((await verifyState(join(folder, 'moved'))).height >= height);
    const summary = other.node.host.certified.state;
    await other.node.close();
    assert.equal((await verifyState(directory)).height, summary.height);
  });

  it('that can not be made or read is told with the reason', async (context) => {
    const folder = await temporaryFolder(context);
    const onFault = (error: unknown): void => assert.fail(String(error));
    const file = join(folder, 'file');
    await writeFile(file, '');
    const options = { host: '127.0.0.1', port: 0, onFault };
    await assert.rejects(openLocalNode({ ...options, stateDirectory: join(file, 'node') }), { ...failed, message: /no directory/ });
    const directory = join(folder, 'node');
    await mkdir(join(directory, 'genesis.json'), { recursive: true });
    await assert.rejects(openLocalNode({ ...options, stateDirectory: directory }), { ...failed, message: /it is a directory/ });
    assert.deepEqual(openFilesBelow(folder), []);
  });
});
