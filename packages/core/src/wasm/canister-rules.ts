/**
 * What the Internet Computer demands of a canister module beyond being valid WebAssembly.
 *
 * Sources: IC interface specification, "WebAssembly module requirements"; dfinity/ic, embedders validation. The checks run in the replica's
 * order, so that a module that breaks several rules gets the same answer.
 * @module
 */
import { checkConstantExpression } from './constant-expression.ts';
import type { BodySummary } from './body-validator.ts';
import { instructionName } from './instructions.ts';
import {
  CANISTER_BODY_COMPLEXITY_MAX,
  CANISTER_FUNCTIONS_MAX,
  CANISTER_GLOBALS_MAX,
  CANISTER_MEMORY32_PAGES_MAX,
  CANISTER_MEMORY64_PAGES_MAX,
  CANISTER_METHODS_MAX,
  CANISTER_METHOD_NAME_BYTES_MAX,
  CANISTER_SECTIONS_MAX,
  CANISTER_SECTION_BYTES_MAX,
  CANISTER_TABLES_MAX,
  CANISTER_TABLE_ELEMENTS_MAX,
  CODE_SECTION_BYTES_MAX,
  FUNCTION_BODY_BYTES_MAX,
} from './limits.ts';
import { utf8 } from '../base/index.ts';
import { refuse } from './rules.ts';
import type { WasmRuleName } from './rules.ts';
import { systemApiSignatures } from './system-api-signatures.ts';
import type { ParameterKind } from './system-api-signatures.ts';
import type { CanisterModuleInfo, FunctionType, MethodKind, ParsedModule, SystemEntryPoint } from './types.ts';
import { I32, I64, isReferenceType, valueTypeName } from './value-types.ts';

const ENTRY_POINTS: ReadonlySet<string> = new Set<SystemEntryPoint>([
  'canister_init',
  'canister_pre_upgrade',
  'canister_post_upgrade',
  'canister_inspect_message',
  'canister_heartbeat',
  'canister_global_timer',
  'canister_on_low_wasm_memory',
]);

const METHOD_PREFIXES: readonly (readonly [prefix: string, kind: MethodKind])[] = [
  ['canister_update ', 'update'],
  ['canister_query ', 'query'],
  ['canister_composite_query ', 'composite_query'],
];

/** Names that the replica gives to what it adds to a module. Source: dfinity/ic, embedders validation. */
const RESERVED_EXPORTS: ReadonlySet<string> = new Set([
  'canister counter_instructions',
  'canister counter_dirty_pages',
  'canister counter_accessed_pages',
  'canister_start',
  'stable_memory',
  'stable_bytemap_memory',
]);

/** Names that our instrumentation gives to what it adds. */
const RESERVED_EXPORT_PREFIX = '__myelin_';

/** A refusal that waits until the checks before it have passed. */
export type PendingRefusal = { readonly rule: WasmRuleName; readonly detail: string };

/** The first check of all. */
export function checkCodeSectionSize(module: ParsedModule): void {
  for (const { id, start, end } of module.sections) {
    if (id !== 10 || end - start <= CODE_SECTION_BYTES_MAX) continue;
    refuse(
      'WASM_CANISTER_CODE_BYTES',
      `Wasm module code section size of ${end - start} exceeds the maximum allowed size of ${CODE_SECTION_BYTES_MAX}.`,
    );
  }
}

/**
 * Why a valid body is not a canister's, if so.
 * @param index - of the function among those that the module defines.
 */
export function judgeBody(index: number, { complexity, tableChange, rewrittenBytes }: BodySummary): PendingRefusal | undefined {
  const place = `Wasm module contains a function at index ${index}`;
  if (tableChange >= 0)
    return { rule: 'WASM_CANISTER_INSTRUCTION', detail: `${place} that uses the unsupported instruction ${instructionName(tableChange)}` };
  if (complexity > CANISTER_BODY_COMPLEXITY_MAX) {
    return {
      rule: 'WASM_CANISTER_BODY_COMPLEXITY',
      detail: `${place} with complexity ${complexity} which exceeds the maximum complexity allowed ${CANISTER_BODY_COMPLEXITY_MAX}`,
    };
  }
  if (rewrittenBytes > FUNCTION_BODY_BYTES_MAX) {
    return {
      rule: 'WASM_CANISTER_BODY_REWRITTEN',
      detail: `${place} of up to ${rewrittenBytes} bytes after instrumentation that exceeds the maximum allowed size of ${FUNCTION_BODY_BYTES_MAX}`,
    };
  }
  return undefined;
}

/**
 * All checks that follow WebAssembly validation.
 *
 * @param pending - what `judgeBody` said of the first body that it refused.
 * @throws IcError a refusal.
 */
