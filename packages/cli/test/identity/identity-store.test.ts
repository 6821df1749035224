import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { hasCode } from '../support/errors.ts';
import { temporaryFolder } from '../support/child-process.ts';
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

describe('configFolder', () => {
  it('is what MYELIN_CONFIG says, else below XDG_CONFIG_HOME', () => {
    assert.equal(configFolder({ MYELIN_CONFIG: '/x', XDG_CONFIG_HOME: '/y' }), '/x');
    assert.equal(configFolder({ XDG_CONFIG_HOME: '/y' }), join('/y', 'myelin'));
    assert.match(configFolder({}), /myelin$/);
  });
});
