/**
 * The embedded sequencer: one node that orders its own batches. A batch is made as soon as there is work, and none when idle.
 * @module
 */
import { utf8 } from '@myelin/core/base';
import { type Batch, PROTOCOL_VERSION } from '@myelin/core/execution';
import type { IngressMessage } from '@myelin/core/state';
import type { InputLog, OrderingClient, OrderingEngine, PooledMessages, PoolRefusal } from './ordering.ts';

/** What the sequencer needs of its host. */
export type SequencerHost = {
  readonly log: InputLog;
  /** The time, nanoseconds since 1970. It may jump. */
  readonly nowNs: () => bigint;
  /** 32 bytes that nobody can foresee. */
  readonly randomness: () => Uint8Array;
  /** Runs `callback` after `delayMs`, unless the returned function is called first. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** Resolves in a later turn of the event loop, when the host has had its turn: requests, timers, files. */
  readonly nextTurn: () => Promise<void>;
  /** A batch could not be made durable or executed: the node has to stop. */
  readonly onFault: (error: unknown) => void;
};

/** Messages and bytes that wait for a batch at most. */
const POOL_MESSAGES_MAX = 20_000;
const POOL_BYTES_MAX: number = 256 * 1024 * 1024;
/** Messages and bytes of one batch. */
const BATCH_MESSAGES_MAX = 1_000;
const BATCH_BYTES_MAX: number = 8 * 1024 * 1024;
const NS_PER_MS = 1_000_000n;
/** After a batch with so many messages the next one waits for company: what a batch costs by itself, many messages share. */
const COMPANY_MIN = 16;
/** As long as messages keep coming, looked at every so many milliseconds; */
const COMPANY_STEP_MS = 2;
/**
 * but no longer than this after the batch before it began. So a batch that took long is followed at once: its messages are answered, and while those
 * who sent them send the next ones, something runs.
 */
const COMPANY_NS_MAX: bigint = 20n * NS_PER_MS;
const HEARTBEAT_INTERVAL_NS = 1_000_000_000n;
/** Longest sleep: timers of a host stand still while a laptop sleeps, its clock does not. */
const SLEEP_MS_MAX = 10_000;

/** Bytes of what a client decides: names and sender information may be long too. */
function messageBytes({ arg, methodName, senderInfo }: IngressMessage): number {
  return arg.length + utf8(methodName).length + (senderInfo?.info.length ?? 0);
}

export class SoloSequencer implements OrderingEngine {
  readonly #host: SequencerHost;
  #client: OrderingClient | undefined;
  readonly #pool = new Map<string, IngressMessage>();
  #poolBytes = 0;
  readonly #sealed: { readonly resolve: () => void; readonly reject: (fault: unknown) => void }[] = [];
  /** Why there are no more batches. */
  #fault: { readonly error: unknown } | undefined;
  #lastHeartbeatNs = 0n;
  #loop: Promise<void> | undefined;
  #cancelWake: (() => void) | undefined;
  #stopped = false;

  constructor(host: SequencerHost) {
    this.#host = host;
  }

  start(client: OrderingClient): void {
    this.#client = client;
    this.#wake();
  }

