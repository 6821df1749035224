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
  /** How long a load is held; undefined for as long as the figure needs. */
  readonly seconds: number | undefined;
  /** Updates a second that `load` holds; undefined for as many as it finds. */
  readonly rate: number | undefined;
  /** Whether results are written at all. */
  readonly writes: boolean;
};

/** More than any of the servers does in a second. */
const RATE_MAX = 20_000;
/** Longest that a load is held: its requests are all made before. */
const SECONDS_MAX = 3_600;

export const USAGE = `usage: npm run bench -- [--quick] [--only NAME]... [--seconds N] [--rate N] [--json FILE]

  --quick       few rounds and small sizes: whether everything works
  --only NAME   one benchmark; may be given again
  --seconds N   how long the load of \`load\` is held at the rate that was found
  --rate N      updates a second that \`load\` holds, instead of as many as
                it finds that the node can
  --json FILE   where the results go; without it full runs of everything
                write bench/results/<date>-<commit>.json, others nothing`;

function numberIn(text: string | undefined, name: string, max: number): number | undefined {
  const number = text === undefined ? undefined : Number(text);
  if (number !== undefined && !(number >= 1 && number <= max)) throw new Error(`--${name} takes a number from 1 to ${max}, not ${text}`);
  return number;
}

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
      seconds: { type: 'string' },
      rate: { type: 'string' },
      json: { type: 'string' },
    },
  });
  for (const name of values.only ?? []) {
    if (!known.includes(name)) throw new Error(`there is no benchmark ${name}; these are: ${known.join(', ')}`);
  }
  const seconds = numberIn(values.seconds, 'seconds', SECONDS_MAX);
  const rate = numberIn(values.rate, 'rate', RATE_MAX);
  return {
    quick: values.quick,
    help: values.help,
    only: values.only,
    seconds,
    rate,
    json: values.json,
    writes: values.json !== undefined || (!values.quick && values.only === undefined),
  };
}
