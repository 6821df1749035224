/** Every rule of tidy fires on a made-up repository that breaks it, and is silent on one that does not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRepository } from '../tidy/repository.ts';
import { findUntidy } from '../tidy/rules.ts';
import { importsOf, keepOnly } from '../tidy/source-text.ts';

/** A small repository that breaks no rule. */
const tidyFiles: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({ devDependencies: { 'fast-check': '1.0.0' } }),
  'package-lock.json': JSON.stringify({ packages: { 'node_modules/fast-check': { version: '1.0.0', integrity: 'sha512-x' } } }),
  'docs/errors.md': '| code | meaning |\n| --- | --- |\n| `AREA_REASON` | what happened |\n',
  'packages/core/package.json': JSON.stringify({
    name: '@myelin/core',
    dependencies: { cborg: '1.0.0' },
    exports: { './base': { 'myelin-source': './src/base/index.ts', default: './dist/base/index.js' } },
  }),
  'packages/core/src/base/index.ts': "export { one } from './one.ts';\n",
  'packages/core/src/base/one.ts':
    "/** One. It says 'async' and await in a comment only. */\nexport const one = { code: 'AREA_REASON' };\n",
  'packages/core/src/codec/index.ts': "export { two } from './two.ts';\n",
  'packages/core/src/codec/two.ts':
    "/** Two. */\nimport { encode } from 'cborg';\nimport { one } from '../base/index.ts';\nexport const two = [encode, one];\n",
  'packages/core/test/base/one.test.ts': "import fc from 'fast-check';\nit('x', { skip: 'no vectors here' }, () => fc);\n",
  'packages/engine/package.json': JSON.stringify({ name: '@myelin/engine', dependencies: { '@myelin/core': '0.1.0' } }),
  'packages/engine/src/index.ts': "export { one } from '@myelin/core/base';\n",
};

/** Rules broken when these files are added to, or replace those of, the tidy repository. */
function rulesBroken(changes: Readonly<Record<string, string | undefined>>): string[] {
  const files = new Map<string, string>();
  for (const [path, text] of Object.entries({ ...tidyFiles, ...changes })) if (text !== undefined) files.set(path, text);
  return [...new Set(findUntidy(createRepository(files)).map(({ rule }) => rule))];
}

