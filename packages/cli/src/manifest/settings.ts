/**
 * Settings of canisters, as icp.yaml (`settings`) and dfx.json (`initialization_values`) write them.
 * Source: icp-cli, "Canister Settings Reference"; dfinity/sdk, `InitializationValues`.
 * @module
 */
import { resolve } from 'node:path';
import { IcError, type PrincipalId, principalFromText } from '@myelin/core/base';
import type { EnvironmentVariable } from '@myelin/core/candid';
import { readBytes, readCycles, readNumber, readSeconds } from './amounts.ts';
import type { ManifestValue } from './document.ts';
import { readBoundedText } from './files.ts';
import type { NamedSettings } from './model.ts';

const COMPUTE_ALLOCATION_MAX = 100n;

const FIELDS = [
  'controllers',
  'compute_allocation',
  'memory_allocation',
  'freezing_threshold',
  'reserved_cycles_limit',
  'wasm_memory_limit',
  'wasm_memory_threshold',
  'log_memory_limit',
  'log_visibility',
  'snapshot_visibility',
  'status_visibility',
  'environment_variables',
] as const;

/** A principal as it is written. */
export function readPrincipal(value: ManifestValue): PrincipalId {
  try {
    return principalFromText(value.text());
  } catch (error) {
    if (error instanceof IcError && error.detail.code === 'PRINCIPAL_INVALID') throw value.refuse(`is not a principal: ${error.message}`);
    throw error;
  }
}

type Visibility = { readonly controllers: null } | { readonly public: null } | { readonly allowed_viewers: readonly PrincipalId[] };

function readVisibility(value: ManifestValue): Visibility {
  if (value.isMap) {
    value.allow(['allowed_viewers']);
    return { allowed_viewers: value.need('allowed_viewers').items().map(readPrincipal) };
  }
  const text = value.text();
  if (text === 'controllers') return { controllers: null };
  if (text === 'public') return { public: null };
  throw value.refuse(`is neither 'controllers' nor 'public' nor a list of allowed_viewers`);
}

async function readVariables(value: ManifestValue, folder: string): Promise<EnvironmentVariable[]> {
  const variables: EnvironmentVariable[] = [];
  for (const [name, variable] of value.fields()) {
    if (!variable.isMap) variables.push({ name, value: variable.scalar() });
    else {
      variable.allow(['path']);
      const path = variable.need('path');
      variables.push({ name, value: (await readBoundedText(resolve(folder, path.text()), path)).trim() });
    }
  }
  return variables;
}

async function readSetting(settings: NamedSettings, name: string, value: ManifestValue, folder: string): Promise<void> {
  switch (name) {
    case 'controllers':
      settings.controllers = value.items().map(readPrincipal);
      return;
    case 'compute_allocation':
      settings.compute_allocation = readNumber(value, COMPUTE_ALLOCATION_MAX);
      return;
    case 'freezing_threshold':
      settings.freezing_threshold = readSeconds(value);
      return;
    case 'reserved_cycles_limit':
      settings.reserved_cycles_limit = readCycles(value);
      return;
    case 'memory_allocation':
    case 'wasm_memory_limit':
    case 'wasm_memory_threshold':
    case 'log_memory_limit':
      settings[name] = readBytes(value);
      return;
    case 'log_visibility':
    case 'snapshot_visibility':
    case 'status_visibility':
      settings[name] = readVisibility(value);
      return;
    case 'environment_variables':
      settings.environment_variables = await readVariables(value, folder);
  }
}

/**
 * Reads settings; later ones take the place of earlier ones.
 * @param folder - what paths are relative to.
 */
export async function readSettings(values: readonly (ManifestValue | undefined)[], folder: string): Promise<NamedSettings> {
  const settings: NamedSettings = {};
  for (const value of values) {
    if (value === undefined) continue;
    value.allow(FIELDS);
    for (const [name, field] of value.fields()) {
      const before = settings.environment_variables ?? [];
      await readSetting(settings, name, field, folder);
      if (name !== 'environment_variables') continue;
      const named = new Map([...before, ...(settings.environment_variables ?? [])].map((variable) => [variable.name, variable]));
      settings.environment_variables = [...named.values()];
    }
  }
  return settings;
}