export function checkCanisterRules(module: ParsedModule, pending: PendingRefusal | undefined): CanisterModuleInfo {
  checkImports(module);
  const { methods, entryPoints } = readExports(module);
  checkDataOffsets(module);
  checkGlobals(module);
  const defined = module.functionTypes.length - module.importedFunctions;
  if (defined > CANISTER_FUNCTIONS_MAX) refuse('WASM_CANISTER_FUNCTIONS', tooMany(defined, 'functions', CANISTER_FUNCTIONS_MAX));
  checkTablesAndMemory(module);
  if (pending !== undefined) refuse(pending.rule, pending.detail);
  const { metadata, metadataBytes } = readMetadata(module);
  return {
    memory64: isMemory64(module),
    hasMemory: module.memories.length > 0,
    hasStart: module.start !== undefined,
    methods,
    entryPoints,
    metadata,
    metadataBytes,
    moduleBytes: module.bytes.length,
  };
}

/** Whether addresses of the module are 64-bit. A module without memory counts as 32-bit. */
export function isMemory64(module: ParsedModule): boolean {
  return module.memories[0]?.is64 ?? false;
}

function tooMany(count: number, what: string, max: number): string {
  return `Wasm module defined ${count} ${what} which exceeds the maximum number allowed ${max}.`;
}

// Imports.

function checkImports(module: ParsedModule): void {
  for (const { module: from, name, kind, typeIndex } of module.imports) {
    if (kind !== 'function')
      refuse(
        'WASM_CANISTER_IMPORT_KIND',
        `Importing a ${kind} is not allowed: '${name}' from '${from}'; only functions of 'ic0' may be imported.`,
      );
    if (from !== 'ic0')
      refuse(
        'WASM_CANISTER_IMPORT_MODULE',
        `Module imports function '${name}' from '${from}', but only 'ic0' exports functions to canisters.`,
      );
    checkSystemApi(name, module.types[typeIndex]!, isMemory64(module));
  }
}

function checkSystemApi(name: string, found: FunctionType, memory64: boolean): void {
  const signature = Object.hasOwn(systemApiSignatures, name) ? systemApiSignatures[name] : undefined;
  if (signature === undefined)
    return refuse('WASM_CANISTER_IMPORT_NAME', `Module imports function '${name}' from 'ic0' that is not exported by the runtime.`);
  if (signature.only32 === true && memory64) {
    refuse(
      'WASM_CANISTER_IMPORT_NAME',
      `Module imports function '${name}' from 'ic0' that is exported to modules with a 32-bit memory only.`,
    );
  }
  const params = signature.params.map((kind) => typeOfKind(kind, memory64));
  const results = signature.result === undefined ? [] : [typeOfKind(signature.result, memory64)];
  if (equalLists(params, found.params) && equalLists(results, found.results)) return;
  const expected = signatureText(params, results);
  refuse(
    'WASM_CANISTER_IMPORT_SIGNATURE',
    `Expected the function '${name}' to be of type ${expected}, found ${signatureText([...found.params], [...found.results])}.`,
  );
}

function typeOfKind(kind: ParameterKind, memory64: boolean): number {
  if (kind === 'I' || kind === 'V') return memory64 ? I64 : I32;
  return kind === 'i64' ? I64 : I32;
}

function equalLists(expected: readonly number[], found: Uint8Array): boolean {
  return expected.length === found.length && expected.every((type, index) => type === found[index]);
}

function signatureText(params: readonly number[], results: readonly number[]): string {
  return `(${params.map(valueTypeName).join(', ')}) -> (${results.map(valueTypeName).join(', ')})`;
}

// Exports.

function readExports(module: ParsedModule): Pick<CanisterModuleInfo, 'methods' | 'entryPoints'> {
  const methods = new Map<string, MethodKind>();
  const entryPoints = new Set<SystemEntryPoint>();
  let nameBytes = 0;
  for (const { name, kind, index } of module.exports) {
    if (RESERVED_EXPORTS.has(name) || name.startsWith(RESERVED_EXPORT_PREFIX))
      refuse('WASM_CANISTER_EXPORT_RESERVED', `Exporting reserved symbol ${name} not allowed.`);
    if (kind !== 'function' || !name.startsWith('canister_')) continue;
    const method = methodOf(name);
    if (method !== undefined) {
      if (methods.has(method.name))
        refuse(
          'WASM_CANISTER_METHOD_DUPLICATE',
          `Duplicate function '${method.name}' exported multiple times with different call types: update, query, or composite_query.`,
        );
      methods.set(method.name, method.kind);
      nameBytes += utf8(method.name).length;
    } else if (ENTRY_POINTS.has(name)) {
      entryPoints.add(name as SystemEntryPoint);
    } else {
      refuse('WASM_CANISTER_EXPORT_PREFIX', `Exporting reserved function '${name}' with "canister_" prefix`);
    }
    checkEntryPointType(module, name, index);
  }
  if (methods.size > CANISTER_METHODS_MAX)
    refuse('WASM_CANISTER_METHODS', tooMany(methods.size, 'exported functions', CANISTER_METHODS_MAX));
  if (nameBytes > CANISTER_METHOD_NAME_BYTES_MAX) {
    refuse(
      'WASM_CANISTER_METHOD_NAMES',
      `Wasm module exported functions with names of ${nameBytes} bytes which exceeds the maximum total length allowed ${CANISTER_METHOD_NAME_BYTES_MAX}.`,
    );
  }
  return { methods, entryPoints };
}

