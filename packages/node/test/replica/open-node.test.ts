/**
 * A node that can not start leaves nothing open behind.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openNode } from '../../src/node/index.ts';
import { openFilesBelow } from '../open-files.ts';

describe('a node whose port is taken', () => {
  it('closes what it has opened, and its directory is as after a clean stop', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'myelin-open-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const stateDirectory = join(folder, 'node');
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    context.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const onFault = (error: unknown): void => assert.fail(String(error));
    await assert.rejects(openNode({ stateDirectory, host: '127.0.0.1', port, onFault }), { code: 'EADDRINUSE' });
    assert.deepEqual(openFilesBelow(folder), []);
    const node = await openNode({ stateDirectory, host: '127.0.0.1', port: 0, onFault });
    assert.equal(node.replayed, 0);
    await node.close();
    assert.deepEqual(openFilesBelow(folder), []);
  });
});

describe('a node that is closed', () => {
  it('is closed once, whoever asks and however often', async () => {
    const onFault = (error: unknown): void => assert.fail(String(error));
    const node = await openNode({ stateDirectory: undefined, host: '127.0.0.1', port: 0, onFault });
    await Promise.all([node.close(), node.close()]);
    await node.close();
  });
});