  submit(message: IngressMessage): PoolRefusal | undefined {
    if (this.#pool.has(message.requestId)) return { kind: 'duplicate' };
    const bytes = messageBytes(message);
    if (this.#stopped || this.#pool.size >= POOL_MESSAGES_MAX || this.#poolBytes + bytes > POOL_BYTES_MAX) return { kind: 'full' };
    this.#pool.set(message.requestId, message);
    this.#poolBytes += bytes;
    this.#wake();
    return undefined;
  }

  get pooled(): PooledMessages {
    return { messages: this.#pool.size, bytes: this.#poolBytes };
  }

  seal(): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault.error as Error);
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#sealed.push({ resolve, reject });
      this.#wake();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelWake?.();
    await this.#loop;
    for (const { resolve } of this.#sealed.splice(0)) resolve();
  }

  #fail(error: unknown): void {
    this.#stopped = true;
    this.#fault = { error };
    for (const { reject } of this.#sealed.splice(0)) reject(error);
    this.#host.onFault(error);
  }

  #wake(): void {
    if (this.#client === undefined || this.#loop !== undefined || this.#stopped) return;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#loop = this.#run(this.#client).then(
      () => {
        this.#loop = undefined;
        this.#sleep();
      },
      (error: unknown) => {
        this.#loop = undefined;
        this.#fail(error);
      },
    );
  }

  /** Milliseconds until the state wants a batch; undefined for never. */
  #delayMs(client: OrderingClient): number | undefined {
    const now = this.#host.nowNs();
    const wakes: bigint[] = [];
    const wake = client.nextWakeNs();
    if (wake !== undefined) wakes.push(wake - now);
    if (client.wantsHeartbeat()) wakes.push(this.#lastHeartbeatNs + HEARTBEAT_INTERVAL_NS - now);
    if (wakes.length === 0) return undefined;
    const nearest = wakes.reduce((a, b) => (a < b ? a : b));
    return nearest <= 0n ? 0 : Math.min(Number(nearest / NS_PER_MS) + 1, SLEEP_MS_MAX);
  }

  #sleep(): void {
    const client = this.#client;
    if (client === undefined || this.#stopped) return;
    if (this.#pool.size > 0 || this.#sealed.length > 0 || client.hasPendingWork()) {
      this.#wake();
      return;
    }
    const delay = this.#delayMs(client);
    if (delay === undefined) return;
    this.#cancelWake = this.#host.after(delay, () => {
      this.#cancelWake = undefined;
      this.#wake();
    });
  }

  async #run(client: OrderingClient): Promise<void> {
    // Messages that arrive in the same turn of the event loop share a batch.
    await Promise.resolve();
    while (!this.#stopped && this.#hasReason(client)) {
      const sealed = this.#sealed.length;
      const beganNs = this.#host.nowNs();
      const batch = this.#nextBatch(client);
      await client.deliver(batch, this.#host.log.append(batch));
      for (const { resolve } of this.#sealed.splice(0, sealed)) resolve();
      // Canisters that never run out of work would else keep the event loop for themselves.
      await this.#host.nextTurn();
      if (batch.ingress.length >= COMPANY_MIN && !client.hasPendingWork()) await this.#waitForCompany(beganNs);
    }
  }

  /** Waits while more messages come, a while at most. @param beganNs - when the last batch began */
  async #waitForCompany(beganNs: bigint): Promise<void> {
    const isEarly = (): boolean => {
      const passed = this.#host.nowNs() - beganNs;
      return passed >= 0n && passed < COMPANY_NS_MAX;
    };
    while (isEarly() && this.#pool.size < BATCH_MESSAGES_MAX) {
      const before = this.#pool.size;
      await new Promise<void>((resolve) => void this.#host.after(COMPANY_STEP_MS, resolve));
      if (this.#stopped || this.#sealed.length > 0 || this.#pool.size === before) return;
    }
  }

  #hasReason(client: OrderingClient): boolean {
    return this.#pool.size > 0 || this.#sealed.length > 0 || client.hasPendingWork() || this.#delayMs(client) === 0;
  }

  #takeIngress(): IngressMessage[] {
    const taken: IngressMessage[] = [];
    let bytes = 0;
    for (const [requestId, message] of this.#pool) {
      if (taken.length >= BATCH_MESSAGES_MAX || (taken.length > 0 && bytes + messageBytes(message) > BATCH_BYTES_MAX)) break;
      bytes += messageBytes(message);
      taken.push(message);
      this.#pool.delete(requestId);
    }
    this.#poolBytes -= bytes;
    return taken;
  }

  #nextBatch(client: OrderingClient): Batch {
    const { height, timeNs } = client.position();
    const now = this.#host.nowNs();
    const time = now > timeNs ? now : timeNs + 1n;
    const heartbeat = client.wantsHeartbeat() && time >= this.#lastHeartbeatNs + HEARTBEAT_INTERVAL_NS;
    if (heartbeat) this.#lastHeartbeatNs = time;
    return {
      height: height + 1n,
      timeNs: time,
      protocolVersion: PROTOCOL_VERSION,
      randomness: this.#host.randomness(),
      ingress: this.#takeIngress(),
      heartbeat,
    };
  }
}
