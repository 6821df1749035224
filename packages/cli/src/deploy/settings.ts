/**
 * The settings of a canister: those that its project file names, and the ids of its siblings.
 * @module
 */
import { principalToText, type PrincipalId } from '@myelin/core/base';
import type { DefiniteCanisterSettings, EnvironmentVariable } from '@myelin/core/candid';
import type { NamedSettings, ProjectCanister } from '../manifest/index.ts';
import { commandFailure } from '../terminal/index.ts';

/** Variables by which canisters find each other. Source: icp-cli, "Environment Variables Reference", "Automatic Variables". */
const ID_VARIABLE = 'PUBLIC_CANISTER_ID:';

/** Those of one canister. Source: dfinity/ic, `MAX_ENVIRONMENT_VARIABLES`. */
const VARIABLES_MAX = 32;

/** With so many canisters that not all ids find room none is given: some alone would be found by chance. */
function withSiblings(variables: readonly EnvironmentVariable[], ids: ReadonlyMap<string, string>): EnvironmentVariable[] {
  const named = new Map(variables.map((variable) => [variable.name, variable]));
  for (const [name, value] of ids) named.set(ID_VARIABLE + name, { name: ID_VARIABLE + name, value });
  const all = named.size <= VARIABLES_MAX ? [...named.values()] : [...variables];
  return all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A text that is the same whatever the order of lists and fields, in which settings say nothing. */
function comparable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(comparable).toSorted().join()}]`;
  if (typeof value !== 'object' || value === null) return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const fields = Object.entries(value).map(([name, field]) => `${JSON.stringify(name)}:${comparable(field)}`);
  return `{${fields.toSorted().join()}}`;
}

/**
 * The settings that have to be changed.
 *
 * @param ids - ids of the project's canisters by name; empty outside of a project.
 * @param isNew - whether the canister was just made: settings of dfx.json hold for those only.
 */
export function settingsToChange(
  canister: Pick<ProjectCanister, 'settings' | 'keepsSettings'>,
  current: DefiniteCanisterSettings,
  ids: ReadonlyMap<string, string>,
  isNew: boolean,
): NamedSettings {
  const wanted: NamedSettings = isNew || canister.keepsSettings ? { ...canister.settings } : {};
  const ownVariables = wanted.environment_variables ?? current.environment_variables.filter(({ name }) => !name.startsWith(ID_VARIABLE));
  if (ids.size > 0) wanted.environment_variables = withSiblings(ownVariables, ids);
  const changed = Object.entries(wanted).filter(
    ([name, value]) => comparable(value) !== comparable(current[name as keyof DefiniteCanisterSettings]),
  );
  return Object.fromEntries(changed) as NamedSettings;
}

/** Controllers without the one who deploys: it could not deploy again. @throws IcError `DEPLOY_CONTROL_LOST` */
export function checkControl(canister: ProjectCanister, principal: PrincipalId, isAllowed: boolean): void {
  const { controllers } = canister.settings;
  if (controllers === undefined || controllers.includes(principal) || isAllowed) return;
  throw commandFailure(
    'DEPLOY_CONTROL_LOST',
    `${canister.place}: the controllers do not name you (${principalToText(principal)}): you could not deploy ${canister.name} again`,
    'add your principal to the controllers, or deploy with --yes',
  );
}
