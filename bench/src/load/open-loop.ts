/**
 * An open loop: requests are due at fixed times, whatever became of those before them.
 *
 * A latency runs from the time when the request was due, not from when it was written. A server that stands still for a second has then
 * made all requests of that second wait, as its users would have; a closed loop would see one slow request (coordinated omission).
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LoadConnection } from './connection.ts';
import { createHistogram, type Histogram } from './histogram.ts';

export type OpenLoopOptions = {
  readonly port: number;
  /** Address that the connections come from; the system's choice unless given. */
  readonly localAddress?: string;
  readonly connections: number;
  /** Requests due in a second; Infinity sends whenever a connection is free, and measures from there. */
  readonly ratePerSecond: number;
  readonly count: number;
  /** No request becomes due after this time. Milliseconds. */
  readonly timeMs: number;
  /** Time for answers after the last request is due; also the longest that a single answer may take. */
  readonly answerTimeMs: number;
  /** Head and body of a request. */
  readonly request: (index: number) => Uint8Array;
  /**
   * Looks at an answer; `body` is only valid during the call.
   * @returns undefined when it is the wanted one, else what kind of failure it is.
   */
  readonly judge: (index: number, status: number, body: Buffer) => string | undefined;
};

export type OpenLoopResult = {
  /** Wanted answers. */
  readonly answered: number;
  /** Wanted answers for each second in which requests were due; of an endless rate, until the last answer. */
  readonly perSecond: number;
  /** Latencies of wanted answers, microseconds. */
  readonly latencies: Histogram;
  /** Requests without a wanted answer, by kind. */
  readonly failures: Readonly<Record<string, number>>;
  /** Latest that this process itself was with a request while a connection was free, microseconds. */
  readonly lateness: Histogram;
  readonly seconds: number;
};

/** How often it is looked for requests that are due. */
const TICK_MS = 1;
/** Time before a connection that ended is replaced. */
const RECONNECT_MS = 10;
/** New connections of one turn: their handshakes must not crowd the server's queue. */
const CONNECTS_AT_ONCE = 100;

class OpenLoop {
  readonly #options: OpenLoopOptions;
  readonly #idle: LoadConnection[] = [];
  readonly #busy = new Set<LoadConnection>();
  readonly #latencies = createHistogram();
  readonly #lateness = createHistogram();
  readonly #failures = new Map<string, number>();
  #next = 0;
  #beganAt = 0;
  #lastAnswerAt = 0;
  #wasStarved = false;
  #isOver = false;

  constructor(options: OpenLoopOptions) {
    this.#options = options;
  }

  #connect(): LoadConnection {
    const { port, localAddress } = this.#options;
    return new LoadConnection(
      { port, host: '127.0.0.1', ...(localAddress === undefined ? {} : { localAddress }) },
      {
        onReply: (connection, { status, body, isKept }) => {
          this.#settle(connection, this.#options.judge(connection.index, status, body));
          if (isKept) this.#idle.push(connection);
          this.#sendDue();
        },
        onEnd: (connection, wasWaiting, reason) => {
          if (wasWaiting) this.#settle(connection, reason);
          const at = this.#idle.indexOf(connection);
          if (at >= 0) this.#idle.splice(at, 1);
          const again = setTimeout(() => {
            if (!this.#isOver) this.#idle.push(this.#connect());
          }, RECONNECT_MS);
          again.unref();
        },
      },
    );
  }

  #settle(connection: LoadConnection, failure: string | undefined): void {
    this.#busy.delete(connection);
    if (failure !== undefined) {
      this.#count(failure, 1);
      return;
    }
    this.#lastAnswerAt = performance.now();
    this.#latencies.record((this.#lastAnswerAt - this.#dueAt(connection.index, connection.sentAt)) * 1_000);
  }

  #count(failure: string, by: number): void {
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + by);
  }

  #dueAt(index: number, sentAt: number): number {
    const { ratePerSecond } = this.#options;
    return ratePerSecond === Infinity ? sentAt : this.#beganAt + (index * 1_000) / ratePerSecond;
  }

  /** Requests that are due by now. */
  #due(now: number): number {
    const { ratePerSecond, count, timeMs } = this.#options;
    const elapsed = now - this.#beganAt;
    if (ratePerSecond === Infinity) return elapsed < timeMs ? count : this.#next;
    return Math.min(count, Math.floor((Math.min(elapsed, timeMs) * ratePerSecond) / 1_000) + 1);
  }

  #sendDue(): void {
    const now = performance.now();
    const due = this.#due(now);
    while (this.#next < due) {
      const connection = this.#idle.pop();
      if (connection === undefined) {
        this.#wasStarved = true;
        return;
      }
      const index = this.#next++;
      connection.index = index;
      connection.sentAt = now;
      // With a connection free all the time, whoever is late is this process.
      if (!this.#wasStarved) this.#lateness.record((now - this.#dueAt(index, now)) * 1_000);
      this.#busy.add(connection);
      connection.send(this.#options.request(index));
    }
    this.#wasStarved = false;
  }

  async run(): Promise<OpenLoopResult> {
    const { connections, timeMs, answerTimeMs, count } = this.#options;
    for (let opened = 0; opened < connections; opened++) {
      this.#idle.push(this.#connect());
      if (opened % CONNECTS_AT_ONCE === CONNECTS_AT_ONCE - 1) await delay(10);
    }
    await delay(50);
    this.#beganAt = performance.now();
    const end = this.#beganAt + timeMs;
    while (performance.now() < end && (this.#next < count || this.#busy.size > 0)) {
      this.#sendDue();
      await delay(TICK_MS);
    }
    // What is due and has found no connection yet is still to be sent.
    const due = this.#due(Math.min(performance.now(), end));
    const patience = performance.now() + answerTimeMs;
    while ((this.#busy.size > 0 || this.#next < due) && performance.now() < patience) {
      this.#sendDue();
      await delay(TICK_MS);
    }
    this.#count('no answer in time', this.#busy.size);
    this.#count('not sent in time', Math.max(0, due - this.#next));
    this.#isOver = true;
    for (const connection of [...this.#busy, ...this.#idle]) connection.close();
    const untilLast = Math.max(this.#lastAnswerAt - this.#beganAt, 1);
    const { ratePerSecond } = this.#options;
    const seconds = (ratePerSecond === Infinity ? untilLast : (due * 1_000) / ratePerSecond) / 1_000;
    return {
      answered: this.#latencies.count,
      perSecond: this.#latencies.count / seconds,
      latencies: this.#latencies,
      failures: Object.fromEntries([...this.#failures].filter(([, number]) => number > 0)),
      lateness: this.#lateness,
      seconds,
    };
  }
}

/** Sends requests at their times and waits for the answers. */
export function runOpenLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  return new OpenLoop(options).run();
}
