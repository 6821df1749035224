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
  /** Whether results are written at all. */
  readonly writes: boolean;
};

/** Longest that a load is held: its requests are all made before. */
const SECONDS_MAX = 3_600;

export const USAGE = `usage: npm run bench -- [--quick] [--only NAME]... [--seconds N] [--json FILE]

  --quick       few rounds and small sizes: whether everything works
  --only NAME   one benchmark; may be given again
  --seconds N   how long the load of \`load\` is held at the rate that was found
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
      seconds: { type: 'string' },
      json: { type: 'string' },
    },
  });
  for (const name of values.only ?? []) {
    if (!known.includes(name)) throw new Error(`there is no benchmark ${name}; these are: ${known.join(', ')}`);
  }
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  if (seconds !== undefined && !(seconds >= 1 && seconds <= SECONDS_MAX))
    throw new Error(`--seconds takes a number from 1 to ${SECONDS_MAX}, not ${values.seconds}`);
  return {
    quick: values.quick,
    help: values.help,
    only: values.only,
    seconds,
    json: values.json,
    writes: values.json !== undefined || (!values.quick && values.only === undefined),
  };
}
