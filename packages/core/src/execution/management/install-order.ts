/**
 * What an installation is asked to do, from the payload of `install_code` or `install_chunked_code`.
 * Source: IC interface spec, methods of these names.
 * @module
 */
import { ok, type PrincipalId, principalToText, type Result } from '../../base/index.ts';
import { type CanisterInstallMode, managementCanister, type Opt } from '../../candid/index.ts';
import type { CanisterModule, CanisterState, ManagementCall } from '../../state/index.ts';
import type { ExecutionEnvironment } from '../environment.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { canisterError } from '../traps.ts';
import { decodePayload, type Failure } from './answer.ts';
import { assembleModule } from './chunk-store.ts';

export type InstallMode =
  | { readonly kind: 'install' }
  | { readonly kind: 'reinstall' }
  | { readonly kind: 'upgrade'; readonly skipPreUpgrade: boolean; readonly persistence: 'keep' | 'replace' | undefined };

export type InstallOrder = {
  readonly target: PrincipalId;
  readonly mode: InstallMode;
  readonly arg: Uint8Array;
  readonly senderVersion: Opt<bigint>;
  /** The module as it was sent. Asked for once the caller is known to control the target. */
  readonly source: () => Result<Uint8Array, Failure>;
  /** Whether it lies in chunks in another canister than the target. */
  readonly isForeign: boolean;
};

function parseMode(mode: CanisterInstallMode): InstallMode {
  if ('install' in mode) return { kind: 'install' };
  if ('reinstall' in mode) return { kind: 'reinstall' };
  const [options] = mode.upgrade;
  const [persistence] = options?.wasm_memory_persistence ?? [];
  return {
    kind: 'upgrade',
    skipPreUpgrade: options?.skip_pre_upgrade[0] === true,
    persistence: persistence === undefined ? undefined : 'keep' in persistence ? 'keep' : 'replace',
  };
}

/** What is asked of the state. */
export type ChunkEnvironment = Pick<ExecutionEnvironment, 'state' | 'hasher'>;

/** Reads the payload. */
export function parseInstallOrder(
  environment: ChunkEnvironment,
  call: Pick<ManagementCall, 'methodName' | 'payload' | 'sender' | 'module'>,
): Result<InstallOrder, UserError> {
  if (call.methodName === 'install_code') {
    const args = decodePayload(managementCanister.install_code.args, call.payload);
    if (!args.ok) return args;
    const { canister_id: target, mode, wasm_module: source, arg, sender_canister_version: senderVersion } = args.value;
    return ok({ target, mode: parseMode(mode), arg, senderVersion, source: () => ok(source), isForeign: false });
  }
  const args = decodePayload(managementCanister.install_chunked_code.args, call.payload);
  if (!args.ok) return args;
  const { target_canister: target, mode, arg, sender_canister_version: senderVersion } = args.value;
  const { module } = call;
  const source = (): Result<Uint8Array, Failure> =>
    module === undefined ? assembleModule(environment, call.sender, args.value) : ok(module);
  const [store] = args.value.store_canister;
  return ok({ target, mode: parseMode(mode), arg, senderVersion, source, isForeign: store !== undefined && store !== target });
}

/** Why the mode does not fit the canister as it is, or undefined. */
export function modeError(canister: CanisterState, mode: InstallMode): UserError | undefined {
  if (mode.kind === 'install' && canister.module !== undefined) {
    return userError(
      ErrorCode.CanisterNonEmpty,
      `Canister ${principalToText(canister.id)} cannot be installed because the canister is not empty. Try installing with mode='reinstall' instead.`,
    );
  }
  if (mode.kind === 'upgrade' && canister.module === undefined) {
    const message = 'Attempted to upgrade a canister that contains no Wasm module';
    return canisterError(canister.id, { code: ErrorCode.CanisterWasmModuleNotFound, message });
  }
  return undefined;
}

/** Private section by which a module says that its heap outlives upgrades. */
const PERSISTENCE_SECTION = 'enhanced-orthogonal-persistence';

function hasPersistentHeap(module: CanisterModule | undefined): boolean {
  return module?.info.metadata.get(PERSISTENCE_SECTION)?.visibility === 'private';
}

/** Why the upgrade may not treat the heap as it says, or undefined: a module that keeps its data there must not lose it by oversight. */
export function persistenceError(before: CanisterModule | undefined, after: CanisterModule, mode: InstallMode): UserError | undefined {
  if (mode.kind !== 'upgrade') return undefined;
  if (mode.persistence === undefined && hasPersistentHeap(before)) {
    return userError(
      ErrorCode.CanisterContractViolation,
      'Missing upgrade option: Enhanced orthogonal persistence requires the `wasm_memory_persistence` upgrade option.',
    );
  }
  if (mode.persistence === 'keep' && !hasPersistentHeap(after)) {
    return userError(
      ErrorCode.CanisterContractViolation,
      'Invalid upgrade option: The `wasm_memory_persistence: opt Keep` upgrade option requires that the new canister module supports enhanced orthogonal persistence.',
    );
  }
  return undefined;
}
