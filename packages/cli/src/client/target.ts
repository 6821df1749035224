/**
 * Which network is meant, and by which key its answers are checked.
 * @module
 */
import { fromHex } from '@myelin/core/base';
import { usageFailure } from '../terminal/index.ts';
import { isStateFolderLocked, readNodeRecord } from '../project/index.ts';

/** A network before it was spoken to. */
export type NetworkTarget = {
  readonly url: string;
  /**
   * DER-encoded root key: `undefined` is the public network's, which clients know; `'fetch'` asks the network itself, which proves
   * nothing and is done for networks on this machine only.
   */
  readonly rootKey: Uint8Array | 'fetch' | undefined;
  readonly isLocal: boolean;
};

/** How a command names its network. */
export type NetworkOptions = {
  /** `local`, `ic` or a URL; undefined is the network that runs in the state folder. */
  readonly network: string | undefined;
  /** Hex. */
  readonly rootKey: string | undefined;
  readonly stateFolder: string;
};

const DEFAULT_URL = 'http://127.0.0.1:8000';
const PUBLIC_URL = 'https://icp-api.io';
const PUBLIC_HOST = /(^|\.)(icp-api\.io|icp0\.io|ic0\.app|icp\.net)$/;
const LOOPBACK_HOST = /^(localhost|(.*\.)localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function parseRootKey(hex: string): Uint8Array {
  if (/^([0-9a-f]{2}){40,200}$/i.test(hex)) return fromHex(hex.toLowerCase());
  throw usageFailure(
    'USAGE_OPTION_VALUE',
    '--root-key is not the hex of a DER-encoded key',
    "'myelin start' prints it, and so does the network's status endpoint",
  );
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is not a network`, "write 'local', 'ic', or a URL such as http://127.0.0.1:8000");
}

/** Finds the network. @throws IcError `USAGE_OPTION_VALUE`, `USAGE_ROOT_KEY_MISSING` */
export async function resolveNetwork({ network = 'local', rootKey: hex, stateFolder }: NetworkOptions): Promise<NetworkTarget> {
  const given = hex === undefined ? undefined : parseRootKey(hex);
  if (network === 'local') {
    // The record of a process that died says nothing of what runs there now.
    const record = isStateFolderLocked(stateFolder) ? await readNodeRecord(stateFolder) : undefined;
    return { url: record?.url ?? DEFAULT_URL, rootKey: given ?? (record === undefined ? 'fetch' : fromHex(record.rootKey)), isLocal: true };
  }
  const url = parseUrl(network === 'ic' ? PUBLIC_URL : network);
  const isLocal = LOOPBACK_HOST.test(url.hostname);
  const isPublic = PUBLIC_HOST.test(url.hostname);
  if (given === undefined && !isLocal && !isPublic) {
    throw usageFailure(
      'USAGE_ROOT_KEY_MISSING',
      `${url.origin} is neither on this machine nor the public network: nothing says by which key its answers can be checked`,
      'give its root key with --root-key HEX; ask somebody you trust for it, not the network',
    );
  }
  return { url: url.origin, rootKey: given ?? (isPublic ? undefined : 'fetch'), isLocal };
}
