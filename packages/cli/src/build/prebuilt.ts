/**
 * Modules that are there already: files, and what is behind an address.
 * @module
 */
import { createHash } from 'node:crypto';
import { readModuleFile } from '../canister-module/index.ts';
import type { PrebuiltSource } from '../manifest/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { DOWNLOAD_BYTES_MAX, DOWNLOAD_MS_MAX } from './limits.ts';

async function receive(response: Response, url: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > DOWNLOAD_BYTES_MAX) throw commandFailure('DOWNLOAD_FAILED', `${url} is larger than ${DOWNLOAD_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

async function download(url: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS_MAX) });
    if (response.ok) return await receive(response, url);
    throw commandFailure('DOWNLOAD_FAILED', `${url} was not given: HTTP ${response.status}`, 'check the address');
  } catch (error) {
    if (error instanceof TypeError || error instanceof DOMException) {
      const why = error.cause instanceof Error ? error.cause.message : error.message;
      throw commandFailure('DOWNLOAD_FAILED', `${url} could not be downloaded: ${why}`, 'check your connection', { cause: error });
    }
    throw error;
  }
}

/** Takes a module and compares its digest. @throws IcError `DOWNLOAD_FAILED`, `MODULE_DIGEST_DIFFERS`, `MODULE_INVALID` */
export async function takePrebuilt({ from, sha256 }: PrebuiltSource, place: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = 'url' in from ? await download(from.url) : await readModuleFile(from.path);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === undefined || sha256 === actual) return bytes;
  const what = 'url' in from ? from.url : from.path;
  throw commandFailure(
    'MODULE_DIGEST_DIFFERS',
    `${place}: ${what} has the SHA-256 ${actual}, not ${sha256}`,
    'it is another module than the one that was meant: find out why before you change the digest',
  );
}
