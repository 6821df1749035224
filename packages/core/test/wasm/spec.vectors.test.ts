/**
 * The WebAssembly specification's test suite: parser and validator must decide as it says, and instrumented modules must compute as it says.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { wasmRules } from '../../src/wasm/index.ts';
import { adapt, adaptations } from './spec/adaptations.ts';
import { completeScripts, departures, totals } from './spec/expectations.ts';
import { CATEGORIES, runScript } from './spec/runner.ts';
import { parseScript } from './text/script.ts';

const repository = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const folder = join(process.env['MYELIN_VECTORS'] ?? join(repository, '../shared/vectors'), 'wasm-spec');
const present = existsSync(folder);
const reason = 'no vectors: get github.com/WebAssembly/testsuite at 193e551 and set MYELIN_VECTORS';

if (!present && process.env['CI'] !== undefined) throw new Error(`${folder} is missing; ${reason}`);

const files = present
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.wast'))
      .map((file) => file.replaceAll('\\', '/'))
      .sort()
  : [];

describe('WebAssembly test suite', { skip: present ? false : reason }, () => {
  const sums: Record<string, number> = Object.fromEntries(CATEGORIES.map((category) => [category, 0]));
  let skipped = 0;
  let textOnly = 0;

  after(() => {
    for (const category of CATEGORIES) console.log(`${category}: ${sums[category]}`);
    console.log(`on modules that do not run: ${skipped}; about the text format only: ${textOnly}`);
  });

  it('consists of the scripts that the tables name', () => {
    assert.deepEqual(files, [...completeScripts, ...Object.keys(departures)].sort());
    for (const file of Object.keys(adaptations)) assert.ok(files.includes(file), file);
    for (const { refused } of Object.values(departures))
      for (const rule of Object.keys(refused ?? {})) assert.ok(Object.hasOwn(wasmRules, rule), rule);
  });

  for (const file of files) {
    it(file, () => {
      const report = runScript(parseScript(adapt(file, readFileSync(join(folder, file), 'latin1'))));
      assert.deepEqual(report.failures, []);
      const { refused = {}, notRun = {}, skipped: expectedSkips = 0, nothingRuns = false } = departures[file] ?? {};
      assert.deepEqual(
        { refused: report.refused, notRun: report.notRun, skipped: report.skipped },
        { refused, notRun, skipped: expectedSkips },
      );
      const ran = Object.values(report.ran).reduce((sum, count) => sum + count, 0);
      assert.equal(ran === 0, nothingRuns, `${ran} assertions ran`);
      for (const category of CATEGORIES) sums[category]! += report.ran[category];
      skipped += report.skipped;
      textOnly += report.textOnly;
    });
  }

  it('ran as many assertions as ever', () => {
    assert.deepEqual(sums, totals);
  });
});
