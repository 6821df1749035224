/**
 * Creating canisters: `create_canister` and `provisional_create_canister_with_cycles`.
 * Source: IC interface spec, abstract behaviour, "Canister creation" and "Canister creation with cycles".
 * @module
 */
import { canisterIdOfIndex, canisterIndexOfId, err, ok, type PrincipalId, principalToText, type Result } from '../../base/index.ts';
import { type CanisterSettings as SettingsPayload, managementCanister, type Opt } from '../../candid/index.ts';
import { hashOfContent } from '../../crypto/index.ts';
import {
  addCanister,
  type CanisterSettings,
  type CanisterState,
  createCanisterState,
  type ReplicatedState,
  subnetHostsId,
} from '../../state/index.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { creationFee } from '../fees.ts';
import { CYCLES_MAX, PROVISIONAL_BALANCE_DEFAULT, SUBNET_CANISTERS_MAX } from '../limits.ts';
import { recountMemory } from '../memory-usage.ts';
import { NO_ALLOCATIONS, settingsError } from './allocations.ts';
import { type Answer, decodePayload, type Invocation, rejected, replied } from './answer.ts';
import { senderVersionError } from './authorization.ts';
import { changeOrigin, recordChange } from './history.ts';
import { defaultSettings, parseSettings, type SettingsChange } from './settings.ts';

type Order = {
  readonly settings: Opt<SettingsPayload>;
  readonly senderVersion: Opt<bigint>;
  /** Cycles that the canister starts with. */
  readonly balance: bigint;
  readonly specifiedId: PrincipalId | undefined;
};

/** The first id of the ranges that is not given out, from `index` on. */
function nextFreeId(state: ReplicatedState): Result<{ readonly id: PrincipalId; readonly index: bigint }, UserError> {
  let index = state.nextCanisterIndex;
  for (const range of state.subnet.ranges) {
    const first = canisterIndexOfId(range.first);
    const last = canisterIndexOfId(range.last);
    if (first === undefined || last === undefined || index > last) continue;
    if (index < first) index = first;
    for (; index <= last; index++) {
      const id = canisterIdOfIndex(index);
      if (!state.canisters.has(id)) return ok({ id, index });
    }
  }
  return err(userError(ErrorCode.SubnetOversubscribed, `Subnet ${principalToText(state.subnet.id)} has no canister ids left`));
}

function chooseId(state: ReplicatedState, specified: PrincipalId | undefined): Result<PrincipalId, UserError> {
  if (state.canisters.size >= SUBNET_CANISTERS_MAX) {
    const name = principalToText(state.subnet.id);
    return err(
      userError(
        ErrorCode.MaxNumberOfCanistersReached,
        `Subnet ${name} has reached the allowed canister limit of ${SUBNET_CANISTERS_MAX} canisters. Retry creating the canister.`,
      ),
    );
  }
  if (specified === undefined) {
    const free = nextFreeId(state);
    return free.ok ? ok(free.value.id) : free;
  }
  const name = principalToText(specified);
  if (!subnetHostsId(state.subnet, specified)) {
    const subnet = principalToText(state.subnet.id);
    return err(
      userError(ErrorCode.CanisterNotHostedBySubnet, `The specified_id ${name} is not in the canister ranges of subnet ${subnet}`),
    );
  }
  if (state.canisters.has(specified)) {
    return err(userError(ErrorCode.CanisterIdAlreadyExists, `Unsuccessful canister creation: canister id ${name} already exists`));
  }
  return ok(specified);
}

/** Ids are given out in order and never again; only one that `specified_id` named can come again once its canister was deleted. */
function reserveId(state: ReplicatedState, id: PrincipalId): void {
  const free = nextFreeId(state);
  if (free.ok && free.value.id === id) state.nextCanisterIndex = free.value.index + 1n;
}

function environmentVariablesHash({ environment }: Invocation, change: SettingsChange): Uint8Array | undefined {
  const variables = change.environmentVariables;
  if (variables === undefined) return undefined;
  return hashOfContent(new Map(variables.map(({ name, value }) => [name, value])), environment.hasher);
}

/** Creates the canister that was ordered, or says why not; then nothing has changed. */
function create(invocation: Invocation, order: Order): Result<CanisterState, UserError> {
  const { call, timeNs, environment } = invocation;
  const { state, config } = environment;
  const versionError = senderVersionError(call, order.senderVersion);
  if (versionError !== undefined) return err(versionError);
  const [payload] = order.settings;
  const change = payload === undefined ? ok<SettingsChange>({}) : parseSettings(payload);
  if (!change.ok) return change;
  const chosen = chooseId(state, order.specifiedId);
  if (!chosen.ok) return chosen;
  const settings: CanisterSettings = { ...defaultSettings(call.sender), ...change.value };
  const { edit, firstCallbackId } = state;
  const canister = createCanisterState({ edit, id: chosen.value, settings, balance: order.balance, timeNs, firstCallbackId });
  const refusal = settingsError(state, config, canister, NO_ALLOCATIONS, settings);
  if (refusal !== undefined) return err(refusal);
  recordChange(canister, changeOrigin(call, order.senderVersion), timeNs, {
    kind: 'creation',
    controllers: settings.controllers,
    environmentVariablesHash: environmentVariablesHash(invocation, change.value),
  });
  reserveId(state, canister.id);
  addCanister(state, canister);
  state.computeAllocated += settings.computeAllocation;
  recountMemory(state, canister);
  return ok(canister);
}

/** `create_canister`: paid from the attached cycles, the rest is the canister's first balance. */
export function createCanister(invocation: Invocation): Answer {
  const { call, environment } = invocation;
  const args = decodePayload(managementCanister.create_canister.args, call.payload);
  if (!args.ok) return rejected(invocation, args.error);
  const fee = creationFee(environment.config.fees);
  if (call.cycles < fee) {
    return rejected(
      invocation,
      userError(
        ErrorCode.InsufficientCyclesForCreateCanister,
        `Creating a canister requires a fee of ${fee} that is deducted from the canister's initial balance but only ${call.cycles} cycles were received with the create_canister request.`,
      ),
    );
  }
  const { settings, sender_canister_version: senderVersion } = args.value;
  const created = create(invocation, { settings, senderVersion, balance: call.cycles - fee, specifiedId: undefined });
  if (!created.ok) return rejected(invocation, created.error);
  created.value.consumedCycles += fee;
  environment.state.cycles.burned += fee;
  const reply = managementCanister.create_canister.result.encode([{ canister_id: created.value.id }]);
  return { ...replied(invocation, reply), refund: 0n };
}

/** `provisional_create_canister_with_cycles`: the balance is minted, the attached cycles go back. */
export function provisionalCreateCanister(invocation: Invocation): Answer {
  const { call, environment } = invocation;
  const method = managementCanister.provisional_create_canister_with_cycles;
  const args = decodePayload(method.args, call.payload);
  if (!args.ok) return rejected(invocation, args.error);
  const { amount, settings, specified_id: specifiedId, sender_canister_version: senderVersion } = args.value;
  const balance = amount[0] ?? PROVISIONAL_BALANCE_DEFAULT;
  if (balance > CYCLES_MAX) {
    return rejected(
      invocation,
      userError(ErrorCode.InvalidManagementPayload, `The amount of ${balance} cycles does not fit into 128 bits`),
    );
  }
  const created = create(invocation, { settings, senderVersion, balance, specifiedId: specifiedId[0] });
  if (!created.ok) return rejected(invocation, created.error);
  environment.state.cycles.minted += balance;
  return replied(invocation, method.result.encode([{ canister_id: created.value.id }]));
}
