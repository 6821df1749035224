import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { toHex } from '@myelin/core/base';
import { buildCanisterModule } from '@myelin/core/execution';
import { universalCanister } from '@myelin/test-canisters';
import { nodeHasher } from '../../src/crypto/index.ts';
import { ModuleFiles } from '../../src/store/index.ts';

describe('rewritten modules on disk', () => {
  it('are what was rewritten; a damaged file, one of another version and one that is not needed are as good as none', async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'myelin-modules-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const source = await universalCanister();
    const hash = toHex(nodeHasher.sha256(source));
    const built = buildCanisterModule(source, hash);
    assert.ok(built.ok);
    const files = new ModuleFiles(join(folder, 'modules'), '1');
    assert.equal(files.read(source, hash), undefined);
    files.miss(built.value);
    await files.write([]);
    assert.deepEqual(files.read(source, hash), built.value);
    assert.equal(new ModuleFiles(join(folder, 'modules'), '2').read(source, hash), undefined);

    const [name = ''] = await readdir(join(folder, 'modules'));
    const path = join(folder, 'modules', name);
    const whole = await readFile(path);
    for (const damaged of [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, 2),
      Buffer.from(whole.with(whole.length >> 1, whole[whole.length >> 1]! ^ 1)),
    ]) {
      await writeFile(path, damaged);
      assert.equal(files.read(source, hash), undefined);
    }
    await writeFile(path, whole);
    await files.keepOnly(new Set([hash]));
    assert.deepEqual(files.read(source, hash), built.value);
    await files.keepOnly(new Set());
    assert.deepEqual(await readdir(join(folder, 'modules')), []);
  });
});
