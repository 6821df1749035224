import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { IcError, principalFromText } from '@myelin/core/base';
import {
  decodeCanisterNames,
  encodeCanisterNames,
  forgetCanisterId,
  isStateFolderLocked,
  lockStateFolder,
  makeStateFolder,
  readAllCanisterIds,
  readCanisterIds,
  readNodeRecord,
  rememberCanisterId,
  replaceCanisterIds,
  withOlderCommand,
  writeNodeRecord,
} from '../../src/project/index.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';

const LOCK_HOLDER = fileURLToPath(new URL('../support/lock-holder.ts', import.meta.url));

describe('lockStateFolder', () => {
  it('is held by one process at a time, and ends with it, however it ends', async (t) => {
    const folder = temporaryFolder(t);
    await makeStateFolder(folder);
    assert.equal(isStateFolderLocked(folder), false);
    const holder = spawn(process.execPath, ['--conditions=myelin-source', LOCK_HOLDER, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    assert.equal(isStateFolderLocked(folder), true);
    await assert.rejects(lockStateFolder(folder), hasCode('STATE_FOLDER_IN_USE'));
    holder.kill('SIGKILL');
    await once(holder, 'close');
    assert.equal(isStateFolderLocked(folder), false);
    const lock = await lockStateFolder(folder);
    assert.equal(isStateFolderLocked(folder), true);
    lock.release();
    assert.equal(isStateFolderLocked(folder), false);
  });

  it('says who holds it', async (t) => {
    const folder = temporaryFolder(t);
    const lock = await lockStateFolder(folder);
    await writeNodeRecord(folder, { pid: 4711, url: 'http://localhost:8000', rootKey: '00', startedAt: '2026-01-02T03:04:05.000Z' });
    await assert.rejects(
      lockStateFolder(folder),
      /process 4711 \(http:\/\/localhost:8000, since 2026-01-02T03:04:05\.000Z\) runs the network in .* already/,
    );
    lock.release();
  });
});

describe('state folder', () => {
  it('is left alone by version control', async (t) => {
    const folder = temporaryFolder(t);
    await makeStateFolder(folder);
    await makeStateFolder(folder);
    assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), '*\n');
  });

  it('tells files that are damaged, and does not mind those that are missing', async (t) => {
    const folder = temporaryFolder(t);
    assert.equal(await readNodeRecord(folder), undefined);
    writeFileSync(join(folder, 'node.json'), '{"url"');
    await assert.rejects(readNodeRecord(folder), hasCode('STATE_FILE_INVALID'));
    writeFileSync(join(folder, 'node.json'), '[]');
    assert.equal(await readNodeRecord(folder), undefined);
  });
});

describe('names of canisters in a file', () => {
  const id = principalFromText('ryjl3-tyaaa-aaaaa-aaaba-cai');

  it('come out as they went in', () => {
    const ids = new Map([
      ['a', id],
      ['__proto__', id],
      ['mein Zähler', id],
    ]);
    assert.deepEqual(decodeCanisterNames(encodeCanisterNames(ids) ?? new Uint8Array(0)), ids);
    assert.equal(encodeCanisterNames(new Map()), undefined);
  });

  it('are refused when they are something else', () => {
    const texts = [
      '',
      '[]',
      'null',
      '{"canisters":7}',
      '{"canisters":{"a":"no id"}}',
      '{"canisters":{"":"aaaaa-aa"}}',
      '{"canisters":{"a\\n":"aaaaa-aa"}}',
    ];
    for (const text of [...texts, `{"canisters":{"${'a'.repeat(101)}":"aaaaa-aa"}}`])
      assert.throws(() => decodeCanisterNames(Buffer.from(text)), hasCode('STATE_FILE_INVALID'), text);
  });
});

describe('a state folder of an older release', () => {
  it('names the command that finishes it', () => {
    const error = new IcError({ code: 'PROTOCOL_VERSION_OLDER', release: '0.1.0' }, 'made by an older one');
    const { detail } = withOlderCommand('my folder', error) as IcError<{ code: string; remedy: string }>;
    assert.equal(detail.code, 'PROTOCOL_VERSION_OLDER');
    assert.match(detail.remedy, /npx myelin@0\.1\.0 start --state 'my folder'/);
    const other = new IcError({ code: 'STATE_MISSING' });
    assert.equal(withOlderCommand('folder', other), other);
  });
});

describe('canister ids', () => {
  const id = principalFromText('ryjl3-tyaaa-aaaaa-aaaba-cai');
  const other = principalFromText('rwlgt-iiaaa-aaaaa-aaaaa-cai');
  const networkOf = (byte: number): { rootKey: Uint8Array; address: string } => ({
    rootKey: Uint8Array.of(byte),
    address: `http://localhost:${byte}`,
  });

  it('are remembered by network and name', async (t) => {
    const folder = join(temporaryFolder(t), 'new');
    await rememberCanisterId(folder, networkOf(1), 'a', id);
    await rememberCanisterId(folder, networkOf(1), 'b', other);
    await rememberCanisterId(folder, networkOf(2), 'a', other);
    assert.deepEqual(
      [...(await readCanisterIds(folder, networkOf(1).rootKey))],
      [
        ['a', id],
        ['b', other],
      ],
    );
    assert.deepEqual([...(await readCanisterIds(folder, networkOf(2).rootKey))], [['a', other]]);
    assert.deepEqual([...(await readCanisterIds(folder, networkOf(3).rootKey))], []);
    assert.deepEqual(await forgetCanisterId(folder, networkOf(1).rootKey, other), ['b']);
    assert.deepEqual(await forgetCanisterId(folder, networkOf(3).rootKey, other), []);
    assert.deepEqual(
      (await readAllCanisterIds(folder)).map(({ address, canisters }) => [address, [...canisters]]),
      [
        ['http://localhost:2', [['a', other]]],
        ['http://localhost:1', [['a', id]]],
      ],
    );
  });

  it('give way to those of the state that took the place of the network', async (t) => {
    const folder = temporaryFolder(t);
    await rememberCanisterId(folder, networkOf(1), 'a', id);
    await rememberCanisterId(folder, networkOf(2), 'a', id);
    await replaceCanisterIds(folder, networkOf(1).rootKey, new Map([['b', other]]));
    assert.deepEqual([...(await readCanisterIds(folder, networkOf(1).rootKey))], [['b', other]]);
    assert.deepEqual([...(await readCanisterIds(folder, networkOf(2).rootKey))], [['a', id]]);
  });

  it('of the networks that were longest not used are forgotten', async (t) => {
    const folder = temporaryFolder(t);
    for (let network = 0; network < 60; network++) {
      await rememberCanisterId(folder, networkOf(network), 'a', id);
      await rememberCanisterId(folder, networkOf(0), 'a', id);
    }
    const known = await Promise.all(
      Array.from({ length: 60 }, async (_, network) => (await readCanisterIds(folder, networkOf(network).rootKey)).size),
    );
    assert.equal(known.filter((size) => size > 0).length, 50);
    assert.deepEqual([known[0], known[1], known[59]], [1, 0, 1]);
  });
});
