/**
 * WebAssembly modules of canisters: reading, validation, the Internet Computer's rules.
 * @module
 */
export { parseModule } from './parser.ts';
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
