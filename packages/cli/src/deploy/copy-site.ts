/**
 * A copy of a network in this process as the place of a deployment: a rehearsal. What it does is measured.
 * @module
 */
import { fromHex, fromUtf8, IcError, type PrincipalId } from '@myelin/core/base';
import type { CanisterStatusResult } from '@myelin/core/candid';
import type { CallRejected, Network } from '@myelin/network';
import { commandFailure } from '../terminal/index.ts';
import type { DeployableModule } from '../canister-module/index.ts';
import { toCanisterSettings } from './network-site.ts';
import type { DeploySite, InstallMode } from './ports.ts';

/** Memory of a canister, in bytes. */
export type MemoryUse = { readonly total: bigint; readonly heap: bigint; readonly stable: bigint };

/** One installation as it went on the copy. */
export type RehearsedInstall = {
  readonly id: PrincipalId;
  /** Instructions of the installation: compiling, `canister_pre_upgrade`, start, `canister_init` or `canister_post_upgrade`. */
  readonly instructions: bigint;
  readonly cycles: bigint;
  readonly before: MemoryUse;
  readonly after: MemoryUse;
  /** Why it failed; undefined when it did not. */
  readonly failure: { readonly errorCode: string; readonly message: string } | undefined;
};

export type CopySite = DeploySite & { readonly installs: readonly RehearsedInstall[] };

function memoryOf({ memory_size, memory_metrics }: CanisterStatusResult): MemoryUse {
  return { total: memory_size, heap: memory_metrics.wasm_memory_size, stable: memory_metrics.stable_memory_size };
}

async function install(
  network: Network,
  sender: PrincipalId,
  id: PrincipalId,
  module: DeployableModule,
  options: { readonly mode: InstallMode; readonly argument: Uint8Array },
): Promise<RehearsedInstall> {
  const before = await network.canisterStatus(id, { sender });
  const { instructions } = network.state.metrics;
  let failure: RehearsedInstall['failure'];
  try {
    await network.installCode(id, module.bytes, {
      sender,
      mode: options.mode,
      arg: options.argument,
      ...(options.mode === 'upgrade' && module.keepsHeap ? { wasmMemory: 'keep' as const } : {}),
    });
  } catch (error) {
    if (!(error instanceof IcError) || error.detail.code !== 'CALL_REJECTED') throw error;
    const { errorCode, rejectMessage } = error.detail as CallRejected;
    failure = { errorCode, message: rejectMessage };
  }
  const used = network.state.metrics.instructions - instructions;
  const after = await network.canisterStatus(id, { sender });
  return { id, instructions: used, cycles: before.cycles - after.cycles, before: memoryOf(before), after: memoryOf(after), failure };
}

/**
 * @param sender - who deploys.
 * @param known - ids by name, as the network itself knows them.
 */
export function createCopySite(network: Network, sender: PrincipalId, known: ReadonlyMap<string, PrincipalId>): CopySite {
  const ids = new Map(known);
  const installs: RehearsedInstall[] = [];
  return {
    installs,
    principal: sender,
    knownIds: () => Promise.resolve(ids),
    remember: (name, id) => Promise.resolve(void ids.set(name, id)),
    read: (id) => {
      const canister = network.canister(id);
      const hash = canister?.module?.hash;
      return Promise.resolve({ controllers: canister?.settings.controllers, moduleHash: hash === undefined ? undefined : fromHex(hash) });
    },
    readMetadata: (id, name) => {
      const section = network.canister(id)?.module?.info.metadata.get(name);
      return Promise.resolve(section === undefined ? undefined : fromUtf8(section.content));
    },
    status: (id) => network.canisterStatus(id, { sender }),
    create: ({ cycles, id }) =>
      network.createCanister({ sender, ...(cycles === undefined ? {} : { cycles }), ...(id === undefined ? {} : { id }) }),
    updateSettings: (id, settings) => network.updateSettings(id, toCanisterSettings(settings), { sender }),
    install: async (id, module, options) => {
      const installed = await install(network, sender, id, module, options);
      installs.push(installed);
      if (installed.failure === undefined) return;
      throw commandFailure('CALL_REJECTED', `${installed.failure.message} (${installed.failure.errorCode})`);
    },
  };
}
