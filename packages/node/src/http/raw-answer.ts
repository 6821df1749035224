/**
 * Answers to what is not a request: written to the connection itself, which ends with them.
 * @module
 */
import type { Socket } from 'node:net';

/** Writes an answer and ends the connection. */
export function answerRaw(socket: Socket, status: string, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const length = Buffer.byteLength(message);
  const retry = status.startsWith('429 ') ? 'retry-after: 1\r\n' : '';
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${length}\r\n${retry}connection: close\r\n\r\n${message}`,
    // Whatever else arrives is not waited for.
    () => socket.destroy(),
  );
}

/** Bytes that are not HTTP, or came too slowly. Node names the cause in the code of its error. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  const code = error.code ?? '';
  if (code === 'ECONNRESET' || code === 'EPIPE') socket.destroy();
  else if (code.endsWith('_TIMEOUT')) answerRaw(socket, '408 Request Timeout', 'The request took too long to arrive.');
  else if (code.endsWith('_HEADER_OVERFLOW'))
    answerRaw(socket, '431 Request Header Fields Too Large', 'The request headers are too large.');
  else answerRaw(socket, '400 Bad Request', 'The request is not valid HTTP.');
}
