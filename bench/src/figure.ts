/**
 * What a benchmark gives: figures with their spread, and what each is read against.
 * @module
 */

/** Units of figures; `x` is a ratio of two times, `%` a share of one core. */
export type Unit = 'ms' | 'us' | '/s' | 'x' | 'MiB' | '%';

/** A value to read a figure against, in the figure's unit. */
export type Reference = {
  /**
   * `peer`: another program, measured in the same run. `limit`: what the machine, the engine or the platform allows, measured in
   * the same run. `published`: a number from a document, of another machine and often of more work (a whole subnet of nodes).
   */
  readonly kind: 'peer' | 'limit' | 'published';
  readonly what: string;
  readonly value: number;
};

export type Figure = {
  /** Stable name, `benchmark.figure`: what results are compared by. */
  readonly name: string;
  readonly what: string;
  readonly unit: Unit;
  readonly better: 'higher' | 'lower';
  /** Median over the rounds. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Values behind median and spread. */
  readonly rounds: number;
  readonly target?: number;
  readonly references?: readonly Reference[];
  /** Further values that explain the figure; the unit ends the name. */
  readonly parts?: Readonly<Record<string, number>>;
};

export type BenchmarkOptions = {
  /** Fewer rounds and messages: whether it works, not how fast it is. */
  readonly quick: boolean;
  /** How long a load is held; undefined for as long as the figure needs. */
  readonly seconds?: number | undefined;
  /** Updates a second that a load holds; undefined for as many as it finds. */
  readonly rate?: number | undefined;
  /** One line of progress. */
  readonly progress: (line: string) => void;
};

/** A module of figures/ exports one of these. */
export type Benchmark = (options: BenchmarkOptions) => Promise<readonly Figure[]>;

/** How a figure stands to a value: above 1 it is better. */
export function timesBetter(figure: Pick<Figure, 'value' | 'better'>, other: number): number {
  return figure.better === 'higher' ? figure.value / other : other / figure.value;
}

/** Whether a figure reaches its target; undefined when it has none. */
export function reachesTarget(figure: Figure): boolean | undefined {
  return figure.target === undefined ? undefined : timesBetter(figure, figure.target) >= 1;
}
