/** Reads the Prometheus text format strictly: what a scraper would refuse fails here. */
import assert from 'node:assert/strict';

export type Sample = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };
export type ReadFamily = { readonly type: string; readonly help: string; readonly samples: readonly Sample[] };

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;
const SUFFIXES: Readonly<Record<string, RegExp>> = { histogram: /(_bucket|_sum|_count)$/ };

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const match = LABEL.exec(text);
    assert.ok(match, `labels at ${at}: ${text}`);
    assert.ok(!Object.hasOwn(labels, match[1]!), `label ${match[1]} twice`);
    labels[match[1]!] = match[2]!.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  }
  return labels;
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _, ...rest } = sample.labels;
    const key = JSON.stringify(rest);
    series.set(key, [...(series.get(key) ?? []), sample]);
  }
  for (const [key, own] of series) {
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])));
    assert.deepEqual(
      bounds,
      [...new Set(bounds)].toSorted((a, b) => a - b),
      `${name}${key}: bounds ascend`,
    );
    assert.equal(bounds.at(-1), Infinity);
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
      `${name}${key}: buckets are cumulative`,
    );
    assert.equal(own.find((sample) => sample.name === `${name}_count`)?.value, counts.at(-1));
    assert.ok(own.some((sample) => sample.name === `${name}_sum`));
  }
}

/** Families by name. @throws AssertionError */
export function readExposition(text: string): Map<string, ReadFamily> {
  assert.ok(text.endsWith('\n'));
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let current: { type: string; help: string; samples: Sample[] } | undefined;
  let currentName = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '# EOF') continue;
    const meta = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (meta !== null) {
      const [, kind, name = '', rest = ''] = meta;
      if (kind === 'HELP') {
        assert.ok(!families.has(name), `${name} stands once`);
        current = { type: '', help: rest, samples: [] };
        currentName = name;
        families.set(name, current);
      } else {
        assert.equal(name, currentName);
        current!.type = rest;
      }
      continue;
    }
    const match = SAMPLE.exec(line);
    assert.ok(match, `not a sample: ${line}`);
    const [, name = '', labelText = '', valueText = ''] = match;
    const value = valueText === '+Inf' ? Infinity : Number(valueText);
    assert.ok(!Number.isNaN(value), line);
    const key = line.slice(0, line.lastIndexOf(' '));
    assert.ok(!seen.has(key), `${key} stands once`);
    seen.add(key);
    const base = name.replace(SUFFIXES[current!.type] ?? /$^/, '').replace(currentName.endsWith('_total') ? /$^/ : /_total$/, '');
    assert.equal(base, currentName, `${name} stands below its own head`);
    current!.samples.push({ name, labels: readLabels(labelText), value });
  }
  for (const [name, { type, samples }] of families) if (type === 'histogram') checkHistogram(name, samples);
  return families;
}

/** The value of one sample; fails when there is none. */
export function valueOf(families: ReadonlyMap<string, ReadFamily>, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const all = [...families.values()].flatMap(({ samples }) => samples);
  const found = all.filter(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  assert.equal(found.length, 1, `${name}${JSON.stringify(labels)} is there once`);
  return found[0]!.value;
}