function methodOf(exported: string): { readonly name: string; readonly kind: MethodKind } | undefined {
  for (const [prefix, kind] of METHOD_PREFIXES) if (exported.startsWith(prefix)) return { name: exported.slice(prefix.length), kind };
  return undefined;
}

function checkEntryPointType(module: ParsedModule, name: string, index: number): void {
  const { params, results } = module.types[module.functionTypes[index]!]!;
  if (params.length === 0 && results.length === 0) return;
  refuse(
    'WASM_CANISTER_ENTRY_POINT_TYPE',
    `Expected the function '${name}' to be of type () -> (), found ${signatureText([...params], [...results])}.`,
  );
}

// Data, globals, tables, memory.

function checkDataOffsets(module: ParsedModule): void {
  const width = isMemory64(module) ? I64 : I32;
  for (const { offset } of module.dataSegments) {
    if (offset === undefined) continue;
    const { kind } = checkConstantExpression(module, offset, width, module.globals.length);
    if (kind !== 'constant')
      refuse(
        'WASM_CANISTER_DATA_OFFSET',
        `Invalid offset expression in data segment for ${width === I64 ? 64 : 32}bit memory: it must be one constant.`,
      );
  }
}

function checkGlobals(module: ParsedModule): void {
  const { length } = module.globals;
  if (length > CANISTER_GLOBALS_MAX) refuse('WASM_CANISTER_GLOBALS', tooMany(length, 'globals', CANISTER_GLOBALS_MAX));
  module.globals.forEach(({ type }, index) => {
    if (isReferenceType(type)) refuse('WASM_CANISTER_GLOBAL_TYPE', `Unsupported global type: ${valueTypeName(type)}`);
    const { kind } = checkConstantExpression(module, module.globalInitialisers[index]!, type, index);
    if (kind === 'global') refuse('WASM_CANISTER_GLOBAL_INITIALISER', `Global ${index} is initialised from another global.`);
  });
}

function checkTablesAndMemory(module: ParsedModule): void {
  if (module.tables.length > CANISTER_TABLES_MAX)
    refuse('WASM_CANISTER_TABLES', `table count of ${module.tables.length} exceeds the limit of ${CANISTER_TABLES_MAX}`);
  for (const { limits } of module.tables) {
    if (limits.min > CANISTER_TABLE_ELEMENTS_MAX)
      refuse(
        'WASM_CANISTER_TABLE_ELEMENTS',
        `table minimum size of ${limits.min} elements exceeds the limit of ${CANISTER_TABLE_ELEMENTS_MAX}`,
      );
  }
  for (const { min, is64 } of module.memories) {
    const max = is64 ? CANISTER_MEMORY64_PAGES_MAX : CANISTER_MEMORY32_PAGES_MAX;
    if (min > max) refuse('WASM_CANISTER_MEMORY', `memory minimum size of ${min} pages exceeds the limit of ${max} pages`);
  }
}

// Custom sections.

function readMetadata(module: ParsedModule): Pick<CanisterModuleInfo, 'metadata' | 'metadataBytes'> {
  const metadata = new Map<string, { readonly visibility: 'public' | 'private'; readonly content: Uint8Array }>();
  let metadataBytes = 0;
  for (const { name: sectionName, content } of module.customSections) {
    if (!sectionName.startsWith('icp:')) continue;
    const { name, visibility } = metadataName(sectionName);
    if (metadata.has(name)) refuse('WASM_CANISTER_SECTION_DUPLICATE', `Invalid custom section: name ${name} already exists`);
    metadataBytes += utf8(name).length + content.end - content.start;
    if (metadataBytes > CANISTER_SECTION_BYTES_MAX) {
      refuse(
        'WASM_CANISTER_SECTION_BYTES',
        `Invalid custom sections: total size of the custom sections exceeds the maximum allowed: size ${metadataBytes} bytes, allowed ${CANISTER_SECTION_BYTES_MAX} bytes`,
      );
    }
    metadata.set(name, { visibility, content: module.bytes.slice(content.start, content.end) });
    if (metadata.size > CANISTER_SECTIONS_MAX)
      refuse('WASM_CANISTER_SECTIONS', tooMany(metadata.size, 'custom sections', CANISTER_SECTIONS_MAX));
  }
  return { metadata, metadataBytes };
}

function metadataName(sectionName: string): { readonly name: string; readonly visibility: 'public' | 'private' } {
  if (sectionName.startsWith('icp:public ')) return { name: sectionName.slice('icp:public '.length), visibility: 'public' };
  if (sectionName.startsWith('icp:private ')) return { name: sectionName.slice('icp:private '.length), visibility: 'private' };
  return refuse(
    'WASM_CANISTER_SECTION_NAME',
    `Invalid custom section: '${sectionName}' has no public or private scope followed by a space.`,
  );
}
