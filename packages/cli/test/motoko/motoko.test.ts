import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { validateModule, parseModule } from '@myelin/core/wasm';
import { compileMotoko, diagnosticLine, readMotokoSources } from '../../src/motoko/index.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';

function writeSources(t: TestContext, files: Readonly<Record<string, string>>): (path: string) => string {
  const folder = temporaryFolder(t);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return (path) => join(folder, path);
}

describe('readMotokoSources', () => {
  it('follows relative imports, up, down and into folders, and leaves the rest', async (t) => {
    const at = writeSources(t, {
      'app/Main.mo': [
        'import A "../lib/A"; // a "remark" with quotes',
        'import { type T; b = c } "../lib/folder";',
        'import Nat "mo:core/Nat"; import L = "canister:ledger"; import IC "ic:aaaaa-aa";',
        '/* import X "../lib/Unused"; */ persistent actor {}',
      ].join('\n'),
      'lib/A.mo': 'import B "folder/B"; module {}',
      'lib/folder/lib.mo': 'module {}',
      'lib/folder/B.mo': 'import A "../A"; module {}',
      'lib/Unrelated.mo': 'module {}',
    });
    const sources = await readMotokoSources(at('app/Main.mo'));
    assert.equal(sources.main, 'app/Main.mo');
    assert.deepEqual(Object.keys(sources.files).toSorted(), ['app/Main.mo', 'lib/A.mo', 'lib/folder/B.mo', 'lib/folder/lib.mo']);
    assert.deepEqual(sources.canisterNames, ['ledger']);
    assert.deepEqual(sources.canisterIds, ['aaaaa-aa']);
  });

  it('reads packages', async (t) => {
    const at = writeSources(t, {
      'Main.mo': 'import P "mo:pack/P"; persistent actor {}',
      'pack/P.mo': 'module {}',
      'pack/deep/Q.mo': 'module {}',
    });
    const sources = await readMotokoSources(at('Main.mo'), { pack: at('pack') });
    assert.deepEqual(Object.keys(sources.files).toSorted(), ['.packages/pack/P.mo', '.packages/pack/deep/Q.mo', 'Main.mo']);
    assert.deepEqual(sources.packages, { pack: '.packages/pack' });
  });

  it('says when there is no such file', async (t) => {
    const at = writeSources(t, {});
    await assert.rejects(readMotokoSources(at('Main.mo')), hasCode('MOTOKO_SOURCE_MISSING'));
  });
});

describe('compileMotoko', () => {
  it('compiles several files, a package and an imported canister; the same sources give the same bytes', async (t) => {
    const at = writeSources(t, {
      'app/Main.mo':
        'import A "../lib/A"; import P "mo:pack"; import Other "canister:other";\n' +
        'persistent actor { public func sum() : async Nat { A.a + P.p + (await Other.get()) } }',
      'lib/A.mo': 'module { public let a = 1 }',
      'pack/lib.mo': 'module { public let p = 2 }',
    });
    const { files, main, packages } = await readMotokoSources(at('app/Main.mo'), { pack: at('pack') });
    const job = {
      files,
      main,
      packages,
      canisters: [{ alias: 'other', id: 'ryjl3-tyaaa-aaaaa-aaaba-cai', candid: 'service : { get : () -> (nat) query }' }],
    };
    const [first, second] = await Promise.all([compileMotoko(job), compileMotoko(job)]);
    assert.ok(first.ok && second.ok);
    assert.match(first.candid, /sum: \(\) -> \(nat\)/);
    assert.deepEqual(first.wasm, second.wasm);
    const parsed = parseModule(first.wasm);
    assert.ok(parsed.ok && validateModule(parsed.value, 'canister').ok);
  });

  it('says where a mistake is', async (t) => {
    const at = writeSources(t, {
      'src/Main.mo': 'import L "Lib";\npersistent actor {\n  public func f() : async Nat { "text" }\n}',
      'src/Lib.mo': 'module {}',
    });
    const sources = await readMotokoSources(at('src/Main.mo'));
    const answer = await compileMotoko(sources);
    assert.ok(!answer.ok);
    const lines = answer.diagnostics
      .filter(({ severity }) => severity === 'error')
      .map((diagnostic) => diagnosticLine(diagnostic, (path) => `src/${path}`));
    assert.match(lines.join('\n'), /^src\/Main\.mo:3:33: error \[M0050\] literal of type\n/);
  });

  it('says that a file which is no Motoko is none', async () => {
    const answer = await compileMotoko({ main: 'Main.mo', files: { 'Main.mo': '\u0000\u0001 {{{' } });
    assert.ok(!answer.ok && answer.diagnostics.length > 0);
  });
});
