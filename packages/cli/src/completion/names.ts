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

/** Canisters that the project file names; none where there is no file, or one that cannot be read: deploying says why. */
async function projectNames(): Promise<string[]> {
  const { findProject } = await import('../manifest/index.ts');
  const project = await findProject('.', 'local').catch(() => undefined);
  return [...(project?.entries.map(({ name }) => name) ?? [])];
}

/** Canisters of the project in this folder and those that were deployed from it, on whatever network; or the identities of this person. */
export async function completedNames(kind: 'canisters' | 'identities', stateFolder: string): Promise<string[]> {
  const names =
    kind === 'canisters'
      ? new Set([...(await knownCanisterNames(stateFolder)), ...(await projectNames())])
      : [...(await new IdentityStore().names()), ANONYMOUS_NAME];
  return [...names].filter((name) => PLAIN_NAME.test(name)).slice(0, NAMES_MAX);
}
