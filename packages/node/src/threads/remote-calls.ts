/**
 * Calls between threads. What is said in one turn of the event loop travels in one message: waking a thread costs more than the words.
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import { type Fault, fromFault, toFault } from './faults.ts';

/** A call: its number, what is called, with what. */
type Call = readonly [id: number, method: string, args: readonly unknown[]];
/** An answer: the number of the call, and its value or why there is none. */
type Answer = readonly [id: number, value: unknown, fault: Fault | undefined];

type Message = { readonly calls: readonly Call[] } | { readonly answers: readonly Answer[] };

/** Collects what is to be said, and says it at the end of the turn. */
class Batcher<T> {
  readonly #send: (items: readonly T[]) => void;
  #items: T[] = [];

  constructor(send: (items: readonly T[]) => void) {
    this.#send = send;
  }

  add(item: T): void {
    if (this.#items.push(item) === 1) setImmediate(() => this.flush());
  }

  /** Says now what there is to say. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#send(items);
  }
}

/** What a thread offers to another: functions of plain data. */
export type Served = object;

type Handler = (...args: unknown[]) => unknown;

/**
 * Answers the calls that come through a port.
 *
 * @param atOnce - so many calls of a message begin in one turn. What they give goes out before the next ones begin, so that those who asked
 *   work on it meanwhile instead of waiting for the last of them.
 */
export function serveCalls(port: MessagePort, served: Served, atOnce = Infinity): void {
  const answers = new Batcher<Answer>((items) => post(port, items));
  const answer = async ([id, method, args]: Call): Promise<void> => {
    try {
      const handler = (served as Record<string, Handler>)[method]!;
      answers.add([id, await handler.apply(served, [...args]), undefined]);
    } catch (error) {
      answers.add([id, undefined, toFault(error)]);
    }
  };
  const begin = async (calls: readonly Call[]): Promise<void> => {
    for (const [index, call] of calls.entries()) {
      if (index > 0 && index % atOnce === 0) {
        await nextTurn();
        answers.flush();
      }
      void answer(call);
    }
  };
  port.on('message', (message: Message) => {
    if ('calls' in message) void begin(message.calls);
  });
}

/** An answer that can not be copied to another thread fails alone. */
function post(port: MessagePort, answers: readonly Answer[]): void {
  try {
    port.postMessage({ answers });
  } catch (error) {
    if (answers.length === 1) port.postMessage({ answers: [[answers[0]![0], undefined, toFault(error)]] });
    else for (const answer of answers) post(port, [answer]);
  }
}

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: unknown) => void };

/** Calls what another thread serves. */
export class RemoteCaller {
  readonly #calls: Batcher<Call>;
  readonly #waiting = new Map<number, Waiting>();
  #ids = 0;
  #fault: { readonly error: unknown } | undefined;

  constructor(port: MessagePort) {
    this.#calls = new Batcher((calls) => port.postMessage({ calls }));
    port.on('message', (message: Message) => {
      if ('answers' in message) for (const answer of message.answers) this.#settle(answer);
    });
  }

  /** Calls that are not answered yet. */
  get pending(): number {
    return this.#waiting.size;
  }

  #settle([id, value, fault]: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (fault === undefined) waiting?.resolve(value as never);
    else waiting?.reject(fromFault(fault));
  }

  call(method: string, args: readonly unknown[]): Promise<never> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) {
        reject(this.#fault.error);
        return;
      }
      const id = ++this.#ids;
      this.#waiting.set(id, { resolve, reject });
      this.#calls.add([id, method, args]);
    });
  }

  /** The other thread is gone: nothing is answered any more. */
  fail(error: unknown): void {
    this.#fault ??= { error };
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

type RemoteMethods<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => Promise<R> : never;
};

/** What another thread serves, as an object. */
export function remoteOf<T extends Served>(caller: RemoteCaller, methods: readonly (keyof T & string)[]): RemoteMethods<T> {
  const entries = methods.map((method) => [method, (...args: readonly unknown[]) => caller.call(method, args)] as const);
  return Object.fromEntries(entries) as unknown as RemoteMethods<T>;
}
