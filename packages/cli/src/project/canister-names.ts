/**
 * The names of a network's canisters as bytes, to go with its state into a file and out of it again.
 * @module
 */
import { fromUtf8, type PrincipalId, principalFromText, principalToText, utf8 } from '@myelin/core/base';
import { commandFailure } from '../terminal/index.ts';

/** Names in a file, and bytes of one. */
const NAMES_MAX = 10_000;
const NAME_LENGTH_MAX = 100;

/** Undefined when there are none, or too many to go along. */
export function encodeCanisterNames(ids: ReadonlyMap<string, PrincipalId>): Uint8Array | undefined {
  if (ids.size === 0 || ids.size > NAMES_MAX) return undefined;
  return utf8(JSON.stringify({ canisters: Object.fromEntries([...ids].map(([name, id]) => [name, principalToText(id)])) }));
}

function malformed(): Error {
  return commandFailure(
    'STATE_FILE_INVALID',
    'the names of canisters in the file are malformed',
    'give the canisters names again: myelin deploy --id ID',
  );
}

/** @throws IcError `STATE_FILE_INVALID` */
export function decodeCanisterNames(bytes: Uint8Array): ReadonlyMap<string, PrincipalId> {
  const ids = new Map<string, PrincipalId>();
  try {
    const { canisters } = JSON.parse(fromUtf8(bytes) ?? '') as { readonly canisters?: unknown };
    if (typeof canisters !== 'object' || canisters === null) throw malformed();
    for (const [name, text] of Object.entries(canisters)) {
      if (ids.size >= NAMES_MAX || name.length === 0 || name.length > NAME_LENGTH_MAX || /\p{Cc}/u.test(name)) throw malformed();
      ids.set(name, principalFromText(String(text)));
    }
  } catch {
    throw malformed();
  }
  return ids;
}
