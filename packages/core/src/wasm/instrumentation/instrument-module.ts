/**
 * Rewrites a canister module so that it meters itself, limits its stack, tracks the pages it writes to, computes the same NaN bits
 * everywhere and can be rolled back (docs/execution.md). Bodies are scanned twice, once for the calls between them; no syntax tree.
 *
 * The result imports `__myelin.trap`, `__myelin.pause`, `__myelin.grow` beside the canister's own functions, and exports what layout.ts names.
 * The start function becomes an export; custom sections are left out.
 * @module
 */
import { visitElementExpressions, visitElementFunctions } from '../element-segment.ts';
import type { InstrumentedModule, Limits, ParsedModule, Span, WasmExport } from '../types.ts';
import { FUNCREF, I32 } from '../value-types.ts';
import { BodyEmitter } from './body-emitter.ts';
import { BodyScanner } from './body-scanner.ts';
import { ByteWriter } from './byte-writer.ts';
import { CallGraph } from './call-graph.ts';
import { FunctionCode, functionBody } from './function-code.ts';
import { addGlobalTransfer, countMutableGlobals } from './globals.ts';
import { EXPORT, HOST_MODULE, MAIN_PAGES_MAX_32, MAIN_PAGES_MAX_64, UNDO_PAGES_MAX } from './layout.ts';
import { ModulePlan } from './module-plan.ts';
import { addCaptured, addCommit, addMarkRangeForHost, addRollback, addSettle, defineMarking } from './page-tracking.ts';
import { addCallback, addEntry, addFinish, addSetPages, defineMetering, reserveRuntime } from './runtime-functions.ts';
import { addInitialise, elementsFit, functionOfConstant, writeConstant, writeDataSection, writeElementSection } from './segments.ts';
import { addShims, importType } from './system-api-shims.ts';

/** Parts of the rewriting that tests and measurements switch off. */
export type InstrumentOptions = {
  /** Charge what follows a block together with what leads to it where nothing can see the difference. Default true. */
  readonly mergePoints?: boolean;
  /** Leave out checks of pages that are known to be marked. Default true. */
  readonly elideStoreChecks?: boolean;
  /** Tell the engine which branches are unlikely. Default true. */
  readonly branchHints?: boolean;
  /** Make results that are NaNs canonical. Default true. */
  readonly canonicalNans?: boolean;
};

type Exported = { readonly name: string; readonly kind: number; readonly index: number };

/** Empty functions that are added at most; a canister has at most 50,000 of its own. */
const SMALL_FUNCTIONS_MAX = 100_000;

const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** Rewrites a valid module. Deterministic: equal modules give equal bytes. */
export function instrumentModule(module: ParsedModule, options: InstrumentOptions = {}): InstrumentedModule {
  const plan = new ModulePlan(module);
  const pagesMax = mainPagesMax(module, plan.memory64);
  for (const typeIndex of module.functionTypes) plan.twin(typeIndex);
  const runtime = reserveRuntime(plan);
  addShims(plan, runtime);
  const markRange = defineMarking(plan, runtime);
  defineMetering(plan, runtime, pagesMax);

  const bytes = module.bytes.slice();
  const scanner = new BodyScanner({
    bytes,
    memory64: plan.memory64,
    types: module.types,
    functionTypes: module.functionTypes,
    tables: module.tables,
    globals: module.globals,
    canonicalNans: options.canonicalNans ?? true,
    mergePoints: options.mergePoints ?? true,
    elideStoreChecks: options.elideStoreChecks ?? true,
  });
  const emitter = new BodyEmitter(plan, runtime, scanner, bytes, { branchHints: options.branchHints ?? true });
  const counting = countingFunctions(module, scanner, plan);
  for (const [index, body] of module.bodies.entries()) {
    const functionIndex = module.importedFunctions + index;
    scanner.scan(module.functionTypes[functionIndex]!, body, true);
    emitter.emit(functionIndex, body.end, counting[index] === 1);
  }

  addSmallFunctions(plan);
  const exports = addExports(plan, addEngineExports(plan, runtime, markRange));
  return {
    bytes: writeModule(plan, emitter, scanner, exports, pagesMax),
    memory64: plan.memory64,
    mutableGlobals: countMutableGlobals(module),
    globalsBytes: plan.globalsBytes,
    initialPages: Number(module.memories[0]?.min ?? 0n),
    maximumPages: pagesMax,
    elementsFit: elementsFit(module),
    mayConsumeInstance: scanner.consumes,
    instructionCount: emitter.instructionCount + 2 * module.globals.length,
  };
}

