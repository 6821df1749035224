/**
 * Program: the least that a server of durable requests can do, on bare node:http. It sends its URL over the channel.
 *
 * `POST /durable` appends the body to a file and answers when it is on the disk, `POST /plain` answers at once; both with as many bytes as
 * the header `x-reply-bytes` says. Argument: the file.
 * @module
 */
import { closeSync, openSync } from 'node:fs';
import { fdatasync, write } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const file = openSync(process.argv[2] ?? '', 'w');
let offset = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const answer = (error: Error | null): void => {
      const reply = Buffer.alloc(Number(request.headers['x-reply-bytes'] ?? 0), 1);
      response.writeHead(error === null ? 200 : 500, { 'content-type': 'application/cbor', 'content-length': reply.length });
      response.end(reply);
    };
    if (request.url !== '/durable') {
      answer(null);
      return;
    }
    const start = offset;
    offset += body.length;
    write(file, body, 0, body.length, start, (error) => (error === null ? fdatasync(file, answer) : answer(error)));
  });
});
const close = (): void => {
  server.closeAllConnections();
  server.close();
  closeSync(file);
  process.exit(0);
};
process.once('SIGTERM', close);
process.once('disconnect', close);
server.listen({ host: '127.0.0.1', port: 0 }, () => process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
