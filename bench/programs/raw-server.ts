/**
 * Program: the least that can answer HTTP, to see what the load generator itself can do. It sends its port over the channel.
 *
 * Every request gets the same answer. Argument: its size in bytes.
 * @module
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';

const body = 'certificate replied '.padEnd(Number(process.argv[2] ?? 1_000), '.');
const answer = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;

/** Bytes of the request that the buffer starts with; undefined while it is not whole. */
function requestBytes(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const end = headEnd + 4 + Number(CONTENT_LENGTH.exec(bytes.toString('latin1', 0, headEnd))?.[1] ?? 0);
  return bytes.length < end ? undefined : end;
}

function serve(socket: Socket): void {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    for (let end = requestBytes(waiting); end !== undefined; end = requestBytes(waiting)) {
      waiting = waiting.subarray(end);
      socket.write(answer);
    }
  });
}

const server = createServer({ noDelay: true }, serve);
process.once('SIGTERM', () => process.exit(0));
process.once('disconnect', () => process.exit(0));
server.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () => process.send?.({ port: (server.address() as AddressInfo).port }));
