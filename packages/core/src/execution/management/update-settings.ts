/**
 * `update_settings`.
 * Source: IC interface spec, abstract behaviour, "Changing settings".
 * @module
 */
import type { UpdateSettingsArgs } from '../../candid/index.ts';
import { type CanisterState, updateActivity } from '../../state/index.ts';
import { trimLog } from '../log.ts';
import { beginCharges, recountMemory } from '../memory-usage.ts';
import { offerDueTasks } from '../timers.ts';
import { settingsError } from './allocations.ts';
import { type Answer, done, type Invocation, rejected } from './answer.ts';
import { senderVersionError } from './authorization.ts';
import { changeOrigin, recordChange } from './history.ts';
import { parseSettings } from './settings.ts';

/** The caller is a controller. Fields that the payload leaves out keep their values. */
export function updateSettings(invocation: Invocation, canister: CanisterState, args: UpdateSettingsArgs): Answer {
  const { call, environment, timeNs } = invocation;
  const { state, config } = environment;
  const change = parseSettings(args.settings);
  if (!change.ok) return rejected(invocation, change.error);
  const settings = { ...canister.settings, ...change.value };
  const error =
    senderVersionError(call, args.sender_canister_version) ?? settingsError(state, config, canister, canister.settings, settings);
  if (error !== undefined) return rejected(invocation, error);
  state.computeAllocated += settings.computeAllocation - canister.settings.computeAllocation;
  beginCharges(state, canister);
  canister.settings = settings;
  canister.version++;
  if (change.value.controllers !== undefined) {
    const { controllers } = settings;
    recordChange(canister, changeOrigin(call, args.sender_canister_version), timeNs, { kind: 'controllers_change', controllers });
  }
  trimLog(canister);
  offerDueTasks(state, canister);
  recountMemory(state, canister);
  updateActivity(state, canister);
  return done(invocation);
}
