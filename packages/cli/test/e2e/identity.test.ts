import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { runCommand, runJson, spawnCommand, startNetwork, temporaryFolder } from '../support/child-process.ts';

type Failure = { readonly error: { readonly code: string } };

const codeOf = (stdout: string): string => (JSON.parse(stdout) as Failure).error.code;

/** Keys as dfx, icp and OpenSSL write them. */
const KEYS = {
  ed25519: () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  'ecdsa-secp256k1': () =>
    generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  'ecdsa-p256': () =>
    generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
} as const;

describe('myelin identity', () => {
  it('acts on a network with keys of all three kinds that other tools made, and gives them back', async (t) => {
    const folder = temporaryFolder(t);
    await startNetwork(t, folder);
    writeFileSync(join(folder, 'empty.wasm'), Buffer.from('0061736d01000000', 'hex'));
    for (const [scheme, makePem] of Object.entries(KEYS)) {
      const pem = makePem();
      writeFileSync(join(folder, `${scheme}.pem`), pem);
      const imported = await runJson(folder, ['identity', 'import', scheme, `${scheme}.pem`]);
      assert.equal(imported['scheme'], scheme);
      // The network checks the signatures: a canister of this identity is its own.
      await runJson(folder, ['deploy', 'empty.wasm', '--name', scheme, '--identity', scheme]);
      const status = await runJson(folder, ['canister', 'status', scheme, '--identity', scheme]);
      assert.deepEqual([status['controllers'], status['isController']], [[imported['principal']], true]);
      const exported = await runCommand(folder, ['identity', 'export', scheme]);
      assert.equal(exported.stdout, pem);
    }
  });

  it('keeps the principal that other tools see, through import and export', async (t) => {
    const folder = temporaryFolder(t);
    const pem = KEYS['ecdsa-secp256k1']();
    const child = spawnCommand(folder, ['identity', 'import', 'old', '-', '--use', '--json'], {}, 'pipe');
    child.stdin?.end(pem);
    assert.equal((await once(child, 'close'))[0], 0);
    const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' });
    const expected = Secp256k1KeyIdentity.fromSecretKey(Uint8Array.from(Buffer.from(d, 'base64url')))
      .getPrincipal()
      .toText();
    assert.equal((await runCommand(folder, ['identity', 'principal'])).stdout, `${expected}\n`);
    assert.equal((await runCommand(folder, ['identity', 'whoami'])).stdout, 'old\n');
    await runJson(folder, ['identity', 'export', 'old', '--output', 'copy.pem']);
    assert.equal(readFileSync(join(folder, 'copy.pem'), 'utf8'), pem);
    if (process.platform !== 'win32') assert.equal(statSync(join(folder, 'copy.pem')).mode & 0o777, 0o600);
    assert.equal((await runJson(folder, ['identity', 'import', 'new', 'copy.pem']))['principal'], expected);
  });

  it('makes keys of all three kinds that OpenSSL reads', async (t) => {
    const folder = temporaryFolder(t);
    for (const [scheme, kind] of [
      ['ed25519', 'ed25519'],
      ['secp256k1', 'secp256k1'],
      ['p256', 'prime256v1'],
    ] as const) {
      const made = await runJson(folder, ['identity', 'new', scheme, '--scheme', scheme]);
      const { pem, principal } = await runJson(folder, ['identity', 'export', scheme]);
      const key = createPrivateKey(String(pem));
      assert.equal(key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType, kind);
      assert.equal(principal, made['principal']);
      assert.equal((await runJson(folder, ['identity', 'use', scheme]))['name'], scheme);
      assert.equal((await runCommand(folder, ['identity', 'whoami'])).stdout, `${scheme}\n`);
    }
    const list = await runJson(folder, ['identity', 'list']);
    assert.equal((list['identities'] as unknown[]).length, 4);
  });

  it('renames an identity, and removes one that is not used', async (t) => {
    const folder = temporaryFolder(t);
    const { principal } = await runJson(folder, ['identity', 'show']);
    await runJson(folder, ['identity', 'new', 'bob']);
    const taken = await runCommand(folder, ['identity', 'rename', 'default', 'bob', '--json']);
    assert.equal(codeOf(taken.stdout), 'IDENTITY_EXISTS');
    const renamed = await runJson(folder, ['identity', 'rename', 'default', 'work']);
    assert.deepEqual([renamed['name'], renamed['principal'], renamed['formerName']], ['work', principal, 'default']);
    assert.equal((await runCommand(folder, ['identity', 'whoami'])).stdout, 'work\n');
    assert.equal(codeOf((await runCommand(folder, ['identity', 'remove', 'work', '--yes', '--json'])).stdout), 'IDENTITY_CHOSEN');
    assert.equal(codeOf((await runCommand(folder, ['identity', 'remove', 'anonymous', '--yes', '--json'])).stdout), 'IDENTITY_KEYLESS');
    assert.equal(codeOf((await runCommand(folder, ['identity', 'rename', 'anonymous', 'x', '--json'])).stdout), 'IDENTITY_KEYLESS');
    const asked = await runCommand(folder, ['identity', 'remove', 'bob']);
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /^error: the private key of bob \([a-z2-7-]+\) would be gone; nothing was done\nwhat to do: give --yes/);
    await runJson(folder, ['identity', 'remove', 'bob', '--yes']);
    const { identities } = await runJson(folder, ['identity', 'list']);
    assert.deepEqual(
      (identities as { readonly name: string }[]).map(({ name }) => name),
      ['work', 'anonymous'],
    );
  });

  it('refuses what cannot be, and overwrites nothing', async (t) => {
    const folder = temporaryFolder(t);
    assert.equal(codeOf((await runCommand(folder, ['identity', 'export', 'anonymous', '--json'])).stdout), 'IDENTITY_KEYLESS');
    assert.equal(codeOf((await runCommand(folder, ['identity', 'export', 'bob', '--json'])).stdout), 'IDENTITY_UNKNOWN');
    assert.equal((await runCommand(folder, ['identity', 'principal', 'anonymous'])).stdout, '2vxsx-fae\n');
    writeFileSync(join(folder, 'there.pem'), 'mine');
    const refused = await runCommand(folder, ['identity', 'export', '--output', 'there.pem', '--json']);
    assert.deepEqual([refused.code, codeOf(refused.stdout)], [1, 'OUTPUT_EXISTS']);
    assert.equal(readFileSync(join(folder, 'there.pem'), 'utf8'), 'mine');
    assert.equal((await runCommand(folder, ['identity', 'new', 'x', '--scheme', 'rsa'])).code, 2);
    const child = spawnCommand(folder, ['identity', 'import', 'big', '-', '--json'], {}, 'pipe');
    child.stdin?.on('error', () => {});
    child.stdin?.end('x'.repeat(1_000_000));
    assert.equal((await once(child, 'close'))[0], 1);
  });
});
