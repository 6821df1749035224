/**
 * Validation of everything but function bodies: indexes in range, sizes, constant expressions, export names.
 *
 * Source: WebAssembly core specification, "Validation / Modules".
 * @module
 */
import { checkConstantExpression } from './constant-expression.ts';
import { visitElementExpressions, visitElementFunctions } from './element-segment.ts';
import { MEMORY32_PAGES_MAX, MEMORY64_INITIAL_PAGES_MAX, MEMORY64_PAGES_MAX, TABLE32_ELEMENTS_MAX, TABLE_ELEMENTS_MAX } from './limits.ts';
import { refuse } from './rules.ts';
import type { Limits, ParsedModule, WasmExport } from './types.ts';
import { I32, I64 } from './value-types.ts';

/**
 * Checks the module without its bodies.
 *
 * @returns per function, 1 when it occurs outside function bodies: only such functions may be named by `ref.func`.
 * @throws IcError a refusal.
 */
export function checkModuleStructure(module: ParsedModule): Uint8Array {
  const referenced = new Uint8Array(module.functionTypes.length);
  checkFunctionTypes(module);
  checkTables(module);
  checkMemories(module);
  checkGlobals(module, referenced);
  checkExports(module, referenced);
  checkStart(module);
  checkElements(module, referenced);
  checkData(module);
  return referenced;
}

function checkFunctionTypes(module: ParsedModule): void {
  const { types } = module;
  for (const index of module.functionTypes) if (index >= types.length) refuse('WASM_UNKNOWN_TYPE', `unknown type ${index}`);
}

function checkOrder({ min, max }: Limits): void {
  if (max !== undefined && min > max) refuse('WASM_LIMITS_RANGE', `size minimum must not be greater than maximum: ${min}, ${max}`);
}

function checkTables(module: ParsedModule): void {
  for (const { limits } of module.tables) {
    if (limits.min > BigInt(TABLE_ELEMENTS_MAX))
      refuse('WASM_LIMITS_RANGE', `table size of ${limits.min} elements exceeds the maximum of ${TABLE_ELEMENTS_MAX}`);
    if (!limits.is64 && limits.max !== undefined && limits.max > TABLE32_ELEMENTS_MAX)
      refuse('WASM_LIMITS_RANGE', 'table size must be at most 2^32-1');
    checkOrder(limits);
  }
}

function checkMemories(module: ParsedModule): void {
  if (module.memories.length > 1) refuse('WASM_FEATURE_MULTI_MEMORY', 'multiple memories are not enabled');
  for (const limits of module.memories) {
    const initialMax = limits.is64 ? MEMORY64_INITIAL_PAGES_MAX : MEMORY32_PAGES_MAX;
    const max = limits.is64 ? MEMORY64_PAGES_MAX : MEMORY32_PAGES_MAX;
    if (limits.min > initialMax || (limits.max ?? 0n) > max)
      refuse('WASM_LIMITS_RANGE', `memory size must be at most ${initialMax} pages and its maximum at most ${max} pages`);
    checkOrder(limits);
  }
}

function checkGlobals(module: ParsedModule, referenced: Uint8Array): void {
  module.globalInitialisers.forEach((initialiser, index) => {
    const global = module.importedGlobals + index;
    const { kind, index: named } = checkConstantExpression(module, initialiser, module.globals[global]!.type, global);
    if (kind === 'function') referenced[named] = 1;
  });
}

function checkExports(module: ParsedModule, referenced: Uint8Array): void {
  const names = new Set<string>();
  for (const entry of module.exports) {
    if (names.has(entry.name)) refuse('WASM_EXPORT_DUPLICATE', `duplicate export name '${entry.name}'`);
    names.add(entry.name);
    checkExportIndex(module, entry);
    if (entry.kind === 'function') referenced[entry.index] = 1;
  }
}

function checkExportIndex(module: ParsedModule, { kind, index }: WasmExport): void {
  switch (kind) {
    case 'function':
      if (index >= module.functionTypes.length) refuse('WASM_UNKNOWN_FUNCTION', `unknown function ${index}`);
      return;
    case 'table':
      if (index >= module.tables.length) refuse('WASM_UNKNOWN_TABLE', `unknown table ${index}`);
      return;
    case 'memory':
      if (index >= module.memories.length) refuse('WASM_UNKNOWN_MEMORY', `unknown memory ${index}`);
      return;
    case 'global':
      if (index >= module.globals.length) refuse('WASM_UNKNOWN_GLOBAL', `unknown global ${index}`);
      return;
    case 'tag':
      return;
  }
}

function checkStart(module: ParsedModule): void {
  const { start } = module;
  if (start === undefined) return;
  const typeIndex = module.functionTypes[start];
  if (typeIndex === undefined) return refuse('WASM_UNKNOWN_FUNCTION', `unknown function ${start}`);
  const type = module.types[typeIndex]!;
  if (type.params.length > 0 || type.results.length > 0)
    refuse('WASM_START_TYPE', 'the start function must have no parameters and no results');
}

function checkElements(module: ParsedModule, referenced: Uint8Array): void {
  for (const segment of module.elements) {
    if (segment.offset !== undefined) {
      const table = module.tables[segment.tableIndex];
      if (table === undefined) return refuse('WASM_UNKNOWN_TABLE', `unknown table ${segment.tableIndex}`, segment.offset.start);
      if (table.element !== segment.element)
        refuse('WASM_TYPE_MISMATCH', 'type mismatch: the elements of a segment are not those of its table', segment.offset.start);
      checkConstantExpression(module, segment.offset, table.limits.is64 ? I64 : I32, module.globals.length);
    }
    if (segment.form === 'functions') {
      visitElementFunctions(module.bytes, segment, (index, offset) => {
        if (index >= module.functionTypes.length) refuse('WASM_UNKNOWN_FUNCTION', `unknown function ${index}`, offset);
        referenced[index] = 1;
      });
    } else {
      visitElementExpressions(module.bytes, segment, (expression) => {
        const { kind, index } = checkConstantExpression(module, expression, segment.element, module.globals.length);
        if (kind === 'function') referenced[index] = 1;
      });
    }
  }
}

function checkData(module: ParsedModule): void {
  const memory = module.memories[0];
  for (const { offset, memoryIndex } of module.dataSegments) {
    if (offset === undefined) continue;
    if (memory === undefined || memoryIndex !== 0) return refuse('WASM_UNKNOWN_MEMORY', `unknown memory ${memoryIndex}`, offset.start);
    checkConstantExpression(module, offset, memory.is64 ? I64 : I32, module.globals.length);
  }
}
