/**
 * Metrics as text: the Prometheus format 0.0.4, or OpenMetrics 1.0 for those who ask for it.
 * @module
 */
import { countOf, type Histogram } from './histogram.ts';

/** Names of labels are ours, their values are texts of a bounded set. */
export type Labels = Readonly<Record<string, string>>;

export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: 'counter' | 'gauge'; readonly samples: readonly (readonly [labels: Labels, value: number])[] }
  | { readonly type: 'histogram'; readonly samples: readonly (readonly [labels: Labels, histogram: Histogram])[] }
);

/** A family of one sample without labels. */
export function gauge(name: string, help: string, value: number): Family {
  return { type: 'gauge', name, help, samples: [[{}, value]] };
}

/** @see gauge. The name ends in `_total`. */
export function counter(name: string, help: string, value: number): Family {
  return { type: 'counter', name, help, samples: [[{}, value]] };
}

export function histogram(name: string, help: string, value: Histogram): Family {
  return { type: 'histogram', name, help, samples: [[{}, value]] };
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Bounds are written as floats, so that `1` and `1.0` are one label. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function histogramLines(name: string, labels: Labels, value: Histogram): string[] {
  let below = 0;
  const buckets = value.bounds.map((bound, index) => {
    below += value.counts[index] ?? 0;
    return `${name}_bucket${labelText({ ...labels, le: boundText(bound) })} ${below}`;
  });
  const count = countOf(value);
  return [
    ...buckets,
    `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`,
    `${name}_sum${labelText(labels)} ${numberText(value.sum)}`,
    `${name}_count${labelText(labels)} ${count}`,
  ];
}

function familyLines(family: Family, isOpenMetrics: boolean): string[] {
  // OpenMetrics names a counter without the suffix of its samples.
  const name = isOpenMetrics && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  const head = [`# HELP ${name} ${escapeText(family.help)}`, `# TYPE ${name} ${family.type}`];
  if (family.type === 'histogram') return [...head, ...family.samples.flatMap(([labels, value]) => histogramLines(name, labels, value))];
  return [...head, ...family.samples.map(([labels, value]) => `${family.name}${labelText(labels)} ${numberText(value)}`)];
}

export type Exposition = { readonly contentType: string; readonly text: string };

/** @param accept - the Accept header of the scraper. */
export function exposeMetrics(families: readonly Family[], accept: string | undefined): Exposition {
  const isOpenMetrics = accept?.includes('application/openmetrics-text') === true;
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap((family) => familyLines(family, isOpenMetrics));
  if (isOpenMetrics) {
    return { contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8', text: `${[...lines, '# EOF'].join('\n')}\n` };
  }
  return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: `${lines.join('\n')}\n` };
}
