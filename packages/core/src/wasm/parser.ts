/**
 * Reads the structure of a WebAssembly module: every section but the inside of function bodies.
 *
 * Source: WebAssembly core specification, "Binary format". Invariants:
 * P1: time and memory are linear in the length of the input; no list is allocated that the rest of its section cannot hold.
 * P2: a span lies inside its section and never overlaps the next item.
 * P3: what is read is well-formed; whether it is valid (indexes in range, types that match) is for `validateModule`.
 * @module
 */
import { err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import { ByteReader } from './byte-reader.ts';
import {
  DATA_SEGMENTS_MAX,
  ELEMENT_SEGMENTS_MAX,
  EXPORTS_MAX,
  FUNCTIONS_MAX,
  FUNCTION_BODY_BYTES_MAX,
  GLOBALS_MAX,
  IMPORTS_MAX,
  MODULE_BYTES_MAX,
  SECTIONS_MAX,
  TABLES_MAX,
  TYPES_MAX,
} from './limits.ts';
import { refusalOf, refuse } from './rules.ts';
import { readElementSegment } from './element-segment.ts';
import { readConstantExpression, readFunctionType, readGlobalType, readMemoryType, readTableType } from './type-reader.ts';
import type {
  CustomSection,
  DataSegment,
  ElementSegment,
  FunctionType,
  GlobalType,
  ImportKind,
  Limits,
  ParsedModule,
  Span,
  TableType,
  WasmExport,
  WasmImport,
  WasmRefusal,
} from './types.ts';

/** Section ids. Source: WebAssembly core specification, "Modules / Sections". */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** Order of the non-custom sections; index = section id, value = its place. */
const PLACE: readonly number[] = [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6];

/** The parsed module while it grows. */
type Draft = {
  readonly bytes: Uint8Array;
  readonly sections: ({ readonly id: number } & Span)[];
  readonly types: FunctionType[];
  readonly imports: WasmImport[];
  readonly functionTypes: number[];
  importedFunctions: number;
  readonly tables: TableType[];
  importedTables: number;
  readonly memories: Limits[];
  importedMemories: number;
  readonly globals: GlobalType[];
  importedGlobals: number;
  readonly globalInitialisers: Span[];
  readonly exports: WasmExport[];
  start: number | undefined;
  elementSegments: number;
  readonly elements: ElementSegment[];
  readonly dataSegments: DataSegment[];
  dataCount: number | undefined;
  readonly bodies: Span[];
  readonly customSections: CustomSection[];
};

function createDraft(bytes: Uint8Array): Draft {
  return {
    bytes,
    sections: [],
    types: [],
    imports: [],
    functionTypes: [],
    importedFunctions: 0,
    tables: [],
    importedTables: 0,
    memories: [],
    importedMemories: 0,
    globals: [],
    importedGlobals: 0,
    globalInitialisers: [],
    exports: [],
    start: undefined,
    elementSegments: 0,
    elements: [],
    dataSegments: [],
    dataCount: undefined,
    bodies: [],
    customSections: [],
  };
}

/**
 * Reads a module.
 *
 * @param bytes - an uncompressed module; the result keeps a reference to it, so it must not change.
 * @returns the structure, or the rule that the bytes break (docs/wasm-rules.md, "Binary format", "Limits", "Features").
 */
export function parseModule(bytes: Uint8Array): Result<ParsedModule, WasmRefusal> {
  try {
    return ok(readModule(bytes));
  } catch (thrown) {
    return err(refusalOf(thrown));
  }
}

function readModule(bytes: Uint8Array): ParsedModule {
  if (bytes.length > MODULE_BYTES_MAX)
    refuse('WASM_LIMIT_MODULE_BYTES', `Wasm module size of ${bytes.length} exceeds the maximum allowed size of ${MODULE_BYTES_MAX}`);
  readPreamble(bytes);
  const draft = createDraft(bytes);
  const reader = new ByteReader(bytes, 8, bytes.length);
  let place = 0;
  while (!reader.done) {
    const offset = reader.position;
    const id = reader.u8();
    if (id >= PLACE.length) refuse('WASM_SECTION_ID', `malformed section id ${id}`, offset);
    const length = reader.u32();
    const section = reader.span(length);
    if (id !== SECTION.custom) {
      if (PLACE[id]! <= place) refuse('WASM_SECTION_ORDER', `section ${id} is repeated or out of order`, offset);
      place = PLACE[id]!;
    }
    draft.sections.push({ id, ...section });
    if (draft.sections.length > SECTIONS_MAX) refuse('WASM_LIMIT_COUNT', `more than ${SECTIONS_MAX} sections`, offset);
    const content = new ByteReader(bytes, section.start, section.end);
    readSection(draft, id, content);
    if (!content.done) refuse('WASM_SECTION_SIZE', `section size mismatch: section ${id} has bytes after its content`, content.position);
  }
  checkCounts(draft);
  return draft;
}

function readPreamble(bytes: Uint8Array): void {
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d)
    refuse('WASM_MAGIC', 'magic header not detected', 0);
  if (bytes.length < 8) refuse('WASM_VERSION', 'unknown binary version: the header is cut short', 4);
  if (bytes[6] === 1 && bytes[7] === 0) refuse('WASM_FEATURE_COMPONENT_MODEL', 'components are not enabled', 4);
  if (bytes[4] !== 1 || bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0) refuse('WASM_VERSION', 'unknown binary version', 4);
}

