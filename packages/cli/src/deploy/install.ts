/**
 * Creates canisters and installs modules through the management canister.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, type PrincipalId } from '@myelin/core/base';
import type { CanisterInstallMode, CanisterSettings } from '@myelin/core/candid';
import { callManagement, type Connection } from '../client/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { CHUNK_BYTES, CHUNKS_AT_ONCE, SINGLE_MESSAGE_BYTES_MAX } from './limits.ts';
import type { DeployableModule } from '../canister-module/index.ts';
import type { InstallMode } from './ports.ts';

/**
 * Makes an empty canister.
 * @param cycles - undefined for what the network gives by itself.
 * @param id - one that it shall have.
 * @param settings - undefined for those that the network gives by itself.
 * @throws IcError `DEPLOY_CREATION_IMPOSSIBLE`
 */
export async function createCanister(
  connection: Connection,
  cycles: bigint | undefined,
  id?: PrincipalId,
  settings?: CanisterSettings,
): Promise<PrincipalId> {
  if (!connection.isLocal) {
    throw commandFailure(
      'DEPLOY_CREATION_IMPOSSIBLE',
      `${connection.url} does not give canisters away: only test networks make them for nothing`,
      'create a canister there and name it with --id',
    );
  }
  const amount = cycles === undefined ? ([] as const) : ([cycles] as const);
  const args = {
    amount,
    settings: settings === undefined ? ([] as const) : ([settings] as const),
    specified_id: id === undefined ? ([] as const) : ([id] as const),
    sender_canister_version: [],
  } as const;
  const [{ canister_id }] = await callManagement(connection, 'provisional_create_canister_with_cycles', [args], MANAGEMENT_CANISTER_ID);
  return canister_id;
}

function installMode(mode: InstallMode, keepsHeap: boolean): CanisterInstallMode {
  if (mode === 'install') return { install: null };
  if (mode === 'reinstall') return { reinstall: null };
  return { upgrade: keepsHeap ? [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }] : [] };
}

/** Uploads a module in chunks and answers their hashes in order. */
async function uploadChunks(
  connection: Connection,
  canister: PrincipalId,
  bytes: Uint8Array,
  onChunk: (done: number, of: number) => void,
): Promise<{ readonly hash: Uint8Array }[]> {
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  const hashes: { readonly hash: Uint8Array }[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const chunk = bytes.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
      const [hash] = await callManagement(connection, 'upload_chunk', [{ canister_id: canister, chunk }], canister);
      hashes[index] = hash;
      onChunk(++done, count);
    }
  };
  await Promise.all(Array.from({ length: CHUNKS_AT_ONCE }, work));
  return hashes;
}

/**
 * Installs a module, in chunks if it is large.
 *
 * @param onChunk - told of every uploaded chunk.
 * @throws IcError `CALL_REJECTED` and the like
 */
export async function installModule(
  connection: Connection,
  canister: PrincipalId,
  module: DeployableModule,
  install: { readonly mode: InstallMode; readonly argument: Uint8Array; readonly onChunk?: (done: number, of: number) => void },
): Promise<void> {
  const mode = installMode(install.mode, module.keepsHeap);
  if (module.bytes.length + install.argument.length <= SINGLE_MESSAGE_BYTES_MAX) {
    const args = { mode, canister_id: canister, wasm_module: module.bytes, arg: install.argument, sender_canister_version: [] } as const;
    await callManagement(connection, 'install_code', [args], canister);
    return;
  }
  await callManagement(connection, 'clear_chunk_store', [{ canister_id: canister }], canister);
  const chunks = await uploadChunks(connection, canister, module.bytes, install.onChunk ?? (() => {}));
  const args = {
    mode,
    target_canister: canister,
    store_canister: [],
    chunk_hashes_list: chunks,
    wasm_module_hash: module.hash,
    arg: install.argument,
    sender_canister_version: [],
  } as const;
  await callManagement(connection, 'install_chunked_code', [args], canister);
  await callManagement(connection, 'clear_chunk_store', [{ canister_id: canister }], canister);
}