/**
 * Adds as many empty functions as there are others. V8 copies functions into their callers more freely in a module that consists of small
 * functions, which it takes as a sign that no compiler has done so; rewriting makes small functions larger and would change its mind.
 * Measured on Node 26, Motoko workload: 1.41 times plain V8 with them, 1.85 without.
 */
function addSmallFunctions(plan: ModulePlan): void {
  const empty = functionBody([], new FunctionCode());
  const others = plan.module.bodies.length + plan.added.length;
  for (let count = Math.min(others, SMALL_FUNCTIONS_MAX); count > 0; count--) plan.define(plan.reserve([], []), empty);
}

/** For each body 1 if the function must count its stack. */
function countingFunctions(module: ParsedModule, scanner: BodyScanner, plan: ModulePlan): Uint8Array {
  const { bodies, functionTypes, importedFunctions, types } = module;
  const graph = new CallGraph(bodies.length + types.length);
  const tableNode = (typeIndex: number): number => bodies.length + plan.sameType(typeIndex);
  for (const [index, body] of bodies.entries()) {
    scanner.scan(functionTypes[importedFunctions + index]!, body, false);
    const direct = scanner.callees.filter((callee) => callee >= importedFunctions).map((callee) => callee - importedFunctions);
    graph.add(scanner.weight, [...direct, ...scanner.tableCallees.map(tableNode)]);
  }
  const byType = new Map<number, number[]>();
  for (const referenced of referencedFunctions(module, scanner)) {
    if (referenced < importedFunctions) continue;
    const type = plan.sameType(functionTypes[referenced]!);
    const list = byType.get(type);
    if (list === undefined) byType.set(type, [referenced - importedFunctions]);
    else list.push(referenced - importedFunctions);
  }
  for (const type of types.keys()) graph.add(0, byType.get(type) ?? []);
  return graph.counting();
}

/** Every function that the module refers to other than by calling it: what tables may hold. */
function referencedFunctions(module: ParsedModule, scanner: BodyScanner): Set<number> {
  const { bytes, elements, globalInitialisers } = module;
  const referenced = new Set(scanner.referencedFunctions);
  const addConstant = (expression: Span): void => {
    const index = functionOfConstant(bytes, expression);
    if (index !== undefined) referenced.add(index);
  };
  for (const segment of elements) {
    if (segment.form === 'functions') visitElementFunctions(bytes, segment, (index) => void referenced.add(index));
    else visitElementExpressions(bytes, segment, addConstant);
  }
  for (const initialiser of globalInitialisers) addConstant(initialiser);
  return referenced;
}

/** Largest size of the main memory: the module's own limit or the protocol's, whichever is lower. */
function mainPagesMax(module: ParsedModule, memory64: boolean): number {
  const limits = module.memories[0];
  if (limits === undefined) return 0;
  const cap = memory64 ? MAIN_PAGES_MAX_64 : MAIN_PAGES_MAX_32;
  return limits.max !== undefined && limits.max < BigInt(cap) ? Number(limits.max) : cap;
}