function checkCounts(draft: Draft): void {
  const declared = draft.functionTypes.length - draft.importedFunctions;
  if (declared !== draft.bodies.length)
    refuse('WASM_CODE_COUNT', `function and code section have inconsistent lengths: ${declared} functions, ${draft.bodies.length} bodies`);
  if (draft.dataCount !== undefined && draft.dataCount !== draft.dataSegments.length)
    refuse(
      'WASM_DATA_COUNT',
      `data count and data section have inconsistent lengths: ${draft.dataCount} announced, ${draft.dataSegments.length} present`,
    );
}

function readSection(draft: Draft, id: number, reader: ByteReader): void {
  switch (id) {
    case SECTION.custom:
      return readCustom(draft, reader);
    case SECTION.type:
      return readTypes(draft, reader);
    case SECTION.import:
      return readImports(draft, reader);
    case SECTION.function:
      return readFunctions(draft, reader);
    case SECTION.table:
      return readTables(draft, reader);
    case SECTION.memory:
      return readMemories(draft, reader);
    case SECTION.global:
      return readGlobals(draft, reader);
    case SECTION.export:
      return readExports(draft, reader);
    case SECTION.start:
      draft.start = reader.u32();
      return;
    case SECTION.element:
      return readElements(draft, reader);
    case SECTION.code:
      return readBodies(draft, reader);
    case SECTION.data:
      return readData(draft, reader);
    case SECTION.dataCount:
      draft.dataCount = reader.u32();
      return;
    default:
      return refuse('WASM_FEATURE_EXCEPTIONS', 'exception handling is not enabled', reader.position);
  }
}

function readCustom(draft: Draft, reader: ByteReader): void {
  const name = reader.name();
  draft.customSections.push({ name, content: reader.span(reader.end - reader.position) });
}

function readTypes(draft: Draft, reader: ByteReader): void {
  const count = reader.count('types', TYPES_MAX);
  for (let index = 0; index < count; index++) draft.types.push(readFunctionType(reader));
}

