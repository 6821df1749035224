import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { askNewProject, createProject, ownPackage, projectName, TEMPLATES } from '../../src/new/index.ts';
import { runCommand, runJson, temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';

describe('projectName', () => {
  it('is the name of the folder, or the one that is given', () => {
    assert.equal(projectName('web/my-counter', undefined), 'my-counter');
    assert.equal(projectName('/somewhere/else/', undefined), 'else');
    assert.equal(projectName('My Folder', 'backend_2'), 'backend_2');
  });

  it('refuses what a canister or a package cannot be called, and says what would do', () => {
    const cases: readonly (readonly [name: string, near: RegExp])[] = [
      ['My Counter', /--name my-counter/],
      ['2048', /--name NAME/],
      ['_x', /--name x/],
      ['-', /--name NAME/],
      ['a--b', /--name a-b/],
      ['x'.repeat(51), new RegExp(`--name ${'x'.repeat(50)},`)],
      ['node_modules', /--name node-modules/],
      ['über', /--name/],
      ['a"; rm', /--name a-rm/],
    ];
    for (const [name, near] of cases) {
      assert.throws(
        () => projectName('folder', name),
        (error: Error & { readonly detail: { readonly code: string; readonly remedy: string } }) => {
          assert.equal(error.detail.code, 'NEW_NAME_INVALID', name);
          assert.match(error.detail.remedy, near);
          return true;
        },
      );
    }
  });
});

describe('createProject', () => {
  it('writes every template whole: no placeholder is left, hidden files have their names', async (t) => {
    const folder = temporaryFolder(t);
    for (const { name: template } of TEMPLATES) {
      const { files } = await createProject(join(folder, 'deep', template), template, 'my-app');
      for (const file of ['README.md', '.gitignore', 'icp.yaml', 'package.json']) assert.ok(files.includes(file), `${template}: ${file}`);
      for (const file of files) {
        const text = readFileSync(join(folder, 'deep', template, file), 'utf8');
        assert.doesNotMatch(text, /\{\{/, `${template}: ${file}`);
        assert.ok(text.endsWith('\n'), `${template}: ${file}`);
      }
      const manifest = JSON.parse(readFileSync(join(folder, 'deep', template, 'package.json'), 'utf8')) as {
        readonly name: string;
        readonly dependencies?: Record<string, string>;
        readonly devDependencies: Record<string, string>;
      };
      assert.equal(manifest.name, 'my-app');
      const { myelin, ...others } = { ...manifest.dependencies, ...manifest.devDependencies };
      assert.equal(myelin, ownPackage(true).myelin);
      for (const [name, version] of Object.entries(others)) {
        const installed = new URL(`../../../../node_modules/${name}/package.json`, import.meta.url);
        const { version: tested } = JSON.parse(readFileSync(installed, 'utf8')) as { readonly version: string };
        assert.equal(version, tested, `${template} pins the ${name} that it is tested with`);
      }
    }
  });

  it('depends on this package: by its version, or by its folder where it is not built', () => {
    const folder = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
    assert.deepEqual(ownPackage(true), { myelin: `file:${folder}`, node: 'node --conditions=myelin-source' });
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version: string };
    assert.deepEqual(ownPackage(false), { myelin: version, node: 'node' });
  });

  it('takes an empty folder, and leaves every other one alone', async (t) => {
    const folder = temporaryFolder(t);
    const at = (name: string): string => join(folder, name);
    mkdirSync(at('empty'));
    await createProject(at('empty'), 'motoko', 'empty');
    mkdirSync(at('full'));
    writeFileSync(at('full/notes.txt'), 'mine');
    await assert.rejects(createProject(at('full'), 'motoko', 'full'), hasCode('NEW_FOLDER_TAKEN'));
    assert.deepEqual(readdirSync(at('full')), ['notes.txt']);
    await assert.rejects(createProject(at('full/notes.txt'), 'motoko', 'full'), hasCode('NEW_FOLDER_TAKEN'));
    await assert.rejects(createProject(at('full/notes.txt/x'), 'motoko', 'full'), hasCode('NEW_FOLDER_TAKEN'));
    symlinkSync(at('full'), at('link'));
    await assert.rejects(createProject(at('link'), 'motoko', 'link'), hasCode('NEW_FOLDER_TAKEN'));
    assert.equal(readFileSync(at('full/notes.txt'), 'utf8'), 'mine');
  });
});

describe('askNewProject', () => {
  const ask = async (answers: string, words: Parameters<typeof askNewProject>[0]) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const said: string[] = [];
    output.setEncoding('utf8').on('data', (text: string) => said.push(text));
    input.end(answers);
    const chosen = await askNewProject(words, { input, output });
    return { chosen, shown: said.join('') };
  };

  it('asks for what is missing, until the answer is right', async () => {
    const { chosen, shown } = await ask('\nweb\n9\nassemblyscript\n', { folder: undefined, template: undefined });
    assert.deepEqual(chosen, { folder: 'web', template: 'assemblyscript' });
    for (const { name } of TEMPLATES) assert.ok(shown.includes(name));
    assert.deepEqual((await ask('2\n', { folder: 'x', template: undefined })).chosen, { folder: 'x', template: 'typescript' });
    assert.deepEqual((await ask('\n', { folder: 'x', template: undefined })).chosen, { folder: 'x', template: 'motoko' });
    assert.deepEqual((await ask('y\n', { folder: undefined, template: 'motoko' })).chosen, { folder: 'y', template: 'motoko' });
  });

  it('gives up when there are no more answers, or none is right', async () => {
    await assert.rejects(ask('', { folder: 'x', template: undefined }), hasCode('USAGE_OPERANDS'));
    await assert.rejects(ask('no\n'.repeat(10), { folder: 'x', template: undefined }), hasCode('USAGE_OPERANDS'));
  });
});

describe('myelin new', () => {
  it('answers programs with one object, and asks them nothing', async (t) => {
    const folder = temporaryFolder(t);
    const made = await runJson(folder, ['new', 'shop/cart', '--template', 'motoko', '--name', 'basket']);
    assert.deepEqual([made['name'], made['template'], made['folder']], ['basket', 'motoko', 'shop/cart']);
    assert.ok((made['files'] as string[]).includes('src/main.mo'));
    for (const [words, code, said] of [
      [['new'], 2, /the folder is missing/],
      [['new', 'x'], 2, /the template is missing/],
      [['new', 'x', '--template', 'typscript'], 2, /did you mean 'typescript'/],
      [['new', 'shop/cart', '--template', 'motoko'], 1, /not empty/],
      [['new', 'X', '--template', 'motoko'], 2, /--name x/],
    ] as const) {
      const finished = await runCommand(folder, words);
      assert.equal(finished.code, code, words.join(' '));
      assert.match(finished.stderr, said);
    }
    assert.deepEqual(readdirSync(folder).toSorted(), ['shop'], 'what failed left nothing');
  });
});
