/**
 * Many raw connections of hostile clients, and what becomes of them.
 * @module
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type CrowdTarget = {
  readonly port: number;
  /** Addresses that connections come from, in turn. */
  readonly addresses: readonly string[];
};

/** Handshakes at the same time: more would only wait in the queue of the system. */
const CONNECTS_AT_ONCE = 200;
const CONNECT_MS_MAX = 5_000;
const STATUS_LINE = /^HTTP\/1\.1 (\d{3})/;

export class Crowd {
  readonly #target: CrowdTarget;
  readonly #sockets = new Set<Socket>();
  readonly #outcomes = new Map<string, number>();
  #next = 0;
  #isOver = false;

  constructor(target: CrowdTarget) {
    this.#target = target;
  }

  /** Connections that are open now. */
  get size(): number {
    return this.#sockets.size;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What happened, and how often: `HTTP 408`, `closed by the node`, `ECONNRESET`. */
  get outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#outcomes].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #count(outcome: string): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }

  /** Opens one connection. @param reads - whether what the node sends is read. @returns undefined when it can not be opened */
  async connect(reads = true): Promise<Socket | undefined> {
    const { port, addresses } = this.#target;
    const localAddress = addresses[this.#next++ % addresses.length];
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });
    this.#sockets.add(socket);
    let error: string | undefined;
    let isOpen = false;
    socket.on('error', (fault: NodeJS.ErrnoException) => (error = fault.code ?? fault.message));
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (!this.#isOver) this.#count(error ?? 'closed by the node');
    });
    if (reads)
      socket.on('data', (chunk: Buffer) => {
        const status = STATUS_LINE.exec(chunk.toString('latin1', 0, 12))?.[1];
        if (status !== undefined) this.#count(`HTTP ${status}`);
      });
    const timer = setTimeout(() => socket.destroy(), CONNECT_MS_MAX);
    await new Promise<void>((resolve) => {
      socket.once('connect', () => {
        isOpen = true;
        resolve();
      });
      socket.once('close', () => resolve());
    });
    clearTimeout(timer);
    return isOpen ? socket : undefined;
  }

  /** Opens many connections, some at a time, and does something with each. */
  async openMany(count: number, use: (socket: Socket) => void, reads = true): Promise<void> {
    for (let opened = 0; opened < count && !this.#isOver; opened += CONNECTS_AT_ONCE) {
      const together = Math.min(CONNECTS_AT_ONCE, count - opened);
      const sockets = await Promise.all(Array.from({ length: together }, () => this.connect(reads)));
      for (const socket of sockets) if (socket !== undefined && !socket.destroyed) use(socket);
    }
  }

  /** Keeps `width` clients busy, each with one connection after the other, until the time is over. */
  async repeat(width: number, untilMs: number, use: (socket: Socket) => void, lifeMs: number): Promise<void> {
    const one = async (): Promise<void> => {
      while (performance.now() < untilMs && !this.#isOver) {
        const socket = await this.connect();
        if (socket === undefined) {
          await delay(20);
          continue;
        }
        const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        use(socket);
        await Promise.race([ended, delay(lifeMs)]);
        socket.destroy();
      }
    };
    await Promise.all(Array.from({ length: width }, one));
  }

  /** Does something with every connection that is open. */
  forEach(use: (socket: Socket) => void): void {
    for (const socket of this.#sockets) if (socket.writable) use(socket);
  }

  close(): void {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}
