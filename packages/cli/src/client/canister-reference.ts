/**
 * Canisters as people name them: by id, or by the name they were deployed under.
 * @module
 */
import { IcError, type PrincipalId, principalFromText, principalToText } from '@myelin/core/base';
import { nearestWord } from '../command-line/index.ts';
import { readCanisterIds } from '../project/index.ts';
import { commandFailure } from '../terminal/index.ts';
import type { Connection } from './connection.ts';
import { readCanister } from './requests.ts';

/** A principal as it is written; undefined when the text is none. */
export function parsePrincipal(text: string): PrincipalId | undefined {
  try {
    return principalFromText(text);
  } catch (error) {
    if (error instanceof IcError) return undefined;
    throw error;
  }
}

/**
 * The canister that an id or a name means.
 * @param ids - those that are known by name.
 * @param place - the network, for the message.
 * @throws IcError `CANISTER_UNKNOWN`
 */
export function resolveReference(ids: ReadonlyMap<string, PrincipalId>, reference: string, place: string): PrincipalId {
  const id = ids.get(reference) ?? parsePrincipal(reference);
  if (id !== undefined) return id;
  const meant = nearestWord(reference, ids.keys());
  const names = ids.size === 0 ? 'none was deployed from this folder' : `there are: ${[...ids.keys()].join(', ')}`;
  throw commandFailure(
    'CANISTER_UNKNOWN',
    `'${reference}' is neither the id of a canister nor the name of one on ${place}; ${names}`,
    meant === undefined ? "deploy it with 'myelin deploy FILE', or give its id" : `did you mean '${meant}'?`,
  );
}

/** The canister that an id or a name means on a network. @throws IcError `CANISTER_UNKNOWN` */
export async function findCanister({ rootKey, url }: Connection, stateFolder: string, reference: string): Promise<PrincipalId> {
  return resolveReference(await readCanisterIds(stateFolder, rootKey), reference, url);
}

/** A canister that the network has. */
export type ExistingCanister = {
  readonly id: PrincipalId;
  /** The id as text. */
  readonly idText: string;
  readonly controllers: readonly PrincipalId[];
  /** Undefined when it is empty. */
  readonly moduleHash: Uint8Array | undefined;
};

/** The canister that an id or a name means, if it is there. @throws IcError `CANISTER_UNKNOWN`, `CANISTER_MISSING` */
export async function findExistingCanister(connection: Connection, stateFolder: string, reference: string): Promise<ExistingCanister> {
  const id = await findCanister(connection, stateFolder, reference);
  const { controllers, moduleHash } = await readCanister(connection, id);
  const idText = principalToText(id);
  if (controllers !== undefined) return { id, idText, controllers, moduleHash };
  throw commandFailure('CANISTER_MISSING', `there is no canister ${idText} on ${connection.url}`, 'check the id and the network');
}