function addEngineExports(plan: ModulePlan, runtime: ReturnType<typeof reserveRuntime>, markRange: number): Exported[] {
  const { module } = plan;
  const globals = addGlobalTransfer(plan);
  const finish = addFinish(plan);
  const functions: [string, number][] = [
    [EXPORT.initialise, addInitialise(plan, markRange)],
    [EXPORT.storeGlobals, globals.store],
    [EXPORT.loadGlobals, globals.load],
    [EXPORT.setPages, addSetPages(plan)],
    [EXPORT.markRange, addMarkRangeForHost(plan, markRange)],
    [EXPORT.settle, addSettle(plan, runtime)],
    [EXPORT.commit, addCommit(plan)],
    [EXPORT.rollback, addRollback(plan, globals.load)],
    [EXPORT.captured, addCaptured(plan)],
    [EXPORT.callback, addCallback(plan, finish)],
  ];
  if (module.start !== undefined) functions.push([EXPORT.start, addEntry(plan, module.start, finish)]);
  const entries = new Map<number, number>();
  const exports: Exported[] = functions.map(([name, index]) => ({ name, kind: KIND.function, index }));
  for (const { name, kind, index } of module.exports) {
    if (kind !== 'function') continue;
    let entry = entries.get(index);
    if (entry === undefined) entries.set(index, (entry = addEntry(plan, index, finish)));
    exports.push({ name, kind: KIND.function, index: entry });
  }
  return exports;
}

/** The canister's other exports and what the engine needs beside functions. */
function addExports(plan: ModulePlan, exports: Exported[]): Exported[] {
  const { module } = plan;
  const kinds: Readonly<Partial<Record<WasmExport['kind'], number>>> = { table: KIND.table, memory: KIND.memory, global: KIND.global };
  for (const { name, kind, index } of module.exports) {
    const code = kinds[kind];
    if (code !== undefined) exports.push({ name, kind: code, index });
  }
  exports.push({ name: EXPORT.memory, kind: KIND.memory, index: 0 });
  exports.push({ name: EXPORT.state, kind: KIND.memory, index: plan.stateMemory });
  exports.push({ name: EXPORT.undo, kind: KIND.memory, index: plan.undoMemory });
  exports.push({ name: EXPORT.lastIndirectIndex, kind: KIND.global, index: plan.lastIndirectIndex });
  if (module.tables[0]?.element === FUNCREF) exports.push({ name: EXPORT.table, kind: KIND.table, index: 0 });
  return exports;
}

