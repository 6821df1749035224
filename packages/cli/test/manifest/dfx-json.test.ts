import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { principalFromText } from '@myelin/core/base';
import { findProject, isRemote, type Project, readCanisters } from '../../src/manifest/index.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';
import { writeFiles } from '../support/files.ts';

async function open(t: TestContext, canisters: object, more: object = {}, network = 'local'): Promise<Project> {
  const folder = temporaryFolder(t);
  writeFiles(folder, { 'dfx.json': JSON.stringify({ canisters, ...more }, undefined, '\t'), 'init.did': '(7)' });
  const project = await findProject(join(folder), network);
  assert.ok(project !== undefined);
  return project;
}

describe('dfx.json', () => {
  it('reads every type that can be built, with tabs as dfx writes them', async (t) => {
    const project = await open(
      t,
      {
        one: { type: 'motoko', main: 'src/one.mo', args: '--incremental-gc', dependencies: ['two'], init_arg: '(1)' },
        two: {
          type: 'custom',
          wasm: 'two.wasm.gz',
          candid: 'two.did',
          build: ['make', 'make more'],
          init_arg_file: 'init.did',
          post_install: 'echo',
          gzip: true,
          metadata: [
            { name: 'candid:service', networks: ['ic'] },
            { name: 'candid:service' },
            { name: 'note', content: 'x', visibility: 'private' },
          ],
          initialization_values: { memory_allocation: '2 GB', freezing_threshold: '15days 2min', compute_allocation: '3' },
          specified_id: 'rrkah-fqaaa-aaaaa-aaaaq-cai',
          declarations: { output: 'x' },
          pullable: { wasm_url: 'https://example.com', dependencies: [], init_guide: '' },
        },
        three: { type: 'rust', package: 'three', candid: 'three.did' },
      },
      { defaults: { build: { packtool: 'mops sources', args: '-A M0194' } }, output_env_file: '.env', dfx: '0.30.0' },
    );
    const [one, two, three] = await readCanisters(project, []);
    assert.ok(one !== undefined && two !== undefined && three !== undefined && !isRemote(one) && !isRemote(two) && !isRemote(three));
    assert.deepEqual(one.source, {
      kind: 'motoko',
      main: join(project.folder, 'src/one.mo'),
      arguments: ['-A', 'M0194', '--incremental-gc'],
    });
    assert.deepEqual([one.dependencies, one.initArgument], [['two'], { format: 'candid', text: '(1)' }]);
    assert.deepEqual(two.source, {
      kind: 'custom',
      commands: ['make', 'make more'],
      wasm: { from: { path: join(project.folder, 'two.wasm.gz') }, sha256: undefined },
    });
    assert.deepEqual(two.settings, { memory_allocation: 2_000_000_000n, freezing_threshold: 1_296_120n, compute_allocation: 3n });
    assert.deepEqual(two.treatment.metadata, [
      { name: 'candid:service', isPublic: true, content: { path: join(project.folder, 'two.did') } },
      { name: 'note', isPublic: false, content: { text: 'x' } },
    ]);
    assert.deepEqual([two.initArgument, two.afterwards, two.treatment.gzip], [{ format: 'candid', text: '(7)' }, ['echo'], true]);
    assert.equal(two.specifiedId, principalFromText('rrkah-fqaaa-aaaaa-aaaaq-cai'));
    assert.deepEqual(three.source, { kind: 'rust', package: 'three', isLocked: false });
    assert.equal(project.environmentFile, join(project.folder, '.env'));
  });

  it('leaves remote canisters alone on the networks that name them', async (t) => {
    const canisters = {
      ledger: { type: 'custom', wasm: 'l.wasm', candid: 'l.did', build: '', remote: { id: { ic: 'ryjl3-tyaaa-aaaaa-aaaba-cai' } } },
    };
    const [remote] = await readCanisters(await open(t, canisters, {}, 'ic'), []);
    assert.ok(remote !== undefined && isRemote(remote));
    assert.equal(remote.id, principalFromText('ryjl3-tyaaa-aaaaa-aaaba-cai'));
    const [own] = await readCanisters(await open(t, canisters), []);
    assert.ok(own !== undefined && !isRemote(own));
  });

  it('refuses what can not be done by name, for the canisters that are wanted alone', async (t) => {
    const canisters = {
      front: { type: 'assets', source: ['dist'], dependencies: ['back'] },
      back: { type: 'custom', wasm: 'a.wasm', candid: 'a.did', build: [] },
      pulled: { type: 'pull', id: 'ryjl3-tyaaa-aaaaa-aaaba-cai' },
    };
    const project = await open(t, canisters);
    await assert.rejects(readCanisters(project, ['front']), (error) => {
      assert.match((error as Error).message, /dfx\.json:4: canisters\.front\.type is 'assets'/);
      return hasCode('PROJECT_UNSUPPORTED')(error);
    });
    await assert.rejects(readCanisters(project, []), (error) => {
      const { lines } = (error as { readonly detail: { readonly lines: readonly string[] } }).detail;
      assert.match(lines.join('\n'), /front\.type is 'assets'[^]*pulled\.type is 'pull'/);
      return hasCode('PROJECT_UNSUPPORTED')(error);
    });
    assert.deepEqual(
      (await readCanisters(project, ['back'])).map(({ name }) => name),
      ['back'],
    );
    await assert.rejects(readCanisters(project, ['bakc']), (error) => {
      assert.match((error as { readonly detail: { readonly remedy: string } }).detail.remedy, /did you mean 'back'/);
      return hasCode('PROJECT_CANISTER_UNKNOWN')(error);
    });
    const typo = await open(t, { a: { type: 'motoko', mian: 'a.mo' } });
    await assert.rejects(readCanisters(typo, []), /canisters\.a\.mian is not a field that is known here/);
  });
});
