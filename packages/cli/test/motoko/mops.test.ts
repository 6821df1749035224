import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readMopsPackages, readMotokoFlags } from '../../src/motoko/index.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';
import { writeFiles } from '../support/files.ts';

describe('readMopsPackages', () => {
  it('finds registry, git and local packages and what they need, the highest version of each', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, {
      'mops.toml':
        '[dependencies]\na = "1.0.0"\nlocal = "./lib/local"\ngit = "https://github.com/x/git#main@abc"\ncore = "2.0.0"\n[moc]\nargs = ["-W=M0223"]\n',
      '.mops/a@1.0.0/mops.toml': '[package]\nname = "a"\nbaseDir = "lib"\n[dependencies]\nb = "0.9.0"\n',
      '.mops/a@1.0.0/lib/lib.mo': '',
      '.mops/b@0.9.0/src/lib.mo': '',
      '.mops/b@0.10.0/src/lib.mo': '',
      '.mops/_github/git#main@abc/src/lib.mo': '',
      'lib/local/mops.toml': '[dependencies]\nb = "0.10.0"\n',
      'lib/local/Main.mo': '',
    });
    const found = await readMopsPackages(join(folder, 'src/deep'));
    assert.deepEqual(found, {
      file: join(folder, 'mops.toml'),
      packages: {
        a: join(folder, '.mops/a@1.0.0/lib'),
        b: join(folder, '.mops/b@0.10.0/src'),
        git: join(folder, '.mops/_github/git#main@abc/src'),
        local: join(folder, 'lib/local'),
      },
      compilerArguments: ['-W=M0223'],
    });
  });

  it('takes the versions of mops.lock while it fits mops.toml', async (t) => {
    const folder = temporaryFolder(t);
    const lock = { version: 3, deps: { a: '1.0.0', b: '0.9.0' } };
    writeFiles(folder, {
      'mops.toml': '[dependencies]\na = "1.0.0"\n',
      'mops.lock': JSON.stringify(lock),
      '.mops/a@1.0.0/mops.toml': '[dependencies]\nb = "0.10.0"\n',
      '.mops/b@0.9.0/src/lib.mo': '',
      '.mops/b@0.10.0/src/lib.mo': '',
    });
    assert.equal((await readMopsPackages(folder))?.packages['b'], join(folder, '.mops/b@0.9.0/src'));
    writeFiles(folder, { 'mops.lock': JSON.stringify({ ...lock, deps: { ...lock.deps, a: '0.1.0' } }) });
    assert.equal((await readMopsPackages(folder))?.packages['b'], join(folder, '.mops/b@0.10.0/src'));
  });

  it('says which package is not installed, and where a file is wrong', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, { 'mops.toml': '[dependencies]\nmap = "9.0.1"\n' });
    await assert.rejects(readMopsPackages(folder), (error) => {
      assert.match((error as Error).message, /the package map 9\.0\.1, which .*mops\.toml needs, is not installed/);
      return hasCode('MOTOKO_PACKAGE_MISSING')(error);
    });
    writeFiles(folder, { 'mops.toml': '[dependencies]\nmap = 9.0.1\n' });
    await assert.rejects(readMopsPackages(folder), (error) => {
      assert.match((error as Error).message, /mops\.toml:2: /);
      return hasCode('PROJECT_FILE_INVALID')(error);
    });
  });
});

describe('readMotokoFlags', () => {
  const read = (words: readonly string[]): ReturnType<typeof readMotokoFlags> => readMotokoFlags(words, '/p', (why) => new Error(why));

  it('knows what the arguments of the compiler mean', () => {
    const words = [
      '--legacy-persistence',
      '--copying-gc',
      '--package',
      'x',
      'lib',
      '--actor-alias',
      'l',
      'aaaaa-aa',
      '--actor-idl',
      'idl',
      '-W=M1',
      '-v',
    ];
    assert.deepEqual(read(words), {
      mode: 'classicOP',
      collector: 'copying',
      packages: { x: '/p/lib' },
      aliases: { l: 'aaaaa-aa' },
      interfaceFolder: '/p/idl',
      publicMetadata: [],
      others: ['-W', 'M1'],
    });
  });

  it('refuses by name what the compiler does not take', () => {
    assert.throws(() => read(['--sanity-checks']), /has '--sanity-checks', which the Motoko compiler/);
    assert.throws(() => read(['--package', 'x']), /ends after '--package'/);
    assert.throws(() => read(['--copying-gc']), /goes with --legacy-persistence only/);
  });
});
