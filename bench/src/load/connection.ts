/**
 * One kept connection of the load generator: a request at a time, as little work as possible for each.
 *
 * Not an HTTP client: it knows answers with a `content-length`, which is what the servers that it measures send.
 * @module
 */
import { connect, type Socket } from 'node:net';

export type ConnectionEvents = {
  /** The answer to the request that was sent last. `body` is only valid during the call; `isKept` when another request may follow. */
  readonly onReply: (
    connection: LoadConnection,
    reply: { readonly status: number; readonly body: Buffer; readonly isKept: boolean },
  ) => void;
  /** The connection ended or its bytes make no sense; `wasWaiting` when an answer was due. It can send no more. */
  readonly onEnd: (connection: LoadConnection, wasWaiting: boolean, reason: string) => void;
};

const END_OF_HEAD = '\r\n\r\n';
const STATUS_AT = 9;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const CLOSES = /\r\nconnection: *close/i;

export class LoadConnection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  /** What of an answer has arrived so far. */
  #partial: Buffer | undefined;
  #isWaiting = false;
  #isOpen = true;
  /** What the user of the connection remembers of the request that is under way. */
  index = -1;
  /** When the request was written, in milliseconds of `performance.now()`. */
  sentAt = 0;

  constructor(target: { readonly port: number; readonly host: string; readonly localAddress?: string }, events: ConnectionEvents) {
    this.#events = events;
    this.#socket = connect({ ...target, noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#end(error.code ?? 'error of the connection'));
    this.#socket.on('close', () => this.#end('connection closed'));
  }

  /** Writes a request. @param bytes - head and body; not changed until the answer is there. */
  send(bytes: Uint8Array): void {
    this.#isWaiting = true;
    this.#socket.write(bytes);
  }

  /** Ends the connection; nothing is reported any more. */
  close(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  #end(reason: string): void {
    if (!this.#isOpen) return;
    this.close();
    this.#events.onEnd(this, this.#isWaiting, reason);
  }

  #take(chunk: Buffer): void {
    const bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = undefined;
    const headEnd = bytes.indexOf(END_OF_HEAD);
    if (headEnd < 0) {
      this.#partial = bytes;
      return;
    }
    const head = bytes.toString('latin1', 0, headEnd);
    const length = CONTENT_LENGTH.exec(head)?.[1];
    if (length === undefined || !this.#isWaiting) {
      this.#end('an answer that is not understood');
      return;
    }
    const bodyAt = headEnd + END_OF_HEAD.length;
    const end = bodyAt + Number(length);
    if (bytes.length < end) {
      this.#partial = bytes;
      return;
    }
    this.#isWaiting = false;
    const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
    const isKept = !CLOSES.test(head);
    this.#events.onReply(this, { status, body: bytes.subarray(bodyAt, end), isKept });
    if (!isKept) this.#end('connection closed');
  }
}
