/**
 * Shows and changes the settings of a canister.
 * @module
 */
import { type PrincipalId, principalToText } from '@myelin/core/base';
import type { DefiniteCanisterSettings, EnvironmentVariable } from '@myelin/core/candid';
import type { CanisterRequest } from '../canister/index.ts';
import { callManagement } from '../client/index.ts';
import { settingsToChange, toCanisterSettings } from '../deploy/index.ts';
import type { NamedSettings } from '../manifest/index.ts';
import { commandFailure, type JsonResult, type Terminal } from '../terminal/index.ts';
import { openCanister, type OpenCanister, readStatus } from './open-canister.ts';
import { principalsOf } from './principals.ts';
import { readSettingTexts, type SettingTexts, type ShownSetting, shownSettings } from './setting-values.ts';

/** What is to be changed; nothing of it: the settings are shown. */
export type SettingsRequest = CanisterRequest & {
  readonly texts: SettingTexts;
  /** Principals or identities. */
  readonly addControllers: readonly string[];
  readonly removeControllers: readonly string[];
  readonly setVariables: readonly EnvironmentVariable[];
  readonly removeVariables: readonly string[];
  /** Gives control away, too. */
  readonly isConfirmed: boolean;
};

function textOf(settings: readonly ShownSetting[], { style }: Terminal): string {
  const width = Math.max(...settings.map(({ head }) => head.length)) + 2;
  return settings
    .flatMap(({ head, lines }) => lines.map((line, index) => `${style('dim', (index === 0 ? head : '').padEnd(width))}${line}`))
    .join('\n');
}

function jsonOf(settings: readonly ShownSetting[]): JsonResult {
  return Object.fromEntries(settings.map(({ name, json }) => [name, json]));
}

/**
 * Who controls it afterwards.
 * @throws IcError `CONTROLLER_UNKNOWN`; `CONTROL_LOST` when nobody would, or not the one who asks
 */
async function controllersAfter(canister: OpenCanister, request: SettingsRequest): Promise<PrincipalId[]> {
  const { label, controllers: before, connection } = canister;
  const added = await principalsOf(request.addControllers);
  const removed = await principalsOf(request.removeControllers);
  const unknown = removed.find((id) => !before.includes(id) && !added.includes(id));
  if (unknown !== undefined) {
    throw commandFailure(
      'CONTROLLER_UNKNOWN',
      `${principalToText(unknown)} is no controller of ${label}; nothing was changed`,
      `its controllers are: ${before.map(principalToText).join(', ')}`,
    );
  }
  const after = [...new Set([...before, ...added])].filter((id) => !removed.includes(id));
  const { principal } = connection.identity;
  if (request.isConfirmed || (after.length > 0 && (after.includes(principal) || !before.includes(principal)))) return after;
  const who = after.length === 0 ? `nobody would control ${label} any more` : `you would not control ${label} any more`;
  throw commandFailure('CONTROL_LOST', `${who}; nothing was changed`, 'leave one controller who can go on, or give --yes if it is meant');
}

/** @throws IcError `VARIABLE_UNKNOWN` */
function variablesAfter(before: readonly EnvironmentVariable[], request: SettingsRequest): EnvironmentVariable[] {
  const named = new Map([...before, ...request.setVariables].map((variable) => [variable.name, variable]));
  for (const name of request.removeVariables) {
    if (named.delete(name)) continue;
    throw commandFailure(
      'VARIABLE_UNKNOWN',
      `${request.reference} has no variable '${name}'; nothing was changed`,
      `it has: ${before.map((variable) => variable.name).join(', ') || 'none'}`,
    );
  }
  return [...named.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function wantedSettings(canister: OpenCanister, current: DefiniteCanisterSettings, request: SettingsRequest): Promise<NamedSettings> {
  const wanted = await readSettingTexts(request.texts);
  if (request.addControllers.length + request.removeControllers.length > 0) wanted.controllers = await controllersAfter(canister, request);
  if (request.setVariables.length + request.removeVariables.length > 0)
    wanted.environment_variables = variablesAfter(current.environment_variables, request);
  return wanted;
}

/**
 * Prints the settings of a canister, or changes some of them and prints those.
 * @throws IcError `CONTROL_LOST`, `CONTROLLER_UNKNOWN`, `VARIABLE_UNKNOWN`, `USAGE_OPTION_VALUE`, `CALL_REJECTED`
 */
export async function canisterSettings(request: SettingsRequest, terminal: Terminal): Promise<void> {
  const canister = await openCanister(request, terminal);
  const { connection, id, idText, label } = canister;
  const { settings: current } = await readStatus(canister);
  const wanted = await wantedSettings(canister, current, request);
  if (Object.keys(wanted).length === 0) {
    const all = shownSettings(current);
    terminal.result(textOf(all, terminal), { canister: idText, settings: jsonOf(all) });
    return;
  }
  const change = settingsToChange({ settings: wanted, keepsSettings: true }, current, new Map(), false);
  const changed = shownSettings(change);
  const settings = jsonOf(shownSettings({ ...current, ...change }));
  const json = { canister: idText, changed: changed.map(({ name }) => name), settings };
  if (changed.length === 0) {
    terminal.result(`The settings of ${label} are so already.`, json);
    return;
  }
  const args = { canister_id: id, settings: toCanisterSettings(change), sender_canister_version: [] } as const;
  await callManagement(connection, 'update_settings', [args], id);
  terminal.result(`${terminal.style('green', `Changed ${label}.`)}\n${textOf(changed, terminal)}`, json);
}
