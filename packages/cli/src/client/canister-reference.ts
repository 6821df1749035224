/**
 * Canisters as people name them: by id, or by the name they were deployed under.
 * @module
 */
import { IcError, type PrincipalId, principalFromText } from '@myelin/core/base';
import { nearestWord } from '../command-line/index.ts';
import { readCanisterIds } from '../project/index.ts';
import { commandFailure } from '../terminal/index.ts';
import type { Connection } from './connection.ts';

function parsePrincipal(text: string): PrincipalId | undefined {
  try {
    return principalFromText(text);
  } catch (error) {
    if (error instanceof IcError) return undefined;
    throw error;
  }
}

/** The canister that an id or a name means. @throws IcError `CANISTER_UNKNOWN` */
export async function findCanister({ rootKey, url }: Connection, stateFolder: string, reference: string): Promise<PrincipalId> {
  const ids = await readCanisterIds(stateFolder, rootKey);
  const id = ids.get(reference) ?? parsePrincipal(reference);
  if (id !== undefined) return id;
  const meant = nearestWord(reference, ids.keys());
  const names = ids.size === 0 ? 'none was deployed from this folder' : `there are: ${[...ids.keys()].join(', ')}`;
  throw commandFailure(
    'CANISTER_UNKNOWN',
    `'${reference}' is neither the id of a canister nor the name of one on ${url}; ${names}`,
    meant === undefined ? "deploy it with 'myelin deploy FILE', or give its id" : `did you mean '${meant}'?`,
  );
}
