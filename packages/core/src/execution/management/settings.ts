/**
 * Settings of a canister: what the payload may say, and what it means.
 *
 * Pure: nothing here looks at a state. Whether a subnet can grant what was asked for is decided in allocations.ts.
 * Source: IC interface spec, "create_canister"; bounds and texts of dfinity/ic.
 * @module
 */
import { compareBytes, err, ok, type PrincipalId, type Result, utf8 } from '../../base/index.ts';
import type { CanisterSettings as SettingsPayload, LogVisibility as VisibilityPayload } from '../../candid/index.ts';
import type { CanisterSettings, EnvironmentVariable, Visibility } from '../../state/index.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import {
  ALLOWED_VIEWERS_MAX,
  CONTROLLERS_MAX,
  CYCLES_MAX,
  ENVIRONMENT_VARIABLE_BYTES_MAX,
  ENVIRONMENT_VARIABLES_MAX,
  FREEZING_THRESHOLD_DEFAULT_SECONDS,
  LOG_BYTES_DEFAULT,
  LOG_BYTES_MAX,
  LOG_BYTES_MIN,
  RESERVED_CYCLES_LIMIT_DEFAULT,
  WASM_MEMORY_LIMIT_DEFAULT_BYTES,
} from '../limits.ts';
import { COMPUTE_ALLOCATION_MAX, U64_MAX, WASM_MEMORY_SETTING_MAX } from './limits.ts';

/** Settings of a new canister when nothing else is said. */
export function defaultSettings(controller: PrincipalId): CanisterSettings {
  return {
    controllers: [controller],
    computeAllocation: 0,
    memoryAllocation: 0n,
    freezingThreshold: FREEZING_THRESHOLD_DEFAULT_SECONDS,
    reservedCyclesLimit: RESERVED_CYCLES_LIMIT_DEFAULT,
    minimumIncomingCallCycles: 0n,
    logVisibility: { kind: 'controllers' },
    snapshotVisibility: { kind: 'controllers' },
    statusVisibility: { kind: 'controllers' },
    wasmMemoryLimit: WASM_MEMORY_LIMIT_DEFAULT_BYTES,
    wasmMemoryThreshold: 0n,
    logMemoryLimit: LOG_BYTES_DEFAULT,
    environmentVariables: [],
  };
}

/** The settings that a payload changes. */
export type SettingsChange = Partial<CanisterSettings>;

function invalid(detail: string): { readonly ok: false; readonly error: UserError } {
  return err(userError(ErrorCode.CanisterContractViolation, `Could not validate the settings: ${detail}`));
}

/** Ascending, each once. */
function principalSet(principals: readonly PrincipalId[]): readonly PrincipalId[] {
  return [...new Set(principals)].sort();
}

function parseControllers(controllers: readonly PrincipalId[]): Result<readonly PrincipalId[], UserError> {
  if (controllers.length > CONTROLLERS_MAX) {
    return invalid(`Invalid settings: 'controllers' length exceeds maximum size allowed of ${CONTROLLERS_MAX}.`);
  }
  return ok(principalSet(controllers));
}

/** A number from 0 to `max`. */
function parseNumber(name: string, value: bigint, max: bigint): Result<bigint, UserError> {
  return value <= max ? ok(value) : invalid(`${name} expected to be in the range of [0..${max}], got ${value}`);
}

function parseVisibility(name: string, visibility: VisibilityPayload): Result<Visibility, UserError> {
  if ('public' in visibility) return ok({ kind: 'public' });
  if ('controllers' in visibility) return ok({ kind: 'controllers' });
  if (visibility.allowed_viewers.length > ALLOWED_VIEWERS_MAX) {
    return invalid(`${name}: 'allowed_viewers' length exceeds maximum size allowed of ${ALLOWED_VIEWERS_MAX}.`);
  }
  return ok({ kind: 'allowed_viewers', viewers: principalSet(visibility.allowed_viewers) });
}

function parseSnapshotVisibility(visibility: VisibilityPayload): Result<Visibility, UserError> {
  if ('controllers' in visibility) return ok({ kind: 'controllers' });
  return invalid('snapshot_visibility other than controllers is not offered on this network, because it has no snapshots');
}

