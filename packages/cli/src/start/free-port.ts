/**
 * Finds out who has a port before anything else is done.
 * @module
 */
import { createServer } from 'node:net';
import { commandFailure, type FailureDetail } from '../terminal/index.ts';
import type { IcError } from '@myelin/core/base';

const PROBE_MS = 1_000;

/** Whether what listens at the port is a network like this one. */
async function isNetwork(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v2/status`, { signal: AbortSignal.timeout(PROBE_MS) });
    return response.ok && (response.headers.get('content-type') ?? '').includes('cbor');
  } catch {
    return false;
  }
}

/** What it means that an address cannot be listened on. */
export async function portFailure(host: string, port: number, cause: unknown): Promise<IcError<FailureDetail>> {
  const { code, address = host } = cause as { readonly code?: string; readonly address?: string };
  if (HOST_CODES.includes(code)) {
    return commandFailure('HOST_UNAVAILABLE', `this machine has no address ${host}`, 'choose another with --host', { cause });
  }
  const where = `port ${port} (${address})`;
  if (code === 'EACCES') {
    return commandFailure('PORT_FORBIDDEN', `${where} may not be used by this user`, 'choose a port from 1024 on: --port 8000', { cause });
  }
  const isOther = !(await isNetwork(`http://${address.includes(':') ? `[${address}]` : address}:${port}`));
  const who = isOther ? 'another program listens there' : 'another Internet Computer network answers there';
  const remedy = `stop it, or choose another port: --port ${port + 1} (0 takes any that is free)`;
  return commandFailure('PORT_IN_USE', `${where} is in use: ${who}`, remedy, { cause });
}

const HOST_CODES: readonly (string | undefined)[] = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'];

/** Whether an error says that an address cannot be listened on. */
export function isAddressError(error: unknown): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall === 'listen' || syscall === 'getaddrinfo';
}

/** Binds an address for a moment. Answers the system's error when that cannot be done. */
function tryListen(address: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host: address, port }, () => server.close(() => resolve(undefined)));
  });
}

/**
 * Refuses an address that cannot be listened on, before a long log is replayed in vain. Binding it for good decides in the end.
 * @throws IcError `PORT_IN_USE`, `PORT_FORBIDDEN`, `HOST_UNAVAILABLE`, and the system's errors
 */
export async function checkPortFree(host: string, port: number): Promise<void> {
  const isBoth = host === 'localhost';
  for (const address of isBoth ? ['127.0.0.1', '::1'] : [host]) {
    const error = await tryListen(address, port);
    if (error === undefined || (isBoth && address === '::1' && HOST_CODES.includes(error.code))) continue;
    throw isAddressError(error) ? await portFailure(host, port, error) : error;
  }
}
