/**
 * The threads that run queries. One is enough as long as queries are short; while one works on a long query, others serve the rest.
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { IngressMessage, QueryCall, SubmitRefusal } from '../http/index.ts';
import { nodeVerifier, VerificationShare, watchUtilization } from '../crypto/index.ts';
import type { QueryOptions, QueryService, ServedQuery } from '../front/index.ts';
import type { ThreadFigures } from '../metrics/index.ts';
import { type Job, LONG_MS, QueryWorker, type QueryWorkerParts } from './query-worker.ts';
import { Tickets } from './tickets.ts';

/** Most threads: so many long queries may run at once before they delay others. */
const THREADS_MAX = 4;
/** Threads beyond the first end when they had nothing to do for that long, in milliseconds. */
const IDLE_MS = 30_000;
/** A thread that does not say how it does within that long is left out, in milliseconds. */
const LOAD_MS_MAX = 100;

/** A view may be that much smaller than its memory, in bytes: the whole of that is copied to another thread. */
const UNUSED_BYTES_MAX = 4_096;

/** The same bytes, not as a small part of something large. */
function trim(view: Uint8Array): Uint8Array {
  return view.buffer.byteLength - view.byteLength > UNUSED_BYTES_MAX ? view.slice() : view;
}

export type QueryPoolParts = QueryWorkerParts;

export class QueryPool implements QueryService {
  readonly #parts: QueryPoolParts;
  readonly #ownUtilization = watchUtilization();
  /** Signatures that the front verifies while the thread that queries go to first is busier. */
  readonly #share = new VerificationShare(
    () => ({ own: this.#ownUtilization(), other: this.#workers[0]?.utilization() ?? 0 }),
    () => performance.now(),
  );
  readonly #tickets = new Tickets();
  readonly #workers: QueryWorker[] = [];
  #watch: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: QueryPoolParts) {
    this.#parts = parts;
  }

  /** Somebody is there: a query may follow. A node that nobody uses does without the thread and its tens of megabytes. */
  warm(): void {
    if (this.#workers.length === 0 && !this.#isClosed) this.#start();
  }

  /** Threads that run now. */
  get size(): number {
    return this.#workers.length;
  }

  async query(call: QueryCall, height: bigint, { unsigned, claim }: QueryOptions): Promise<ServedQuery | 'unproven' | undefined> {
    let left = claim;
    if (claim !== undefined && this.#share.isOwn()) {
      left = undefined;
      if (!nodeVerifier.verify(...claim)) {
        // Otherwise all that wait behind it, each with a signature to verify, would come in this turn of the event loop.
        await nextTurn();
        return 'unproven';
      }
    }
    const trimmed = { ...call, arg: trim(call.arg) };
    if (call.senderInfo !== undefined) trimmed.senderInfo = { ...call.senderInfo, info: trim(call.senderInfo.info) };
    const options: QueryOptions = { unsigned, claim: left && [left[0], trim(left[1]), trim(left[2]), trim(left[3])] };
    return await this.#do((calls, ticket) => calls.query(trimmed, height, options, ticket));
  }

  inspect(message: IngressMessage, height: bigint): Promise<SubmitRefusal | 'welcome' | 'elsewhere'> {
    return this.#do((calls, ticket) => calls.inspect(message, height, ticket));
  }

  async threads(): Promise<readonly ThreadFigures[]> {
    const loads = this.#workers.map(async (worker, index): Promise<ThreadFigures | undefined> => {
      const { promise: late, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(resolve, LOAD_MS_MAX, undefined);
      const load = await Promise.race([worker.load().catch(() => undefined), late]);
      clearTimeout(timer);
      return load === undefined ? undefined : { name: `queries-${index + 1}`, ...load };
    });
    return (await Promise.all(loads)).filter((load) => load !== undefined);
  }

  #start(): QueryWorker {
    const worker = new QueryWorker(this.#parts, this.#tickets.memory);
    this.#workers.push(worker);
    return worker;
  }

  #do<T>(run: (...args: Parameters<Job['run']>) => Promise<T | 'taken'>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('this node stops'));
    return new Promise((resolve, reject) => {
      let isDone = false;
      const ticket = this.#tickets.issue();
      const workers = new Set<QueryWorker>();
      const settle = (outcome: () => unknown): void => {
        if (isDone) return;
        isDone = true;
        for (const worker of workers) worker.jobs.delete(job);
        if (ticket !== undefined) this.#tickets.giveBack(ticket);
        try {
          resolve(outcome() as T);
        } catch (error) {
          reject(error as Error);
        }
      };
      const job: Job = { ticket, run, workers, settle };
      this.#choose().give(job);
      this.#watch ??= setInterval(() => this.#rebalance(), LONG_MS).unref();
    });
  }

  /** The first thread that moves; the instances of canisters gather there. */
  #choose(): QueryWorker {
    const nowMs = performance.now();
    const workers = this.#workers;
    const moving = workers.filter((worker) => !worker.isLong(nowMs));
    const ready = moving.find((worker) => worker.isReady) ?? (moving.length === workers.length ? moving[0] : undefined);
    if (ready !== undefined) return ready;
    // Threads take a while to start. Each may find something long first, so there are as many as queries that wait.
    if (workers.length < THREADS_MAX && this.#waiting() >= moving.length) return this.#start();
    return (moving.length > 0 ? moving : workers).reduce((least, worker) => (worker.jobs.size < least.jobs.size ? worker : least));
  }

  /** Queries that no thread has begun with. */
  #waiting(): number {
    const waiting = new Set<Job>();
    for (const { jobs } of this.#workers) {
      for (const job of jobs) if (job.ticket !== undefined && !this.#tickets.isTaken(job.ticket)) waiting.add(job);
    }
    return waiting.size;
  }

  /** What waits behind something long is given to another thread as well. */
  #rebalance(): void {
    const nowMs = performance.now();
    for (const worker of [...this.#workers]) {
      if (!worker.isLong(nowMs)) continue;
      const waiting = [...worker.jobs].filter(({ ticket }) => ticket !== undefined && !this.#tickets.isTaken(ticket));
      if (waiting.length === 0) continue;
      const other = this.#choose();
      if (other === worker || other.isLong(nowMs)) continue;
      for (const job of waiting) if (!job.workers.has(other)) other.give(job);
    }
    this.#endIdle(nowMs);
  }

  #endIdle(nowMs: number): void {
    const last = this.#workers.at(-1);
    if (this.#workers.length > 1 && last !== undefined && last.jobs.size === 0 && nowMs - last.lastMoveMs > IDLE_MS) {
      this.#workers.pop();
      void last.close();
    }
    if (this.#workers.length > 1 || this.#workers.some((worker) => worker.jobs.size > 0)) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#watch);
    await Promise.all(this.#workers.splice(0).map((worker) => worker.close()));
  }
}
