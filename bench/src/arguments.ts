/**
 * The command line of the benchmarks.
 * @module
 */
import { parseArgs } from 'node:util';

export type BenchArguments = {
  readonly quick: boolean;
  readonly help: boolean;
  /** Benchmarks to run; undefined for all. */
  readonly only: readonly string[] | undefined;
  /** Where results go; undefined for a name made of date and commit. */
  readonly json: string | undefined;
  /** Whether results are written at all. */
  readonly writes: boolean;
};

export const USAGE = `usage: npm run bench -- [--quick] [--only NAME]... [--json FILE]

  --quick       few rounds and small sizes: whether everything works
  --only NAME   one benchmark; may be given again
  --json FILE   where the results go; without it full runs of everything
                write bench/results/<date>-<commit>.json, others nothing`;

/**
 * Reads the arguments.
 * @param known - names of the benchmarks.
 * @throws Error for what is not known, with the names that are.
 */
export function parseBenchArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
    },
  });
  for (const name of values.only ?? []) {
    if (!known.includes(name)) throw new Error(`there is no benchmark ${name}; these are: ${known.join(', ')}`);
  }
  return {
    quick: values.quick,
    help: values.help,
    only: values.only,
    json: values.json,
    writes: values.json !== undefined || (!values.quick && values.only === undefined),
  };
}
