/** Histograms, counters of requests, and their text. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { copyHistogram, countOf, createHistogram, exposeMetrics, HttpMetrics, observe } from '../../src/metrics/index.ts';
import { readExposition, valueOf } from './exposition-text.ts';

describe('histograms', () => {
  it('count each value in the one bucket that it belongs to', () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.uniqueArray(bound, { minLength: 1, maxLength: 12 }), fc.array(bound), (unordered, values) => {
        const bounds = unordered.toSorted((a, b) => a - b);
        const histogram = createHistogram(bounds);
        for (const value of [...values, ...bounds]) observe(histogram, value);
        const text = exposeMetrics([{ type: 'histogram', name: 'x_seconds', help: 'x', samples: [[{}, histogram]] }], undefined).text;
        const families = readExposition(text);
        assert.equal(valueOf(families, 'x_seconds_count'), values.length + bounds.length);
        for (const { name, labels, value } of families.get('x_seconds')!.samples) {
          if (name !== 'x_seconds_bucket' || labels['le'] === '+Inf') continue;
          const expected = [...values, ...bounds].filter((observed) => observed <= Number(labels['le'])).length;
          assert.equal(value, expected);
        }
      }),
    );
  });

  it('are copied as they are', () => {
    const histogram = createHistogram([1]);
    observe(histogram, 0.5);
    const copy = copyHistogram(histogram);
    observe(histogram, 2);
    assert.deepEqual([countOf(copy), copy.sum], [1, 0.5]);
    assert.deepEqual(structuredClone(copy), copy);
  });
});

describe('requests', () => {
  it('have few labels whatever canisters answer', () => {
    const metrics = new HttpMetrics();
    for (let status = 200; status < 600; status++) {
      const observation = metrics.begin();
      observation.endpoint = 'gateway';
      observation.end(status);
    }
    metrics.begin().end(undefined);
    const figures = metrics.requests();
    assert.ok(figures.length < 50);
    assert.equal(
      figures.reduce((total, { duration }) => total + countOf(duration), 0),
      401,
    );
    assert.deepEqual(
      figures.filter(({ endpoint }) => endpoint === 'none').map(({ status }) => status),
      ['closed'],
    );
  });
});

describe('the text', () => {
  const families = [
    { type: 'counter', name: 'a_total', help: 'A \\ and\na line.', samples: [[{ code: 'a"b\\c\nd' }, 3]] },
    { type: 'gauge', name: 'empty', help: 'Nothing.', samples: [] },
    { type: 'gauge', name: 'b_bytes', help: 'B.', samples: [[{}, Infinity]] },
  ] as const;

  it('escapes what has a meaning', () => {
    const { text, contentType } = exposeMetrics(families, undefined);
    assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
    const read = readExposition(text);
    assert.deepEqual(read.get('a_total')?.samples[0]?.labels, { code: 'a"b\\c\nd' });
    assert.equal(read.get('a_total')?.help, 'A \\\\ and\\na line.');
    assert.equal(valueOf(read, 'b_bytes'), Infinity);
    assert.equal(read.has('empty'), false);
  });

  it('is OpenMetrics for those who ask for it', () => {
    const { text, contentType } = exposeMetrics(families, 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5');
    assert.match(contentType, /^application\/openmetrics-text; version=1\.0\.0/);
    assert.match(text, /^# TYPE a counter$/m);
    assert.match(text, /^a_total\{/m);
    assert.ok(text.endsWith('\n# EOF\n'));
    readExposition(text);
  });
});
