/**
 * Installing canisters with `@icp-sdk/core`, as an application's deployment script would.
 * @module
 */
import { Actor, HttpAgent, type ActorMethod, type Identity } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { FIRST_CANISTER_ID, managementInterface, NO_ARGUMENTS } from './management-interface.ts';

type UpgradeOptions = {
  readonly skip_pre_upgrade: [boolean] | [];
  /** `keep` is what Motoko with enhanced orthogonal persistence, its default, must be upgraded with. */
  readonly wasm_memory_persistence: [{ readonly keep: null } | { readonly replace: null }] | [];
};

type InstallMode = { readonly install: null } | { readonly reinstall: null } | { readonly upgrade: [UpgradeOptions] | [] };

/** Upgrades a Motoko canister so that its heap stays. */
export const UPGRADE_KEEPING_HEAP: InstallMode = { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }] };

/** The management canister, as far as tests use it. */
export type Management = {
  readonly provisional_create_canister_with_cycles: ActorMethod<
    [{ readonly amount: [bigint] | []; readonly settings: []; readonly specified_id: [] }],
    { readonly canister_id: Principal }
  >;
  readonly install_code: ActorMethod<
    [{ readonly mode: InstallMode; readonly canister_id: Principal; readonly wasm_module: Uint8Array; readonly arg: Uint8Array }],
    undefined
  >;
  readonly stop_canister: ActorMethod<[{ readonly canister_id: Principal }], undefined>;
  readonly delete_canister: ActorMethod<[{ readonly canister_id: Principal }], undefined>;
  readonly canister_status: ActorMethod<
    [{ readonly canister_id: Principal }],
    { readonly status: object; readonly cycles: bigint; readonly memory_size: bigint }
  >;
};

/** An agent for a test network, which trusts the root key that the network tells. */
export async function openAgent(url: string, identity?: Identity): Promise<HttpAgent> {
  return await HttpAgent.create({ host: url, shouldFetchRootKey: true, ...(identity === undefined ? {} : { identity }) });
}

/** The management canister of the subnet that holds `canisterId`. */
export function managementOf(agent: HttpAgent, canisterId: Principal = Principal.fromText(FIRST_CANISTER_ID)): Management {
  return Actor.createActor<Management>(managementInterface, {
    agent,
    canisterId: Principal.managementCanister(),
    effectiveTarget: { canisterId },
  });
}

/**
 * Creates a canister and installs a module.
 *
 * @param argument - Candid-encoded; by default no values.
 * @param cycles - what the new canister gets.
 */
export async function installCanister(
  agent: HttpAgent,
  wasm: Uint8Array,
  argument: Uint8Array = NO_ARGUMENTS,
  cycles = 100_000_000_000_000n,
): Promise<Principal> {
  const created = await managementOf(agent).provisional_create_canister_with_cycles({ amount: [cycles], settings: [], specified_id: [] });
  await installCode(agent, created.canister_id, { mode: { install: null }, wasm, argument });
  return created.canister_id;
}

/** Installs, reinstalls or upgrades a canister. */
export async function installCode(
  agent: HttpAgent,
  canisterId: Principal,
  options: { readonly mode: InstallMode; readonly wasm: Uint8Array; readonly argument?: Uint8Array },
): Promise<void> {
  const { mode, wasm, argument = NO_ARGUMENTS } = options;
  await managementOf(agent, canisterId).install_code({ mode, canister_id: canisterId, wasm_module: wasm, arg: argument });
}
