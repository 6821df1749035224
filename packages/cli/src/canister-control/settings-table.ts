/**
 * The settings of canisters that are one value each: how options, people and programs write them.
 * Source: IC interface spec, "create_canister".
 * @module
 */
import type { NamedSettings } from '../manifest/index.ts';

/** What a value is, which says how it is read and shown. */
export type SettingKind = 'percent' | 'bytes' | 'seconds' | 'cycles' | 'visibility';

export type SettingRow = {
  /** Long name of its option. */
  readonly option: string;
  readonly field: Exclude<keyof NamedSettings, 'controllers' | 'environment_variables'>;
  /** Its name in JSON. */
  readonly json: string;
  /** Its name for people. */
  readonly head: string;
  readonly kind: SettingKind;
  /** What 0 means, where it is not an amount. */
  readonly zero?: string;
};

export const SETTINGS: readonly SettingRow[] = [
  { option: 'compute-allocation', field: 'compute_allocation', json: 'computeAllocation', head: 'Compute allocation', kind: 'percent' },
  {
    option: 'memory-allocation',
    field: 'memory_allocation',
    json: 'memoryAllocation',
    head: 'Memory allocation',
    kind: 'bytes',
    zero: 'none',
  },
  { option: 'freezing-threshold', field: 'freezing_threshold', json: 'freezingThreshold', head: 'Freezing threshold', kind: 'seconds' },
  {
    option: 'reserved-cycles-limit',
    field: 'reserved_cycles_limit',
    json: 'reservedCyclesLimit',
    head: 'Reserved cycles limit',
    kind: 'cycles',
  },
  {
    option: 'minimum-call-cycles',
    field: 'minimum_incoming_canister_call_cycles',
    json: 'minimumIncomingCanisterCallCycles',
    head: 'Minimum call cycles',
    kind: 'cycles',
  },
  {
    option: 'wasm-memory-limit',
    field: 'wasm_memory_limit',
    json: 'wasmMemoryLimit',
    head: 'Wasm memory limit',
    kind: 'bytes',
    zero: 'none',
  },
  {
    option: 'wasm-memory-threshold',
    field: 'wasm_memory_threshold',
    json: 'wasmMemoryThreshold',
    head: 'Wasm memory threshold',
    kind: 'bytes',
    zero: 'none',
  },
  {
    option: 'log-memory-limit',
    field: 'log_memory_limit',
    json: 'logMemoryLimit',
    head: 'Log memory limit',
    kind: 'bytes',
    zero: 'no log',
  },
  { option: 'log-visibility', field: 'log_visibility', json: 'logVisibility', head: 'Log visibility', kind: 'visibility' },
  { option: 'status-visibility', field: 'status_visibility', json: 'statusVisibility', head: 'Status visibility', kind: 'visibility' },
];
