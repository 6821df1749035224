import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Outputs } from '../../src/dev/outputs.ts';

const files = (source: string, output: string): Map<string, string> =>
  new Map([
    ['source', source],
    ['output', output],
  ]);

describe('Outputs', () => {
  it('takes files that two builds in a row have changed for outputs', () => {
    const outputs = new Outputs();
    // After the first build the output differs from what is compared with: there is one build more.
    assert.deepEqual(outputs.baseline(files('1', '0'), files('1', '1')), files('1', '0'));
    assert.deepEqual(outputs.baseline(files('1', '1'), files('1', '2')), files('1', '2'));
    assert.deepEqual(outputs.baseline(files('2', '2'), files('2', '3')), files('2', '3'));
  });

  it('does not miss what is edited while a build runs', () => {
    const outputs = new Outputs();
    assert.deepEqual(outputs.baseline(files('1', '0'), files('2', '0')), files('1', '0'));
    assert.deepEqual(outputs.baseline(files('2', '0'), files('2', '0')), files('2', '0'));
  });

  it('knows of outputs that a build removes', () => {
    const outputs = new Outputs();
    outputs.baseline(files('1', '0'), files('1', '1'));
    assert.deepEqual(outputs.baseline(files('1', '1'), new Map([['source', '1']])), new Map([['source', '1']]));
  });
});
