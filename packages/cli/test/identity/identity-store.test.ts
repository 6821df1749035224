import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { hasCode } from '../support/errors.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { createMemoryKeyFiles } from '../support/memory-key-files.ts';
import { configFolder, IdentityStore } from '../../src/identity/index.ts';

const notExpected = (): never => assert.fail('no identity should be made');

function openStore(t: TestContext): { readonly store: IdentityStore; readonly folder: string } {
  const folder = temporaryFolder(t);
  return { store: new IdentityStore(folder), folder };
}

describe('IdentityStore', () => {
  it('makes the first identity when one is needed, and only then', async (t) => {
    const { store } = openStore(t);
    assert.deepEqual(await store.names(), []);
    const made: string[] = [];
    const first = await store.current(undefined, ({ name }) => made.push(name));
    const second = await store.current(undefined, ({ name }) => made.push(name));
    assert.deepEqual(made, ['default']);
    assert.equal(first.principalText, second.principalText);
    assert.equal(first.scheme, 'ed25519');
  });

  it('keeps keys readable by their owner alone', { skip: process.platform === 'win32' ? 'Windows has no modes' : false }, async (t) => {
    const { store, folder } = openStore(t);
    const { path } = await store.create('alice', 'secp256k1');
    assert.equal(statSync(path ?? '').mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'identity')).mode & 0o777, 0o700);
  });

  it('reads keys that OpenSSL writes, and has the principal that others see', async (t) => {
    const { store } = openStore(t);
    const { privateKey } = generateKeyPairSync('ed25519');
    const identity = await store.importPem('other', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const { d } = privateKey.export({ format: 'jwk' });
    const seed = Uint8Array.from(Buffer.from(d ?? '', 'base64url'));
    assert.equal(identity.principalText, Ed25519KeyIdentity.fromSecretKey(seed).getPrincipal().toText());
    const secp = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
    assert.equal((await store.importPem('secp', secp)).scheme, 'ecdsa-secp256k1');
  });

  it('uses the chosen one, and nobody else when it is asked for', async (t) => {
    const { store } = openStore(t);
    await store.create('alice', 'ed25519');
    assert.equal((await store.choose('alice')).name, 'alice');
    assert.equal((await store.current(undefined, notExpected)).name, 'alice');
    assert.equal((await store.current('anonymous', notExpected)).principalText, '2vxsx-fae');
    assert.equal((await store.choose('anonymous')).signer, undefined);
    assert.equal((await store.current(undefined, notExpected)).name, 'anonymous');
  });

  it('refuses names that are taken, unknown or no names', async (t) => {
    const { store, folder } = openStore(t);
    const { path } = await store.create('alice', 'ed25519');
    const key = readFileSync(path ?? '', 'utf8');
    await assert.rejects(store.create('alice', 'ed25519'), hasCode('IDENTITY_EXISTS'));
    assert.equal(readFileSync(path ?? '', 'utf8'), key);
    await assert.rejects(store.load('bob'), hasCode('IDENTITY_UNKNOWN'));
    await assert.rejects(store.choose('bob'), hasCode('IDENTITY_UNKNOWN'));
    for (const name of ['', '../evil', 'a/b', '.hidden', 'anonymous', 'a'.repeat(65)]) {
      await assert.rejects(store.create(name, 'ed25519'), hasCode('IDENTITY_NAME_INVALID'), name);
    }
    await assert.rejects(store.importPem('bad', 'not a key'), hasCode('IDENTITY_PEM_INVALID'));
    writeFileSync(join(folder, 'settings.json'), '{');
    await assert.rejects(store.chosenName(), hasCode('IDENTITY_SETTINGS_INVALID'));
  });
});

/** What is synced from now on, in its order. */
async function watchSyncs(t: TestContext, folder: string): Promise<string[]> {
  const synced: string[] = [];
  const handle = await open(folder, 'r');
  const proto = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  t.mock.method(proto, 'sync', async function sync(this: FileHandle) {
    synced.push((await this.stat()).isDirectory() ? 'folder' : 'file');
    await this.datasync();
  });
  return synced;
}

