/**
 * What can be learned about a canister: `canister_status`, `canister_info`, `canister_metadata`.
 * Source: IC interface spec, methods of these names.
 * @module
 */
import { fromHex, principalToText } from '../../base/index.ts';
import {
  type CanisterInfoArgs,
  type CanisterMetadataArgs,
  type CanisterStatusResult,
  type Change,
  type ChangeDetails,
  type DefiniteCanisterSettings,
  managementCanister,
} from '../../candid/index.ts';
import type { CanisterChange, CanisterSettings, CanisterState, Visibility } from '../../state/index.ts';
import { ErrorCode, userError } from '../error-codes.ts';
import { type Fees, idleCyclesPerDay } from '../fees.ts';
import { canisterMemoryBytes, memoryMetrics } from '../memory-usage.ts';
import { canisterError } from '../traps.ts';
import { type Answer, type Invocation, rejected, replied } from './answer.ts';
import { isController } from './authorization.ts';

function visibilityValue(visibility: Visibility): DefiniteCanisterSettings['log_visibility'] {
  switch (visibility.kind) {
    case 'controllers':
      return { controllers: null };
    case 'public':
      return { public: null };
    case 'allowed_viewers':
      return { allowed_viewers: visibility.viewers };
  }
}

function settingsValue(settings: CanisterSettings): DefiniteCanisterSettings {
  return {
    controllers: settings.controllers,
    compute_allocation: BigInt(settings.computeAllocation),
    memory_allocation: settings.memoryAllocation,
    freezing_threshold: settings.freezingThreshold,
    reserved_cycles_limit: settings.reservedCyclesLimit,
    minimum_incoming_canister_call_cycles: settings.minimumIncomingCallCycles,
    log_visibility: visibilityValue(settings.logVisibility),
    log_memory_limit: BigInt(settings.logMemoryLimit),
    snapshot_visibility: visibilityValue(settings.snapshotVisibility),
    status_visibility: visibilityValue(settings.statusVisibility),
    wasm_memory_limit: settings.wasmMemoryLimit,
    wasm_memory_threshold: settings.wasmMemoryThreshold,
    environment_variables: settings.environmentVariables,
  };
}

function statusValue(canister: CanisterState): CanisterStatusResult['status'] {
  switch (canister.status.kind) {
    case 'running':
      return { running: null };
    case 'stopping':
      return { stopping: null };
    case 'stopped':
      return { stopped: null };
  }
}

function moduleHash(canister: CanisterState): [] | [Uint8Array] {
  return canister.module === undefined ? [] : [fromHex(canister.module.hash)];
}

/** The reply of `canister_status`. Statistics of queries are not replicated by this network: they are zero. */
export function encodeCanisterStatus(canister: CanisterState, fees: Fees): Uint8Array {
  const metrics = memoryMetrics(canister);
  const queuesEmpty = canister.inputQueue.size === 0 && canister.ingressQueue.size === 0;
  return managementCanister.canister_status.result.encode([
    {
      status: statusValue(canister),
      ready_for_migration: canister.status.kind === 'stopped' && queuesEmpty,
      version: BigInt(canister.version),
      settings: settingsValue(canister.settings),
      module_hash: moduleHash(canister),
      memory_size: canisterMemoryBytes(canister),
      memory_metrics: {
        wasm_memory_size: metrics.wasmMemory,
        stable_memory_size: metrics.stableMemory,
        global_memory_size: metrics.globals,
        wasm_binary_size: metrics.wasmBinary,
        custom_sections_size: metrics.customSections,
        canister_history_size: metrics.history,
        wasm_chunk_store_size: metrics.chunkStore,
        snapshots_size: 0n,
        log_memory_store_size: metrics.logs,
      },
      cycles: canister.balance,
      reserved_cycles: canister.reservedBalance,
      idle_cycles_burned_per_day: idleCyclesPerDay(fees, canister),
      query_stats: {
        num_calls_total: 0n,
        num_instructions_total: 0n,
        request_payload_bytes_total: 0n,
        response_payload_bytes_total: 0n,
      },
    },
  ]);
}

/** `canister_status` as an update call. */
export function canisterStatus(invocation: Invocation, canister: CanisterState): Answer {
  return replied(invocation, encodeCanisterStatus(canister, invocation.environment.config.fees));
}

function detailsValue(details: CanisterChange['details']): ChangeDetails {
  switch (details.kind) {
    case 'creation': {
      const hash = details.environmentVariablesHash;
      return { creation: { controllers: details.controllers, environment_variables_hash: hash === undefined ? [] : [hash] } };
    }
    case 'code_uninstall':
      return { code_uninstall: null };
    case 'code_deployment': {
      const mode = details.mode === 'install' ? { install: null } : details.mode === 'reinstall' ? { reinstall: null } : { upgrade: null };
      return { code_deployment: { mode, module_hash: fromHex(details.moduleHash) } };
    }
    case 'controllers_change':
      return { controllers_change: { controllers: details.controllers } };
  }
}

function changeValue(change: CanisterChange): Change {
  const { origin } = change;
  return {
    timestamp_nanos: change.timestampNs,
    canister_version: BigInt(change.canisterVersion),
    origin:
      origin.kind === 'user'
        ? { from_user: { user_id: origin.id } }
        : { from_canister: { canister_id: origin.id, canister_version: origin.version === undefined ? [] : [BigInt(origin.version)] } },
    details: detailsValue(change.details),
  };
}

/** `canister_info`: the newest changes, oldest first; none unless asked for. */
export function canisterInfo(invocation: Invocation, canister: CanisterState, args: CanisterInfoArgs): Answer {
  const requested = args.num_requested_changes[0] ?? 0n;
  const kept = canister.history.length;
  const from = requested >= BigInt(kept) ? 0 : kept - Number(requested);
  const result = managementCanister.canister_info.result.encode([
    {
      total_num_changes: BigInt(canister.historyLength),
      recent_changes: canister.history.slice(from).map(changeValue),
      module_hash: moduleHash(canister),
      controllers: canister.settings.controllers,
    },
  ]);
  return replied(invocation, result);
}

/** `canister_metadata`: public sections for everybody, private ones for controllers. */
export function canisterMetadata(invocation: Invocation, canister: CanisterState, { name }: CanisterMetadataArgs): Answer {
  if (canister.module === undefined) {
    const message = 'the canister has no Wasm module, and so no metadata';
    return rejected(invocation, canisterError(canister.id, { code: ErrorCode.CanisterWasmModuleNotFound, message }));
  }
  const section = canister.module.info.metadata.get(name);
  if (section === undefined || (section.visibility === 'private' && !isController(canister, invocation.call.sender))) {
    const message = `Canister ${principalToText(canister.id)} has no metadata section '${name}' that the caller may read`;
    return rejected(invocation, userError(ErrorCode.CanisterRejectedMessage, message));
  }
  return replied(invocation, managementCanister.canister_metadata.result.encode([{ value: section.content }]));
}