function writeModule(
  plan: ModulePlan,
  emitter: BodyEmitter,
  scanner: BodyScanner,
  exports: readonly Exported[],
  pagesMax: number,
): Uint8Array {
  const { module } = plan;
  const out = new ByteWriter(emitter.code.length + module.bytes.length + 65_536);
  out.list([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const section = (id: number, write: (writer: ByteWriter) => void): void => {
    const writer = new ByteWriter(1024);
    write(writer);
    out.u8(id);
    out.u32(writer.length);
    out.append(writer);
  };
  // Everything that adds a type comes before the types are written.
  for (const entry of module.imports) if (entry.kind === 'function') importType(plan, entry);
  hostImports(plan);
  section(1, (writer) => writeTypes(plan, writer));
  section(2, (writer) => writeImports(plan, writer));
  section(3, (writer) => writeFunctions(plan, writer));
  if (module.tables.length > 0) section(4, (writer) => writeTables(plan, writer));
  section(5, (writer) => writeMemories(plan, writer, pagesMax));
  section(6, (writer) => writeGlobals(plan, writer));
  section(7, (writer) => writeExports(writer, exports));
  if (module.elements.length > 0 || scanner.referencedFunctions.size > 0) {
    section(9, (writer) => writeElementSection(plan, writer, scanner.referencedFunctions));
  }
  if (module.dataSegments.length > 0) section(12, (writer) => writer.u32(module.dataSegments.length));
  if (emitter.hints.length > 0) section(0, (writer) => writeHints(emitter, writer));
  section(10, (writer) => writeCode(plan, emitter, writer));
  if (module.dataSegments.length > 0) section(11, (writer) => writeDataSection(plan, writer));
  return out.bytes.slice(0, out.length);
}

function writeTypes(plan: ModulePlan, writer: ByteWriter): void {
  writer.u32(plan.types.length);
  for (const { params, results } of plan.types) {
    writer.u8(0x60);
    writer.u32(params.length);
    writer.list(params);
    writer.u32(results.length);
    writer.list(results);
  }
}

function hostImports(plan: ModulePlan): (readonly [name: string, typeIndex: number])[] {
  return [
    ['trap', plan.type([I32], [])],
    ['pause', plan.type([], [])],
    ['grow', plan.type([I32, I32], [I32])],
  ];
}

function writeImports(plan: ModulePlan, writer: ByteWriter): void {
  const functions = plan.module.imports.filter((entry) => entry.kind === 'function');
  const added = hostImports(plan);
  writer.u32(functions.length + added.length);
  for (const entry of functions) writeFunctionImport(writer, entry.module, entry.name, importType(plan, entry));
  for (const [name, typeIndex] of added) writeFunctionImport(writer, HOST_MODULE, name, typeIndex);
}

function writeFunctionImport(writer: ByteWriter, module: string, name: string, typeIndex: number): void {
  writer.name(module);
  writer.name(name);
  writer.u8(KIND.function);
  writer.u32(typeIndex);
}

function writeFunctions(plan: ModulePlan, writer: ByteWriter): void {
  const { functionTypes, importedFunctions, bodies } = plan.module;
  writer.u32(bodies.length + plan.added.length);
  for (let index = importedFunctions; index < functionTypes.length; index++) writer.u32(plan.twin(functionTypes[index]!));
  for (const { typeIndex } of plan.added) writer.u32(typeIndex);
}

function writeLimits(writer: ByteWriter, limits: Limits, max: number | undefined): void {
  writer.u8((max === undefined ? 0 : 1) | (limits.is64 ? 4 : 0));
  writer.u32(Number(limits.min));
  if (max !== undefined) writer.u32(max);
}

function writeTables(plan: ModulePlan, writer: ByteWriter): void {
  const { tables } = plan.module;
  writer.u32(tables.length);
  for (const { element, limits } of tables) {
    writer.u8(element);
    // A maximum beyond 2^53 is no maximum.
    const max = limits.max === undefined || limits.max > 0xffff_ffffn ? undefined : Number(limits.max);
    writeLimits(writer, limits, max);
  }
}

function writeMemories(plan: ModulePlan, writer: ByteWriter, pagesMax: number): void {
  const main = plan.module.memories[0] ?? { min: 0n, max: undefined, is64: false, shared: false };
  writer.u32(3);
  writeLimits(writer, main, pagesMax);
  writer.u8(1);
  writer.u32(plan.layout.initialPages);
  writer.u32(plan.layout.maximumPages);
  writer.u8(5);
  writer.u32(1);
  writer.u32(UNDO_PAGES_MAX);
}

function writeGlobals(plan: ModulePlan, writer: ByteWriter): void {
  const { globals, globalInitialisers } = plan.module;
  writer.u32(globals.length + 1);
  for (const [index, { type, mutable }] of globals.entries()) {
    writer.u8(type);
    writer.u8(mutable ? 1 : 0);
    writeConstant(plan, writer, globalInitialisers[index]!);
  }
  writer.list([I32, 1, 0x41, 0, 0x0b]);
}

function writeExports(writer: ByteWriter, exports: readonly Exported[]): void {
  writer.u32(exports.length);
  for (const { name, kind, index } of exports) {
    writer.name(name);
    writer.u8(kind);
    writer.u32(index);
  }
}

function writeHints(emitter: BodyEmitter, writer: ByteWriter): void {
  writer.name('metadata.code.branch_hint');
  writer.u32(emitter.hints.length);
  for (const [functionIndex, offsets] of emitter.hints) {
    writer.u32(functionIndex);
    writer.u32(offsets.length);
    for (const offset of offsets) {
      writer.u32(offset);
      writer.list([1, 0]);
    }
  }
}

function writeCode(plan: ModulePlan, emitter: BodyEmitter, writer: ByteWriter): void {
  writer.reserve(emitter.code.length + 16_384);
  writer.u32(plan.module.bodies.length + plan.added.length);
  writer.append(emitter.code);
  for (const { body } of plan.added) {
    writer.u32(body!.length);
    writer.range(body!, 0, body!.length);
  }
}
