/**
 * The names that a shell completes: those of canisters and identities.
 * @module
 */
import { IdentityStore, ANONYMOUS_NAME } from '../identity/index.ts';
import { knownCanisterNames } from '../project/index.ts';

/** Names that a shell takes without quotes; others have to be typed. */
const PLAIN_NAME = /^[\w.@+-]+$/;

/** More are of no use to who has to choose. */
const NAMES_MAX = 1_000;

/** Canisters that were deployed from a folder, on whatever network, or the identities of this person. */
export async function completedNames(kind: 'canisters' | 'identities', stateFolder: string): Promise<string[]> {
  const names = kind === 'canisters' ? await knownCanisterNames(stateFolder) : [...(await new IdentityStore().names()), ANONYMOUS_NAME];
  return names.filter((name) => PLAIN_NAME.test(name)).slice(0, NAMES_MAX);
}
