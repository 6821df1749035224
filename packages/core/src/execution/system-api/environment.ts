/**
 * What a canister can learn about itself and its surroundings: id, status, version, time, settings, certificates, counters.
 * Source: IC interface spec, "Self-identification", "System time", "Certified data", "Performance counter", "Environment variables".
 * @module
 */
import { fromUtf8, PRINCIPAL_BYTES_MAX, principalFromBytes, principalToBytes, utf8 } from '../../base/index.ts';
import type { CanisterStatus } from '../../state/index.ts';
import { CERTIFIED_DATA_BYTES_MAX, ENVIRONMENT_VARIABLE_BYTES_MAX } from '../limits.ts';
import { REPLICATED_MODES } from '../system-api-modes.ts';
import { contractViolation } from '../traps.ts';
import type { ApiState } from './api-state.ts';

const STATUS: Readonly<Record<CanisterStatus['kind'], number>> = { running: 1, stopping: 2, stopped: 3 };

export function canister_self_size(this: ApiState): number {
  return this.context.canister.id.length / 2;
}

export function canister_self_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(principalToBytes(this.context.canister.id), destination, offset, size);
}

export function subnet_self_size(this: ApiState): number {
  return this.context.subnetId.length / 2;
}

export function subnet_self_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(principalToBytes(this.context.subnetId), destination, offset, size);
}

export function canister_status(this: ApiState): number {
  return STATUS[this.context.canister.status.kind];
}

export function canister_version(this: ApiState): bigint {
  return BigInt(this.context.canister.version);
}

export function root_key_size(this: ApiState): number {
  return this.context.rootKey.length;
}

export function root_key_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(this.context.rootKey, destination, offset, size);
}

export function certified_data_set(this: ApiState, source: number, size: number): void {
  if (size > CERTIFIED_DATA_BYTES_MAX) {
    throw contractViolation(`ic0.certified_data_set: at most ${CERTIFIED_DATA_BYTES_MAX} bytes can be certified, not ${size}`);
  }
  this.certifiedData = this.instance.read(source, size);
}

export function data_certificate_present(this: ApiState): number {
  return this.context.dataCertificate === undefined ? 0 : 1;
}

function certificate(api: ApiState, name: string): Uint8Array {
  if (api.context.dataCertificate === undefined) throw contractViolation(`${name}: no data certificate is present`);
  return (api.dataCertificate ??= api.context.dataCertificate());
}

export function data_certificate_size(this: ApiState): number {
  return certificate(this, 'ic0.data_certificate_size').length;
}

export function data_certificate_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(certificate(this, 'ic0.data_certificate_copy'), destination, offset, size);
}

export function time(this: ApiState): bigint {
  return this.context.timeNs;
}

export function global_timer_set(this: ApiState, timestamp: bigint): bigint {
  const before = this.globalTimerNs ?? this.context.canister.globalTimerNs;
  this.globalTimerNs = timestamp;
  return before;
}

const COUNTER_MESSAGE = 0;
const COUNTER_CALL_CONTEXT = 1;

export function performance_counter(this: ApiState, kind: number): bigint {
  const used = this.instance.instructionsUsed();
  if (kind === COUNTER_MESSAGE) return used;
  if (kind === COUNTER_CALL_CONTEXT) return this.context.contextInstructions + used;
  throw contractViolation(`ic0.performance_counter: there is no counter of type ${kind}`);
}

export function is_controller(this: ApiState, source: number, size: number): number {
  if (size > PRINCIPAL_BYTES_MAX)
    throw contractViolation(`ic0.is_controller: a principal has at most ${PRINCIPAL_BYTES_MAX} bytes, not ${size}`);
  const id = principalFromBytes(this.instance.read(source, size));
  return this.context.canister.settings.controllers.includes(id) ? 1 : 0;
}

export function in_replicated_execution(this: ApiState): number {
  return (this.mode & REPLICATED_MODES) !== 0 ? 1 : 0;
}

function variableAt(api: ApiState, index: number): Uint8Array {
  const variables = api.context.canister.settings.environmentVariables;
  const variable = variables[index];
  if (variable === undefined)
    throw contractViolation(`Environment variable index ${index} is out of bounds: there are ${variables.length}`);
  return utf8(variable.name);
}

function variableNamed(api: ApiState, source: number, size: number): Uint8Array | undefined {
  if (size > ENVIRONMENT_VARIABLE_BYTES_MAX) {
    throw contractViolation(`Environment variable names have at most ${ENVIRONMENT_VARIABLE_BYTES_MAX} bytes, not ${size}`);
  }
  const name = fromUtf8(api.instance.read(source, size));
  if (name === undefined) throw contractViolation('The environment variable name is not valid UTF-8');
  const found = api.context.canister.settings.environmentVariables.find((variable) => variable.name === name);
  return found === undefined ? undefined : utf8(found.value);
}

function valueOf(api: ApiState, source: number, size: number): Uint8Array {
  const value = variableNamed(api, source, size);
  if (value === undefined) throw contractViolation(`Environment variable ${fromUtf8(api.instance.read(source, size))} not found`);
  return value;
}

export function env_var_count(this: ApiState): number {
  return this.context.canister.settings.environmentVariables.length;
}

export function env_var_name_size(this: ApiState, index: number): number {
  return variableAt(this, index).length;
}

export function env_var_name_copy(this: ApiState, index: number, destination: number, offset: number, size: number): void {
  this.copyToCanister(variableAt(this, index), destination, offset, size);
}

export function env_var_name_exists(this: ApiState, source: number, size: number): number {
  return variableNamed(this, source, size) === undefined ? 0 : 1;
}

export function env_var_value_size(this: ApiState, source: number, size: number): number {
  return valueOf(this, source, size).length;
}

export function env_var_value_copy(
  this: ApiState,
  source: number,
  size: number,
  destination: number,
  offset: number,
  length: number,
): void {
  this.copyToCanister(valueOf(this, source, size), destination, offset, length);
}
