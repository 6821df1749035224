/**
 * The threads that run queries. One is enough as long as queries are short; while one works on a long query, others serve the rest.
 * @module
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { PrincipalId } from '@myelin/core/base';
import type { DataCertificate } from '@myelin/network';
import type { AnsweredQuery, IngressMessage, QueryCall, SubmitRefusal } from '../http/index.ts';
import type { QueryService } from '../front/index.ts';
import type { NodeIdentity } from '../replica/index.ts';
import { programUrl } from './program-url.ts';
import type { FrontCalls, QueryCalls, QueryThreadData } from './query-messages.ts';
import { RemoteCaller, remoteOf, serveCalls } from './remote-calls.ts';

/** Most threads: so many long queries may run at once before they delay others. */
const THREADS_MAX = 4;
/** A thread that has answered nothing for that long while something waits is at something long, in milliseconds. */
const LONG_MS = 20;
/** Threads beyond the first end when they had nothing to do for that long, in milliseconds. */
const IDLE_MS = 30_000;

export type QueryPoolParts = {
  readonly identity: NodeIdentity;
  /** Lets a thread follow the certified states. */
  readonly feed: (port: MessagePort) => void;
  readonly dataCertificate: (id: PrincipalId) => Promise<DataCertificate | undefined>;
  readonly onFault: (error: unknown) => void;
};

/** Something for a thread to do. It may be given to a second one; the first answer counts. */
type Job = {
  readonly run: (calls: QueryCalls) => Promise<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  isDone: boolean;
};

class QueryThread {
  readonly calls: QueryCalls;
  /** Given to this thread and not answered, the oldest first. */
  readonly jobs = new Set<Job>();
  /** When this thread last answered or began to have something to do. */
  lastMoveMs = 0;
  readonly #worker: Worker;
  readonly #caller: RemoteCaller;
  readonly #port: MessagePort;
  #isClosing = false;

  constructor(parts: QueryPoolParts) {
    const calls = new MessageChannel();
    const feed = new MessageChannel();
    parts.feed(feed.port1);
    const data: QueryThreadData = { identity: parts.identity, calls: calls.port2, feed: feed.port2 };
    this.#worker = new Worker(programUrl('./query-thread'), { workerData: data, transferList: [calls.port2, feed.port2] });
    this.#port = calls.port1;
    this.#caller = new RemoteCaller(calls.port1);
    this.calls = remoteOf<QueryCalls>(this.#caller, ['query', 'inspect']);
    const served: FrontCalls = { dataCertificate: parts.dataCertificate };
    serveCalls(calls.port1, served);
    const fail = (error: unknown): void => {
      this.#caller.fail(error);
      if (!this.#isClosing) parts.onFault(error);
    };
    this.#worker.once('error', fail);
    this.#worker.once('exit', (code) =>
      fail(new Error(`a query thread ended by itself with code ${code}: start the node again, and report this`)),
    );
  }

  /** Whether the jobs behind the first one have waited too long. */
  isLong(nowMs: number): boolean {
    return this.jobs.size > 0 && nowMs - this.lastMoveMs > LONG_MS;
  }

  give(job: Job): void {
    if (this.jobs.size === 0) this.lastMoveMs = performance.now();
    this.jobs.add(job);
    job.run(this.calls).then(
      (value) => this.#settle(job, () => job.resolve(value as never)),
      (error: unknown) => this.#settle(job, () => job.reject(error)),
    );
  }

  #settle(job: Job, settle: () => void): void {
    this.jobs.delete(job);
    this.lastMoveMs = performance.now();
    if (job.isDone) return;
    job.isDone = true;
    settle();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#port.close();
    await this.#worker.terminate();
    this.#caller.fail(new Error('this node stops'));
  }
}

export class QueryPool implements QueryService {
  readonly #parts: QueryPoolParts;
  readonly #threads: QueryThread[] = [];
  #watch: NodeJS.Timeout | undefined;

  constructor(parts: QueryPoolParts) {
    this.#parts = parts;
  }

  /** Somebody is there: a query may follow. A node that nobody uses does without the thread and its tens of megabytes. */
  warm(): void {
    if (this.#threads.length === 0) this.#start();
  }

  #start(): QueryThread {
    const thread = new QueryThread(this.#parts);
    this.#threads.push(thread);
    return thread;
  }

  /** Threads that run now. */
  get size(): number {
    return this.#threads.length;
  }

  query(call: QueryCall, height: bigint, unsigned: boolean): Promise<AnsweredQuery | undefined> {
    return this.#do((calls) => calls.query(call, height, unsigned));
  }

  inspect(message: IngressMessage, height: bigint): Promise<SubmitRefusal | 'welcome' | 'elsewhere'> {
    return this.#do((calls) => calls.inspect(message, height));
  }

  #do<T>(run: (calls: QueryCalls) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#choose().give({ run, resolve, reject, isDone: false });
      this.#watch ??= setInterval(() => this.#rebalance(), LONG_MS).unref();
    });
  }

  /** The first thread that moves; the instances of canisters gather there. */
  #choose(): QueryThread {
    const nowMs = performance.now();
    const moving = this.#threads.find((thread) => !thread.isLong(nowMs));
    if (moving !== undefined) return moving;
    if (this.#threads.length < THREADS_MAX) return this.#start();
    return this.#threads.reduce((least, thread) => (thread.jobs.size < least.jobs.size ? thread : least));
  }

  /** What waits behind something long is given to another thread as well. */
  #rebalance(): void {
    const nowMs = performance.now();
    for (const thread of [...this.#threads]) {
      if (!thread.isLong(nowMs) || thread.jobs.size < 2) continue;
      const [, ...behind] = thread.jobs;
      const other = this.#choose();
      if (other === thread || other.isLong(nowMs)) continue;
      for (const job of behind) {
        thread.jobs.delete(job);
        other.give(job);
      }
    }
    this.#endIdle(nowMs);
  }

  #endIdle(nowMs: number): void {
    const last = this.#threads.at(-1);
    if (this.#threads.length > 1 && last !== undefined && last.jobs.size === 0 && nowMs - last.lastMoveMs > IDLE_MS) {
      this.#threads.pop();
      void last.close();
    }
    if (this.#threads.length > 1 || this.#threads.some((thread) => thread.jobs.size > 0)) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }
}