function readImports(draft: Draft, reader: ByteReader): void {
  const count = reader.count('imports', IMPORTS_MAX);
  for (let index = 0; index < count; index++) {
    const module = reader.name();
    const name = reader.name();
    const kind = readExternalKind(reader);
    let typeIndex = -1;
    switch (kind) {
      case 'function':
        typeIndex = reader.u32();
        draft.functionTypes.push(typeIndex);
        draft.importedFunctions++;
        break;
      case 'table':
        draft.tables.push(readTableType(reader));
        draft.importedTables++;
        break;
      case 'memory':
        draft.memories.push(readMemoryType(reader));
        draft.importedMemories++;
        break;
      case 'global':
        draft.globals.push(readGlobalType(reader));
        draft.importedGlobals++;
        break;
      case 'tag':
        break;
    }
    draft.imports.push({ module, name, kind, typeIndex });
  }
}

function readExternalKind(reader: ByteReader): ImportKind {
  const offset = reader.position;
  const kind = reader.u8();
  switch (kind) {
    case 0:
      return 'function';
    case 1:
      return 'table';
    case 2:
      return 'memory';
    case 3:
      return 'global';
    case 4:
      return refuse('WASM_FEATURE_EXCEPTIONS', 'exception handling is not enabled', offset);
    default:
      return refuse('WASM_EXTERNAL_KIND', `malformed import or export kind 0x${kind.toString(16)}`, offset);
  }
}

function readFunctions(draft: Draft, reader: ByteReader): void {
  const count = reader.count('functions', FUNCTIONS_MAX - draft.importedFunctions);
  for (let index = 0; index < count; index++) draft.functionTypes.push(reader.u32());
}

function readTables(draft: Draft, reader: ByteReader): void {
  const count = reader.count('tables', TABLES_MAX);
  for (let index = 0; index < count; index++) draft.tables.push(readTableType(reader));
}

function readMemories(draft: Draft, reader: ByteReader): void {
  const start = reader.position;
  const count = reader.u32();
  // Every memory after the first is refused anyway; reading two is enough to say so.
  if (count > 1) refuse('WASM_FEATURE_MULTI_MEMORY', 'multiple memories are not enabled', start);
  for (let index = 0; index < count; index++) draft.memories.push(readMemoryType(reader));
}

function readGlobals(draft: Draft, reader: ByteReader): void {
  const count = reader.count('globals', GLOBALS_MAX);
  for (let index = 0; index < count; index++) {
    draft.globals.push(readGlobalType(reader));
    draft.globalInitialisers.push(readConstantExpression(reader));
  }
}

function readExports(draft: Draft, reader: ByteReader): void {
  const count = reader.count('exports', EXPORTS_MAX);
  for (let index = 0; index < count; index++) {
    const name = reader.name();
    const kind = readExternalKind(reader);
    draft.exports.push({ name, kind, index: reader.u32() });
  }
}

function readElements(draft: Draft, reader: ByteReader): void {
  const count = reader.count('element segments', ELEMENT_SEGMENTS_MAX);
  for (let index = 0; index < count; index++) draft.elements.push(readElementSegment(reader));
  draft.elementSegments = count;
}

function readBodies(draft: Draft, reader: ByteReader): void {
  const count = reader.count('function bodies', FUNCTIONS_MAX);
  for (let index = 0; index < count; index++) {
    const start = reader.position;
    const length = reader.u32();
    if (length > FUNCTION_BODY_BYTES_MAX)
      refuse('WASM_LIMIT_BODY_BYTES', `a function body of ${length} bytes exceeds the maximum of ${FUNCTION_BODY_BYTES_MAX}`, start);
    draft.bodies.push(reader.span(length));
  }
}

function readData(draft: Draft, reader: ByteReader): void {
  const count = reader.count('data segments', DATA_SEGMENTS_MAX);
  for (let index = 0; index < count; index++) {
    const start = reader.position;
    const flags = reader.u32();
    if (flags > 2) refuse('WASM_SEGMENT_FLAGS', `malformed data segment flags ${flags}`, start);
    const memoryIndex = flags === 2 ? reader.u32() : 0;
    const offset = flags === 1 ? undefined : readConstantExpression(reader);
    const content = reader.span(reader.u32());
    draft.dataSegments.push({ mode: flags === 1 ? 'passive' : 'active', memoryIndex, offset, content });
  }
}
