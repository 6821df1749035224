/**
 * What the page knows of its node, and what it makes of two looks at it.
 * @module
 */
import { formatBytes, formatCount, formatSeconds, formatWhole } from './format.ts';

/** A histogram: upper bounds of its buckets, and counts, one more than bounds. */
export type Durations = { readonly bounds: readonly number[]; readonly counts: readonly number[]; readonly sum: number };

export type PageCanister = {
  readonly id: string;
  readonly name: string | undefined;
  readonly status: string;
  readonly moduleHash: string | undefined;
  /** Decimal. */
  readonly cycles: string;
  /** Since it was created. Decimal. */
  readonly burnedCycles: string;
  /** Counts the messages that it executed, and changes of its code and settings. */
  readonly version: number;
  readonly memoryBytes: number;
  readonly heapBytes: number;
  readonly stableBytes: number;
  readonly queuedMessages: number;
  readonly url: string;
};

export type NodeState = {
  readonly version: string;
  readonly health: { readonly status: string; readonly reasons: readonly string[] };
  /** Milliseconds of a clock that only goes forward. */
  readonly clockMs: number;
  readonly uptimeSeconds: number;
  readonly height: number;
  /** Counters since the node started. */
  readonly batches: number;
  readonly messages: number;
  readonly instructions: number;
  readonly queries: number;
  readonly requests: number;
  readonly batchDurations: Durations;
  readonly callDurations: Durations;
  /** Values of now. */
  readonly residentBytes: number;
  readonly stateBytes: number;
  readonly queuedMessages: number;
  readonly pooledMessages: number;
  readonly requestsInFlight: number;
  readonly loopDelaySeconds: number;
  readonly checkpointHeight: number | undefined;
  readonly logBytes: number | undefined;
  readonly canisterCount: number;
  /** When the canisters were listed, which is not done for each look: milliseconds of a clock that only goes forward. */
  readonly listedMs: number;
  readonly canisters: readonly PageCanister[];
};

/** The duration that a part `q` of the new ones does not exceed, between the bounds of its bucket; undefined without new ones. */
export function quantile(before: Durations | undefined, after: Durations, q: number): number | undefined {
  const fresh = after.counts.map((count, index) => count - (before?.counts[index] ?? 0));
  const total = fresh.reduce((sum, count) => sum + count, 0);
  if (total <= 0) return undefined;
  let left = q * total;
  for (const [index, count] of fresh.entries()) {
    if (count > 0 && left <= count) {
      const low = index === 0 ? 0 : (after.bounds[index - 1] ?? 0);
      return low + ((after.bounds[index] ?? low) - low) * (left / count);
    }
    left -= count;
  }
  return after.bounds.at(-1);
}

/** One figure of the page. */
export type FigureSpec = {
  readonly key: string;
  readonly title: string;
  /** What is drawn, of two looks; undefined when there is nothing to say. */
  readonly value: (before: NodeState, after: NodeState) => number | undefined;
  /** What stands there without a second look, and what that is called. */
  readonly firstTitle: string;
  readonly first: (state: NodeState) => string;
  readonly format: (value: number) => string;
  /** Below the value. */
  readonly detail: (state: NodeState) => string;
};

type Counter = 'batches' | 'messages' | 'instructions' | 'queries' | 'requests';

/** Events a second. */
function rate(key: Counter): FigureSpec['value'] {
  return (before, after) => ((after[key] - before[key]) * 1000) / Math.max(1, after.clockMs - before.clockMs);
}

function rateFigure(key: Counter, what: string): FigureSpec {
  const count = ({ [key]: value }: NodeState): string => formatCount(value);
  return {
    key,
    title: `${what} per second`,
    value: rate(key),
    firstTitle: `${what} since the start`,
    first: count,
    format: formatCount,
    detail: (state) => `${count(state)} since the start`,
  };
}

const meanOf = ({ counts, sum }: Durations): number =>
  sum /
  Math.max(
    1,
    counts.reduce((total, count) => total + count, 0),
  );

function latencyFigure(key: 'batchDurations' | 'callDurations', what: string): FigureSpec {
  return {
    key,
    title: `${what}, 95th percentile`,
    value: (before, after) => quantile(before[key], after[key], 0.95),
    firstTitle: `${what}, on average`,
    first: (state) => formatSeconds(meanOf(state[key])),
    format: formatSeconds,
    detail: (state) => `${formatSeconds(meanOf(state[key]))} on average`,
  };
}

/** The figures in the order of the page. */
export const FIGURES: readonly FigureSpec[] = [
  rateFigure('batches', 'Batches'),
  rateFigure('messages', 'Messages'),
  rateFigure('instructions', 'Instructions'),
  rateFigure('queries', 'Queries'),
  latencyFigure('callDurations', 'Update calls'),
  latencyFigure('batchDurations', 'Batches'),
  {
    key: 'memory',
    title: 'Memory of the process',
    value: (_, { residentBytes }) => residentBytes,
    firstTitle: 'Memory of the process',
    first: ({ residentBytes }) => formatBytes(residentBytes),
    format: formatBytes,
    detail: ({ stateBytes }) => `canisters use ${formatBytes(stateBytes)}`,
  },
  {
    key: 'queues',
    title: 'Messages waiting',
    value: (_, { queuedMessages, pooledMessages }) => queuedMessages + pooledMessages,
    firstTitle: 'Messages waiting',
    first: ({ queuedMessages, pooledMessages }) => formatCount(queuedMessages + pooledMessages),
    format: formatCount,
    detail: ({ requestsInFlight }) => `${formatWhole(requestsInFlight)} requests in flight`,
  },
];

function checkpointText(height: number | undefined): string {
  if (height === undefined) return 'none: kept in memory only';
  return height === 0 ? 'none yet' : `height ${formatWhole(height)}`;
}

/** Facts that are not drawn. */
export function factsOf(state: NodeState): readonly (readonly [name: string, value: string])[] {
  const { height, checkpointHeight, logBytes, loopDelaySeconds, requests } = state;
  return [
    ['Height', formatWhole(height)],
    ['Checkpoint', checkpointText(checkpointHeight)],
    ['Input log', logBytes === undefined ? 'none' : formatBytes(logBytes)],
    ['Event loop delay', formatSeconds(loopDelaySeconds)],
    ['HTTP requests', formatWhole(requests)],
  ];
}
