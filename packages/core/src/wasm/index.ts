/**
 * WebAssembly modules of canisters: reading, validation, the Internet Computer's rules.
 * @module
 */
export { canisterModuleBytes, decodeCanisterModule } from './install-format.ts';
export {
  EXPORT,
  HOST_MODULE,
  MAIN_PAGES_MAX_32,
  MAIN_PAGES_MAX_64,
  RESERVED_EXPORT_PREFIX,
  REWRITING_VERSION,
  STACK_SLOTS_MAX,
  TRACKED_PAGE_BYTES,
  TRAP_CODE,
  WASM_PAGE_BYTES,
  instrumentModule,
  COMMITTED_IN_ENTRY,
  LIST_ENTRY_BYTES,
  stateLayout,
} from './instrumentation/index.ts';
export type { InstrumentOptions, StateLayout } from './instrumentation/index.ts';
export { parseModule } from './parser.ts';
export { validateModule } from './validator.ts';
export type { ValidationProfile } from './validator.ts';
export { wasmRules } from './rules.ts';
export type { RefusalOpening, WasmRule, WasmRuleName } from './rules.ts';
export { systemApiSignatures } from './system-api-signatures.ts';
export type { ParameterKind, SystemApiSignature } from './system-api-signatures.ts';
export type {
  CanisterModuleInfo,
  CustomSection,
  DataSegment,
  ElementSegment,
  FunctionType,
  GlobalType,
  ImportKind,
  InstrumentedModule,
  Limits,
  MethodKind,
  ParsedModule,
  Span,
  SystemEntryPoint,
  TableType,
  ValueType,
  WasmExport,
  WasmImport,
  WasmRefusal,
} from './types.ts';
