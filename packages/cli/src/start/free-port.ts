/**
 * Finds out who has a port before anything else is done.
 * @module
 */
import { connect } from 'node:net';
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

/** The port is taken. */
export async function portFailure(host: string, port: number, cause: unknown): Promise<IcError<FailureDetail>> {
  const { code, address } = cause as { readonly code?: string; readonly address?: string };
  const where = `port ${port}${address === undefined ? '' : ` (${address})`}`;
  if (code === 'EACCES') {
    return commandFailure('PORT_FORBIDDEN', `${where} may not be used by this user`, 'choose a port from 1024 on: --port 8000', { cause });
  }
  if (code === 'EADDRNOTAVAIL')
    return commandFailure('HOST_UNAVAILABLE', `this machine has no address ${host}`, 'choose another with --host', { cause });
  const who = (await isNetwork(`http://${host}:${port}`))
    ? 'another Internet Computer network answers there'
    : 'another program listens there';
  return commandFailure(
    'PORT_IN_USE',
    `${where} is in use: ${who}`,
    `stop it, or choose another port: --port ${port + 1} (0 takes any that is free)`,
    { cause },
  );
}

/** Whether an error says that an address cannot be listened on. */
export function isAddressError(error: unknown): boolean {
  return (
    ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes((error as NodeJS.ErrnoException).code ?? '') &&
    (error as NodeJS.ErrnoException).syscall === 'listen'
  );
}

function somebodyListens(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: PROBE_MS });
    const answer = (listens: boolean): void => {
      socket.destroy();
      resolve(listens);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}

/**
 * Refuses a port that somebody listens on, before a long log is replayed in vain. Binding it decides in the end.
 * @throws IcError `PORT_IN_USE`
 */
export async function checkPortFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : [host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host];
  for (const address of addresses) {
    if (await somebodyListens(address, port)) throw await portFailure(host, port, { code: 'EADDRINUSE', address });
  }
}
