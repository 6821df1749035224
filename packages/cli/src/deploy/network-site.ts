/**
 * A network as the place of a deployment.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { CanisterSettings } from '@myelin/core/candid';
import { callManagement, type Connection, readCanister, readMetadata } from '../client/index.ts';
import type { NamedSettings } from '../manifest/index.ts';
import { readCanisterIds, rememberCanisterId } from '../project/index.ts';
import { createCanister, installModule } from './install.ts';
import type { DeploySite } from './ports.ts';

/** As the management canister takes them: what is not named stays as it is. */
export function toCanisterSettings(settings: NamedSettings): CanisterSettings {
  const named = <K extends keyof NamedSettings>(name: K): CanisterSettings[K] => {
    const value = settings[name];
    return (value === undefined ? [] : [value]) as unknown as CanisterSettings[K];
  };
  return {
    controllers: named('controllers'),
    compute_allocation: named('compute_allocation'),
    memory_allocation: named('memory_allocation'),
    freezing_threshold: named('freezing_threshold'),
    reserved_cycles_limit: named('reserved_cycles_limit'),
    minimum_incoming_canister_call_cycles: named('minimum_incoming_canister_call_cycles'),
    log_visibility: named('log_visibility'),
    log_memory_limit: named('log_memory_limit'),
    snapshot_visibility: named('snapshot_visibility'),
    status_visibility: named('status_visibility'),
    wasm_memory_limit: named('wasm_memory_limit'),
    wasm_memory_threshold: named('wasm_memory_threshold'),
    environment_variables: named('environment_variables'),
  };
}

/**
 * @param stateFolder - where names and ids are kept.
 * @param filedIds - ids that other tools have filed for this network: what this one knows itself comes first.
 */
export function createNetworkSite(connection: Connection, stateFolder: string, filedIds: ReadonlyMap<string, PrincipalId>): DeploySite {
  return {
    principal: connection.identity.principal,
    knownIds: async () => new Map([...filedIds, ...(await readCanisterIds(stateFolder, connection.rootKey))]),
    remember: (name, id) => rememberCanisterId(stateFolder, { rootKey: connection.rootKey, address: connection.url }, name, id),
    read: (id) => readCanister(connection, id),
    readMetadata: (id, name) => readMetadata(connection, id, name),
    status: async (id) => (await callManagement(connection, 'canister_status', [{ canister_id: id }], id))[0],
    create: ({ cycles, id }) => createCanister(connection, cycles, id),
    updateSettings: async (id, settings) => {
      const args = { canister_id: id, settings: toCanisterSettings(settings), sender_canister_version: [] } as const;
      await callManagement(connection, 'update_settings', [args], id);
    },
    install: (id, module, options) => installModule(connection, id, module, options),
  };
}
