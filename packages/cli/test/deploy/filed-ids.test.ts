import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { principalFromText } from '@myelin/core/base';
import { forgetFiledId, readFiledIds, writeFiledIds } from '../../src/deploy/filed-ids.ts';
import { findProject, type Project } from '../../src/manifest/index.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';
import { writeFiles } from '../support/files.ts';

const ONE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const TWO = 'ryjl3-tyaaa-aaaaa-aaaba-cai';

async function open(folder: string, environment: string): Promise<Project> {
  const project = await findProject(folder, environment);
  assert.ok(project !== undefined);
  return project;
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

describe('ids in the files of other tools', () => {
  it('are those of dfx for its projects: read on networks that last, written beside those of other networks', async (t) => {
    const folder = temporaryFolder(t);
    const filed = { a: { ic: ONE, test: TWO }, b: { test: TWO } };
    writeFiles(folder, { 'dfx.json': '{"canisters":{}}', 'canister_ids.json': JSON.stringify(filed) });
    const project = await open(folder, 'ic');
    assert.deepEqual([...(await readFiledIds(project))], [['a', principalFromText(ONE)]]);
    const ids = new Map([
      ['a', TWO],
      ['c', ONE],
    ]);
    await writeFiledIds(project, ids);
    assert.deepEqual(json(join(folder, 'canister_ids.json')), { a: { ic: TWO, test: TWO }, b: { test: TWO }, c: { ic: ONE } });
    const local = await open(folder, 'local');
    await writeFiledIds(local, new Map([['a', ONE]]));
    assert.deepEqual(json(join(folder, '.dfx/local/canister_ids.json')), { a: { local: ONE } });
    assert.deepEqual([...(await readFiledIds(local))], []);
    // Those of other networks and other canisters stay.
    await forgetFiledId(project, ONE);
    await forgetFiledId(project, TWO);
    assert.deepEqual(json(join(folder, 'canister_ids.json')), { a: { test: TWO }, b: { test: TWO } });
    await forgetFiledId(local, ONE);
    assert.deepEqual(json(join(folder, '.dfx/local/canister_ids.json')), {});
  });

  it('are those of icp-cli for its projects', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, { 'icp.yaml': 'canisters: []\n', '.icp/data/mappings/ic.ids.json': JSON.stringify({ a: ONE }) });
    const project = await open(folder, 'ic');
    assert.deepEqual([...(await readFiledIds(project))], [['a', principalFromText(ONE)]]);
    await writeFiledIds(project, new Map([['b', TWO]]));
    assert.deepEqual(json(join(folder, '.icp/data/mappings/ic.ids.json')), { a: ONE, b: TWO });
    await forgetFiledId(project, TWO);
    await forgetFiledId(await open(folder, 'local'), ONE);
    assert.deepEqual(json(join(folder, '.icp/data/mappings/ic.ids.json')), { a: ONE });
    await writeFiledIds(await open(folder, 'local'), new Map([['a', ONE]]));
    assert.ok(!existsSync(join(folder, '.icp/cache')) && !existsSync(join(folder, '.dfx')));
    writeFiles(folder, { '.icp/data/mappings/ic.ids.json': '{"a":"nobody"}' });
    await assert.rejects(readFiledIds(project), hasCode('PROJECT_FILE_INVALID'));
  });
});