describe('IdentityStore: a key is never lost', () => {
  const durable = { skip: process.platform === 'win32' ? 'Windows syncs no folders' : false };

  it('is on the disk with its name before anybody hears of it', durable, async (t) => {
    const { store, folder } = openStore(t);
    const synced = await watchSyncs(t, folder);
    await store.create('alice', 'ed25519');
    assert.deepEqual(synced.splice(0), ['folder', 'file', 'folder'], 'the new folder, the key, its name');
    await store.importPem('bob', await store.exportPem('alice'));
    assert.deepEqual(synced.splice(0), ['file', 'folder']);
    await store.choose('bob');
    assert.deepEqual(synced.splice(0), ['file', 'folder']);
    await store.rename('bob', 'carol');
    assert.deepEqual(synced.splice(0), ['folder', 'file', 'folder', 'folder'], 'its new name, the choice, the old name');
    await store.remove('alice');
    assert.deepEqual(synced, ['folder']);
  });

  for (const lacksLinks of [false, true]) {
    it(`survives whenever the power goes in a renaming, ${lacksLinks ? 'by a copy' : 'by a link'}`, async () => {
      let isDone = false;
      for (let changes = 0; !isDone; changes++) {
        const files = createMemoryKeyFiles({ lacksLinks });
        const store = new IdentityStore('/config', files);
        const { principal } = await store.create('alice', 'ed25519');
        await store.choose('alice');
        files.cutPowerAfter(changes);
        isDone = await store.rename('alice', 'bob').then(
          () => true,
          () => false,
        );
        files.cutPowerAfter(Infinity);
        const after = await store.current(undefined, notExpected);
        assert.equal(after.principal, principal, `after ${changes} changes`);
        assert.deepEqual([after.name === 'bob', isDone], [changes >= 2, changes === 3]);
      }
      assert.ok(isDone);
    });
  }

  it('renames to no name that is taken, also where files have one name', async () => {
    for (const lacksLinks of [false, true]) {
      const files = createMemoryKeyFiles({ lacksLinks });
      const store = new IdentityStore('/config', files);
      await store.create('alice', 'ed25519');
      await store.create('bob', 'ed25519');
      const before = new Map(files.contents);
      await assert.rejects(store.rename('alice', 'bob'), hasCode('IDENTITY_EXISTS'));
      await assert.rejects(store.rename('alice', 'alice'), hasCode('IDENTITY_EXISTS'));
      assert.deepEqual(files.contents, before);
    }
  });

  it('belongs to a name as it is written, where the disk takes ALICE for alice', async () => {
    const files = createMemoryKeyFiles({ ignoresCase: true });
    const store = new IdentityStore('/config', files);
    await store.create('alice', 'ed25519');
    await store.choose('alice');
    const before = new Map(files.contents);
    for (const attempt of [
      () => store.remove('ALICE'),
      () => store.removable('ALICE'),
      () => store.rename('ALICE', 'bob'),
      () => store.choose('ALICE'),
      () => store.load('ALICE'),
      () => store.exportPem('ALICE'),
      () => store.current('ALICE', notExpected),
    ]) {
      await assert.rejects(attempt(), (error: Error) => hasCode('IDENTITY_UNKNOWN')(error) && /there are: alice/.test(error.message));
    }
    await assert.rejects(store.create('Alice', 'p256'), (error: Error) => {
      assert.ok(hasCode('IDENTITY_EXISTS')(error));
      assert.match(error.message, /there is an identity 'alice' already, and this disk does not tell Alice from alice/);
      return true;
    });
    await assert.rejects(store.rename('alice', 'Alice'), hasCode('IDENTITY_EXISTS'));
    await assert.rejects(store.remove('alice'), hasCode('IDENTITY_CHOSEN'));
    assert.deepEqual(files.contents, before);
  });
});

describe('configFolder', () => {
  it('is what MYELIN_CONFIG says, else below XDG_CONFIG_HOME', () => {
    assert.equal(configFolder({ MYELIN_CONFIG: '/x', XDG_CONFIG_HOME: '/y' }), '/x');
    assert.equal(configFolder({ XDG_CONFIG_HOME: '/y' }), join('/y', 'myelin'));
    assert.match(configFolder({}), /myelin$/);
  });
});
