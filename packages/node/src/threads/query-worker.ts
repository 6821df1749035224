/**
 * One of the threads that run queries, as the front holds it.
 * @module
 */
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import type { NodeIdentity } from '../replica/index.ts';
import { watchUtilization } from '../crypto/index.ts';
import { startThread } from './start-thread.ts';
import type { FrontCalls, QueryCalls, QueryThreadData } from './query-messages.ts';
import type { ThreadFigures } from '../metrics/index.ts';
import { RemoteCaller, remoteOf, serveCalls } from './remote-calls.ts';
import type { Ticket } from './tickets.ts';

/** A thread that has begun and ended nothing and did not rest for that long while it has something to do is at something long, in milliseconds. */
export const LONG_MS = 20;

export type QueryWorkerParts = {
  readonly identity: NodeIdentity;
  /** Lets a thread follow the certified states. */
  readonly feed: (port: MessagePort) => void;
  /** What the thread may call. */
  readonly served: FrontCalls;
  readonly onFault: (error: unknown) => void;
};

/** Something for a thread to do. It may be given to several; the one that takes its ticket does it. */
export type Job = {
  readonly ticket: Ticket | undefined;
  readonly run: (calls: QueryCalls, ticket: Ticket | undefined) => Promise<unknown>;
  /** Threads that have it. */
  readonly workers: Set<QueryWorker>;
  /** Called once, when it is done. */
  readonly settle: (outcome: () => unknown) => void;
};

export class QueryWorker {
  /** Given to this thread and not done, the oldest first. */
  readonly jobs = new Set<Job>();
  /** When this thread was last seen to move: to begin, to answer, to rest, or to have something to do again. */
  lastMoveMs = 0;
  /** Whether it has started. */
  isReady = false;
  /** The share of the time since this was last asked in which the thread worked: 0 to 1. */
  readonly utilization: () => number;
  readonly #calls: QueryCalls;
  readonly #worker: Worker;
  readonly #caller: RemoteCaller;
  readonly #port: MessagePort;
  readonly #progress = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  /** The progress that was seen last. */
  #seen = 0;
  #isClosing = false;
  /** Time that its event loop has rested, when last looked at. */
  #restedMs = 0;

  constructor(parts: QueryWorkerParts, tickets: SharedArrayBuffer) {
    const calls = new MessageChannel();
    const feed = new MessageChannel();
    parts.feed(feed.port1);
    const progress = this.#progress.buffer;
    const data: QueryThreadData = { identity: parts.identity, calls: calls.port2, feed: feed.port2, tickets, progress };
    this.#worker = startThread('./query-thread', data, [calls.port2, feed.port2]);
    this.utilization = watchUtilization(this.#worker.performance);
    this.#port = calls.port1;
    this.#caller = new RemoteCaller(calls.port1);
    this.#calls = remoteOf<QueryCalls>(this.#caller, ['query', 'inspect', 'load']);
    serveCalls(calls.port1, parts.served);
    const fail = (error: unknown): void => {
      this.#caller.fail(error);
      if (!this.#isClosing) parts.onFault(error);
    };
    this.#worker.once('message', () => {
      this.isReady = true;
      this.lastMoveMs = performance.now();
    });
    this.#worker.once('error', fail);
    this.#worker.once('exit', (code) =>
      fail(new Error(`a query thread ended by itself with code ${code}: start the node again, and report this`)),
    );
  }

  /** Whether what waits here has to wait for something long. A thread that still starts, or waits for news itself, is not at anything long. */
  isLong(nowMs: number): boolean {
    const progress = Atomics.load(this.#progress, 0);
    if (progress !== this.#seen) {
      this.#seen = progress;
      this.lastMoveMs = nowMs;
    }
    if (!this.isReady || this.jobs.size === 0 || nowMs - this.lastMoveMs <= LONG_MS) return false;
    const { idle } = this.#worker.performance.eventLoopUtilization();
    const hasRested = idle > this.#restedMs;
    this.#restedMs = idle;
    if (hasRested) this.lastMoveMs = nowMs;
    return !hasRested;
  }

  /** What the thread says of itself. */
  load(): Promise<Omit<ThreadFigures, 'name'>> {
    return this.#calls.load();
  }

  give(job: Job): void {
    if (this.jobs.size === 0) this.lastMoveMs = performance.now();
    this.jobs.add(job);
    job.workers.add(this);
    job.run(this.#calls, job.ticket).then(
      (value) => {
        this.lastMoveMs = performance.now();
        if (value !== 'taken') job.settle(() => value);
      },
      (error: unknown) =>
        job.settle(() => {
          throw error;
        }),
    );
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#port.close();
    this.#caller.fail(new Error('this node stops'));
    await this.#worker.terminate();
  }
}
