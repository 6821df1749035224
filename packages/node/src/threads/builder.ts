/**
 * Rewrites modules in a thread of its own, which is there only while there is something to rewrite.
 * @module
 */
import { MessageChannel, type Worker } from 'node:worker_threads';
import type { CanisterModule } from '@myelin/core/state';
import type { ModuleBuilder } from '../replica/index.ts';
import type { BuilderCalls, BuilderData } from './builder-messages.ts';
import { startThread } from './start-thread.ts';
import { RemoteCaller, remoteOf } from './remote-calls.ts';

/** Modules on their way; whoever comes then lets the batch do the work. */
const BUILDS_MAX = 16;
/** An idle thread is ended after that long, in milliseconds: it holds tens of megabytes. */
const IDLE_MS = 20_000;

type Running = { readonly worker: Worker; readonly caller: RemoteCaller; readonly calls: BuilderCalls; readonly end: () => Promise<void> };

function startBuilder(): Running {
  const { port1, port2 } = new MessageChannel();
  const data: BuilderData = { calls: port2 };
  const worker = startThread('./builder-thread', data, [port2]);
  const caller = new RemoteCaller(port1);
  worker.once('error', (error) => caller.fail(error));
  worker.once('exit', () => caller.fail(new Error('the thread that rewrites modules has ended')));
  const end = async (): Promise<void> => {
    port1.close();
    await worker.terminate();
  };
  return { worker, caller, calls: remoteOf<BuilderCalls>(caller, ['build']), end };
}

export class BuilderThread implements ModuleBuilder {
  #running: Running | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** By hash: the same module is built once. */
  readonly #builds = new Map<string, Promise<CanisterModule | undefined>>();

  async build(source: Uint8Array, hash: string): Promise<CanisterModule | undefined> {
    const known = this.#builds.get(hash);
    if (known !== undefined) return await known;
    if (this.#builds.size >= BUILDS_MAX) return undefined;
    clearTimeout(this.#idle);
    this.#running ??= startBuilder();
    // A thread that fails changes nothing: the batch rewrites the module itself.
    const build = this.#running.calls.build(source, hash).catch(() => this.#end());
    this.#builds.set(hash, build);
    try {
      return await build;
    } finally {
      this.#builds.delete(hash);
      if (this.#builds.size === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref();
    }
  }

  async #end(): Promise<undefined> {
    const running = this.#running;
    this.#running = undefined;
    await running?.end();
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#end();
  }
}