describe('tidy', () => {
  it('finds nothing in a tidy repository', () => assert.deepEqual(rulesBroken({}), []));

  const cases: readonly (readonly [what: string, rule: string, changes: Readonly<Record<string, string | undefined>>])[] = [
    [
      'an import of a higher package',
      'package-rank',
      { 'packages/core/src/base/one.ts': "/** One. */\nimport '@myelin/engine';\n'AREA_REASON';\n" },
    ],
    [
      'an import of a test package by a shipped one',
      'package-rank',
      {
        'packages/engine/src/index.ts': "export { x } from '@myelin/bench';\n",
        'bench/package.json': JSON.stringify({ name: '@myelin/bench' }),
      },
    ],
    [
      'an import of a higher core folder',
      'folder-boundary',
      { 'packages/core/src/base/up.ts': "/** Up. */\nimport type { two } from '../codec/index.ts';\n" },
    ],
    [
      'an import past the index',
      'folder-boundary',
      { 'packages/core/src/codec/two.ts': "/** Two. */\nimport { one } from '../base/one.ts';\n" },
    ],
    [
      'a core folder without a rank',
      'folder-boundary',
      {
        'packages/core/src/novel/index.ts': "export { n } from './n.ts';\n",
        'packages/core/src/novel/n.ts': "/** N. */\nimport { one } from '../base/index.ts';\n",
      },
    ],
    [
      'a relative import that leaves the package',
      'folder-boundary',
      { 'packages/core/src/codec/two.ts': "/** Two. */\nimport '../../../engine/src/index.ts';\n" },
    ],
    ['an undeclared dependency', 'declared-dependency', { 'packages/core/src/base/l.ts': "/** L. */\nimport * as l from 'lodash';\n" }],
    [
      'a test dependency in shipped code',
      'declared-dependency',
      { 'packages/core/src/base/l.ts': "/** L. */\nimport fc from 'fast-check';\n" },
    ],
    ['a builtin without its scheme', 'declared-dependency', { 'packages/engine/src/l.ts': "/** L. */\nimport 'fs';\n" }],
    [
      'a dynamic import of an undeclared dependency',
      'declared-dependency',
      { 'packages/engine/src/l.ts': "/** L. */\nexport const l = import('lodash');\n" },
    ],
    ['a folder without an index', 'one-index', { 'packages/core/src/codec/index.ts': undefined }],
    ['an export of everything', 'one-index', { 'packages/core/src/base/index.ts': "export * from './one.ts';\n" }],
    [
      'an entry point that does not exist',
      'one-index',
      {
        'packages/engine/package.json': JSON.stringify({
          name: '@myelin/engine',
          dependencies: { '@myelin/core': '1' },
          exports: './src/gone.ts',
        }),
      },
    ],
    ['a vague name', 'file-name', { 'packages/core/src/base/utils.ts': '/** U. */\n' }],
    ['a vague folder', 'file-name', { 'packages/engine/src/helpers/index.ts': 'export {};\n' }],
    ['a name in camel case', 'file-name', { 'packages/core/src/base/byteReader.ts': '/** B. */\n' }],
    ['JavaScript', 'file-name', { 'tools/thing.js': '\n' }],
    ['a file without a docstring', 'module-docstring', { 'packages/core/src/base/two.ts': 'export const two = 2;\n' }],
    ['async in the core', 'deterministic-core', { 'packages/core/src/base/two.ts': '/** T. */\nexport async function f() {}\n' }],
    [
      'locale in the core',
      'deterministic-core',
      { 'packages/core/src/base/two.ts': "/** T. */\nexport const t = ''.localeCompare('');\n" },
    ],
    ['a Unicode class in the core', 'deterministic-core', { 'packages/core/src/base/two.ts': '/** T. */\nexport const t = /\\p{L}/u;\n' }],
    ['a leftover', 'leftover', { 'packages/core/src/base/two.ts': '/** T. */\n// TODO: more\n' }],
    ['a leftover in a document', 'leftover', { 'README.md': 'FIXME\n' }],
    ['an ignored type error', 'leftover', { 'packages/core/src/base/two.ts': '/** T. */\n// @ts-ignore\n' }],
    [
      'a lint rule switched off without a reason',
      'leftover',
      { 'packages/core/src/base/two.ts': '/** T. */\n// oxlint-disable-next-line no-var\n' },
    ],
    ['a test that hides others', 'hidden-test', { 'packages/core/test/base/one.test.ts': "it.only('x', () => {});\n" }],
    ['a skip without a reason', 'hidden-test', { 'packages/core/test/base/one.test.ts': "it('x', { skip: true }, () => {});\n" }],
    ['a path of one machine', 'foreign-word', { 'docs/x.md': 'see /home/someone/thing\n' }],
    ['a registry host', 'foreign-word', { '.npmrc': 'registry=https://registry.example.org/\n' }],
    ['the history of the work', 'foreign-word', { 'docs/x.md': 'as found in the previous session\n' }],
    ['a long file', 'file-length', { 'packages/core/src/base/long.ts': `/** L. */\n${'export {};\n'.repeat(501)}` }],
    [
      'an error code without a description',
      'error-list',
      { 'packages/core/src/base/two.ts': "/** T. */\nexport const t = fail('AREA_OTHER');\n" },
    ],
    ['a description without a code', 'error-list', { 'packages/core/src/base/one.ts': '/** One. */\n' }],
    ['a code described twice', 'error-list', { 'docs/errors.md': '| `AREA_REASON` | a |\n| `AREA_REASON` | b |\n' }],
    [
      'a host in the lockfile',
      'lockfile',
      {
        'package-lock.json': JSON.stringify(
          { packages: { 'node_modules/x': { resolved: 'https://x.example/x.tgz', integrity: 'sha512-x' } } },
          null,
          2,
        ),
      },
    ],
    [
      'an optional package left out',
      'lockfile',
      {
        'package-lock.json': JSON.stringify({
          packages: { 'node_modules/x': { integrity: 'sha512-x', optionalDependencies: { y: '1' } } },
        }),
      },
    ],
    [
      'a package without a hash',
      'lockfile',
      { 'package-lock.json': JSON.stringify({ packages: { 'node_modules/x': { version: '1.0.0' } } }) },
    ],
    [
      'an install script',
      'lockfile',
      {
        'package-lock.json': JSON.stringify({ packages: { 'node_modules/x': { integrity: 'sha512-x', hasInstallScript: true } } }),
      },
    ],
  ];
  for (const [what, rule, changes] of cases) {
    it(`${rule}: ${what}`, () => assert.ok(rulesBroken(changes).includes(rule), `broke only ${JSON.stringify(rulesBroken(changes))}`));
  }
});

describe('source text', () => {
  it('tells code from comments, strings, templates and regular expressions', () => {
    const source = "a('b // c'); // d\n/* e */ f(`g ${h('i')} \\` j`, /k'\\/[/']l/, m / n / o);\n";
    const code = keepOnly(source, ['code']);
    assert.equal(code.length, source.length);
    assert.deepEqual(code.match(/\w+/g), ['a', 'f', 'm', 'n', 'o']);
    assert.deepEqual(keepOnly(source, ['comment']).match(/\w+/g), ['d', 'e']);
  });

  it('finds imports of every form and nothing in texts', () => {
    const source =
      "import a from 'a';\nimport {\n  b,\n} from 'b';\nexport { c } from 'c';\nimport type { D } from 'd';\nimport 'e';\nconst f = import('f');\n" +
      "const text = ['import', from, 'g'];\nconst t = `import x from 'h'`;\n// import 'i';\nexport const j = 'j';\n";
    assert.deepEqual(importsOf(source), [
      { specifier: 'a', line: 1 },
      { specifier: 'b', line: 2 },
      { specifier: 'c', line: 5 },
      { specifier: 'd', line: 6 },
      { specifier: 'e', line: 7 },
      { specifier: 'f', line: 8 },
    ]);
  });
});
