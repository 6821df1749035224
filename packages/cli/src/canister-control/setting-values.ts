/**
 * Values of settings, read from options and shown.
 * @module
 */
import { principalToText } from '@myelin/core/base';
import type { LogVisibility } from '@myelin/core/candid';
import { amountOfBytes, amountOfCycles } from '../canister/index.ts';
import { type NamedSettings, parseBytes, parseSeconds } from '../manifest/index.ts';
import { type JsonValue, usageFailure } from '../terminal/index.ts';
import { principalsOf } from './principals.ts';
import { type SettingKind, type SettingRow, SETTINGS } from './settings-table.ts';

/** What options say, by their names; cycles were read already. */
export type SettingTexts = Readonly<Record<string, string | bigint>>;

const EXAMPLES: Readonly<Record<SettingKind, string>> = {
  percent: 'a number from 0 to 100',
  bytes: 'digits and a unit, such as 4GiB',
  seconds: 'digits and a unit, such as 30d',
  cycles: 'digits, and T, G or M',
  visibility: "'controllers', 'public', or principals and identities with commas between them",
};

const PERCENT_MAX = 100n;

async function parseVisibility(text: string): Promise<LogVisibility> {
  if (text === 'controllers') return { controllers: null };
  if (text === 'public') return { public: null };
  return { allowed_viewers: await principalsOf(text.split(',').map((part) => part.trim())) };
}

async function parseValue(kind: SettingKind, text: string): Promise<bigint | LogVisibility | undefined> {
  switch (kind) {
    case 'percent': {
      const percent = /^\d{1,3}$/.test(text) ? BigInt(text) : PERCENT_MAX + 1n;
      return percent <= PERCENT_MAX ? percent : undefined;
    }
    case 'bytes':
      return parseBytes(text);
    case 'seconds':
      return parseSeconds(text);
    case 'visibility':
      return await parseVisibility(text);
    case 'cycles':
      return undefined;
  }
}

/** @throws IcError `USAGE_OPTION_VALUE` */
export async function readSettingTexts(texts: SettingTexts): Promise<NamedSettings> {
  const settings: Partial<Record<keyof NamedSettings, unknown>> = {};
  for (const { option, field, kind } of SETTINGS) {
    const text = texts[option];
    if (text === undefined) continue;
    const value = typeof text === 'bigint' ? text : await parseValue(kind, text);
    if (value === undefined) {
      throw usageFailure('USAGE_OPTION_VALUE', `'${String(text)}' is not a value of --${option}`, `write ${EXAMPLES[kind]}`);
    }
    settings[field] = value;
  }
  return settings as NamedSettings;
}

const TIME_UNITS: readonly (readonly [bigint, string])[] = [
  [86_400n, 'd'],
  [3_600n, 'h'],
  [60n, 'min'],
  [1n, 's'],
];

/** All of it: `30 d`, `1 h 1 s`. */
function amountOfSeconds(seconds: bigint): string {
  const parts: string[] = [];
  let rest = seconds;
  for (const [size, name] of TIME_UNITS) {
    if (rest >= size) parts.push(`${rest / size} ${name}`);
    rest %= size;
  }
  return parts.join(' ') || '0 s';
}

type SettingValue = bigint | LogVisibility;

function textOfValue({ kind, zero }: SettingRow, value: SettingValue): string {
  if (typeof value !== 'bigint') {
    if ('controllers' in value) return 'controllers';
    return 'public' in value ? 'public' : `controllers, and ${value.allowed_viewers.map(principalToText).join(', ') || 'nobody else'}`;
  }
  if (value === 0n && zero !== undefined) return zero;
  if (kind === 'percent') return `${value} %`;
  if (kind === 'bytes') return amountOfBytes(value);
  return kind === 'seconds' ? amountOfSeconds(value) : amountOfCycles(value);
}

function jsonOfValue(value: SettingValue): JsonValue {
  if (typeof value === 'bigint') return String(value);
  if ('controllers' in value) return 'controllers';
  return 'public' in value ? 'public' : value.allowed_viewers.map(principalToText);
}

/** A setting for people and for programs. */
export type ShownSetting = { readonly head: string; readonly lines: readonly string[]; readonly name: string; readonly json: JsonValue };

/** The settings that are there, in the order in which they are shown. */
export function shownSettings(settings: NamedSettings): ShownSetting[] {
  const shown: ShownSetting[] = [];
  const { controllers, environment_variables: variables } = settings;
  if (controllers !== undefined) {
    const texts = controllers.map(principalToText);
    shown.push({ head: 'Controllers', lines: texts.length === 0 ? ['nobody'] : texts, name: 'controllers', json: texts });
  }
  for (const row of SETTINGS) {
    const value = settings[row.field];
    if (value !== undefined) shown.push({ head: row.head, lines: [textOfValue(row, value)], name: row.json, json: jsonOfValue(value) });
  }
  if (variables !== undefined) {
    shown.push({
      head: 'Variables',
      lines: variables.length === 0 ? ['none'] : variables.map(({ name, value }) => `${name}=${value}`),
      name: 'environmentVariables',
      json: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
    });
  }
  return shown;
}