/** 0 switches the log off. */
function parseLogMemoryLimit(limit: bigint): Result<number, UserError> {
  const [least, most] = [BigInt(LOG_BYTES_MIN), BigInt(LOG_BYTES_MAX)];
  if (limit !== 0n && limit < least)
    return invalid(`The log memory limit of ${limit} bytes is too low: it is 0 or at least ${least} bytes.`);
  if (limit > most) return invalid(`The log memory limit of ${limit} bytes is too high: it is at most ${most} bytes.`);
  return ok(Number(limit));
}

function parseEnvironmentVariables(variables: readonly EnvironmentVariable[]): Result<readonly EnvironmentVariable[], UserError> {
  if (variables.length > ENVIRONMENT_VARIABLES_MAX) {
    return invalid(`Too many environment variables: ${variables.length} (max: ${ENVIRONMENT_VARIABLES_MAX})`);
  }
  const byName = new Map<string, EnvironmentVariable>();
  for (const { name, value } of variables) {
    if (utf8(name).length > ENVIRONMENT_VARIABLE_BYTES_MAX) {
      return invalid(`Environment variable name ${name} exceeds the maximum length of ${ENVIRONMENT_VARIABLE_BYTES_MAX} bytes`);
    }
    if (utf8(value).length > ENVIRONMENT_VARIABLE_BYTES_MAX) {
      return invalid(`The value of the environment variable ${name} exceeds the maximum length of ${ENVIRONMENT_VARIABLE_BYTES_MAX} bytes`);
    }
    if (byName.has(name)) return invalid(`Duplicate environment variables are not allowed: ${name}`);
    byName.set(name, { name, value });
  }
  return ok([...byName.values()].sort((a, b) => compareBytes(utf8(a.name), utf8(b.name))));
}

/** How one field of the payload becomes one field of the settings. */
type FieldParser<K extends keyof SettingsPayload> = {
  readonly field: keyof CanisterSettings;
  readonly parse: (value: NonNullable<SettingsPayload[K][0]>) => Result<unknown, UserError>;
};

const parsers: { readonly [K in keyof SettingsPayload]: FieldParser<K> } = {
  controllers: { field: 'controllers', parse: parseControllers },
  compute_allocation: {
    field: 'computeAllocation',
    parse: (value) => {
      const percent = parseNumber('ComputeAllocation', value, COMPUTE_ALLOCATION_MAX);
      return percent.ok ? ok(Number(percent.value)) : percent;
    },
  },
  memory_allocation: { field: 'memoryAllocation', parse: (value) => parseNumber('MemoryAllocation', value, U64_MAX) },
  freezing_threshold: { field: 'freezingThreshold', parse: (value) => parseNumber('freezing_threshold', value, U64_MAX) },
  reserved_cycles_limit: { field: 'reservedCyclesLimit', parse: (value) => parseNumber('reserved_cycles_limit', value, CYCLES_MAX) },
  minimum_incoming_canister_call_cycles: {
    field: 'minimumIncomingCallCycles',
    parse: (value) => parseNumber('minimum_incoming_canister_call_cycles', value, CYCLES_MAX),
  },
  log_visibility: { field: 'logVisibility', parse: (value) => parseVisibility('log_visibility', value) },
  log_memory_limit: { field: 'logMemoryLimit', parse: parseLogMemoryLimit },
  snapshot_visibility: { field: 'snapshotVisibility', parse: parseSnapshotVisibility },
  status_visibility: { field: 'statusVisibility', parse: (value) => parseVisibility('status_visibility', value) },
  wasm_memory_limit: { field: 'wasmMemoryLimit', parse: (value) => parseNumber('wasm_memory_limit', value, WASM_MEMORY_SETTING_MAX) },
  wasm_memory_threshold: {
    field: 'wasmMemoryThreshold',
    parse: (value) => parseNumber('wasm_memory_threshold', value, WASM_MEMORY_SETTING_MAX),
  },
  environment_variables: { field: 'environmentVariables', parse: parseEnvironmentVariables },
};

/** What a payload changes, or the first thing that is wrong with it. A field that it leaves out does not occur in the change. */
export function parseSettings(payload: SettingsPayload): Result<SettingsChange, UserError> {
  const change: Partial<Record<keyof CanisterSettings, unknown>> = {};
  for (const name of Object.keys(parsers) as (keyof SettingsPayload)[]) {
    const given = payload[name];
    if (given.length === 0) continue;
    const { field, parse } = parsers[name] as FieldParser<typeof name>;
    const value = (parse as (value: unknown) => Result<unknown, UserError>)(given[0]);
    if (!value.ok) return value;
    change[field] = value.value;
  }
  return ok(change as SettingsChange);
}
