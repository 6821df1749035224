/**
 * Program: runs one benchmark, so that none inherits the heap or the compiled code of another. Arguments: its name,
 * and as JSON how it shall run. Sends progress and figures over the channel.
 * @module
 */
import { benchmarks } from '../src/benchmarks.ts';
import type { BenchmarkOptions, Figure } from '../src/figure.ts';

/** How it shall run. */
export type RunOptions = Omit<BenchmarkOptions, 'progress'>;

/** What the process says. */
export type BenchmarkMessage =
  | { readonly kind: 'progress'; readonly line: string }
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] };

const [name = '', options = '{}'] = process.argv.slice(2);
process.once('disconnect', () => {
  console.error('ended because nobody listens');
  process.exit(1);
});
const say = (message: BenchmarkMessage): void => void process.send?.(message);
const benchmark = await benchmarks[name]?.load();
if (benchmark === undefined) throw new Error(`there is no benchmark ${name}`);
const run = JSON.parse(options) as RunOptions;
const figures = await benchmark({ ...run, progress: (line) => say({ kind: 'progress', line }) });
process.send?.({ kind: 'figures', figures } satisfies BenchmarkMessage, () => process.exit(0));
