import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBenchArguments } from '../src/arguments.ts';

const known = ['engine', 'http-update'];

describe('command line of the benchmarks', () => {
  it('runs everything and writes the results', () => {
    assert.deepEqual(parseBenchArguments([], known), {
      quick: false,
      help: false,
      only: undefined,
      seconds: undefined,
      rate: undefined,
      json: undefined,
      writes: true,
    });
  });

  it('writes nothing for a part or a quick run, unless a file is named', () => {
    assert.equal(parseBenchArguments(['--quick'], known).writes, false);
    assert.equal(parseBenchArguments(['--only', 'engine'], known).writes, false);
    assert.equal(parseBenchArguments(['--quick', '--json', 'a.json'], known).writes, true);
  });

  it('takes several benchmarks', () => {
    assert.deepEqual(parseBenchArguments(['--only', 'engine', '--only=http-update'], known).only, known);
  });

  it('takes how long a load is held, within bounds', () => {
    assert.equal(parseBenchArguments(['--seconds', '600'], known).seconds, 600);
    assert.equal(parseBenchArguments(['--rate', '3000'], known).rate, 3_000);
    for (const text of ['0', '3601', 'long']) assert.throws(() => parseBenchArguments(['--seconds', text], known), /from 1 to 3600, not/);
  });

  it('says what there is when a benchmark is unknown, and refuses unknown options', () => {
    assert.throws(() => parseBenchArguments(['--only', 'motor'], known), /no benchmark motor; these are: engine, http-update/);
    assert.throws(() => parseBenchArguments(['--fast'], known), /--fast/);
  });
});
