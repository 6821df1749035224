/**
 * Every reason for which a module is refused: a stable name, what it refuses, where the rule comes from.
 *
 * docs/wasm-rules.md is this table for people; a test keeps the two equal and demands a test of every rule.
 * @module
 */
import { IcError } from '../base/index.ts';
import type { WasmRefusal } from './types.ts';

/** How the text that clients see begins. Source: dfinity/ic, wasm_types errors; clients match on these fragments. */
const openings = {
  engine: 'Wasmtime failed to validate wasm module ',
  decode: 'Failed to decode wasm module: ',
  import: 'Wasm module has an invalid import section. ',
  export: 'Wasm module has an invalid export section. ',
  data: 'Wasm module has an invalid data section. ',
  global: 'Wasm module has an invalid global section. ',
  custom: 'Wasm module has an invalid custom section. ',
  signature: 'Wasm module has an invalid function signature. ',
  whole: '',
} as const;

export type RefusalOpening = keyof typeof openings;

/** Stable: clients and tests may match on it. */
export type WasmRuleName =
  | 'WASM_INSTALL_BYTES'
  | 'WASM_INSTALL_FORMAT'
  | 'WASM_INSTALL_GZIP'
  | 'WASM_INSTALL_GZIP_TRAILING'
  | 'WASM_INSTALL_UNCOMPRESSED_BYTES'
  | 'WASM_MAGIC'
  | 'WASM_VERSION'
  | 'WASM_TRUNCATED'
  | 'WASM_INTEGER'
  | 'WASM_UTF8'
  | 'WASM_SECTION_ID'
  | 'WASM_SECTION_ORDER'
  | 'WASM_SECTION_SIZE'
  | 'WASM_TYPE_ENCODING'
  | 'WASM_LIMITS_ENCODING'
  | 'WASM_EXTERNAL_KIND'
  | 'WASM_MUTABILITY'
  | 'WASM_SEGMENT_FLAGS'
  | 'WASM_CODE_COUNT'
  | 'WASM_DATA_COUNT'
  | 'WASM_OPCODE'
  | 'WASM_MEMORY_FLAGS'
  | 'WASM_BODY_STRUCTURE'
  | 'WASM_LIMIT_MODULE_BYTES'
  | 'WASM_LIMIT_NAME_BYTES'
  | 'WASM_LIMIT_COUNT'
  | 'WASM_LIMIT_BODY_BYTES'
  | 'WASM_LIMIT_LOCALS'
  | 'WASM_LIMIT_OPERANDS'
  | 'WASM_LIMIT_BLOCK_DEPTH'
  | 'WASM_LIMIT_BR_TABLE'
  | 'WASM_FEATURE_COMPONENT_MODEL'
  | 'WASM_FEATURE_CUSTOM_PAGE_SIZES'
  | 'WASM_FEATURE_EXCEPTIONS'
  | 'WASM_FEATURE_EXTENDED_CONST'
  | 'WASM_FEATURE_FUNCTION_REFERENCES'
  | 'WASM_FEATURE_GC'
  | 'WASM_FEATURE_MULTI_MEMORY'
  | 'WASM_FEATURE_RELAXED_SIMD'
  | 'WASM_FEATURE_THREADS'
  | 'WASM_UNKNOWN_TYPE'
  | 'WASM_UNKNOWN_FUNCTION'
  | 'WASM_UNKNOWN_TABLE'
  | 'WASM_UNKNOWN_MEMORY'
  | 'WASM_UNKNOWN_GLOBAL'
  | 'WASM_UNKNOWN_LOCAL'
  | 'WASM_UNKNOWN_LABEL'
  | 'WASM_UNKNOWN_DATA_SEGMENT'
  | 'WASM_UNKNOWN_ELEMENT_SEGMENT'
  | 'WASM_TYPE_MISMATCH'
  | 'WASM_ALIGNMENT'
  | 'WASM_MEMORY_OFFSET'
  | 'WASM_LANE'
  | 'WASM_SELECT_ARITY'
  | 'WASM_GLOBAL_IMMUTABLE'
  | 'WASM_CONSTANT_EXPRESSION'
  | 'WASM_REFERENCE_UNDECLARED'
  | 'WASM_EXPORT_DUPLICATE'
  | 'WASM_START_TYPE'
  | 'WASM_LIMITS_RANGE'
  | 'WASM_CANISTER_CODE_BYTES'
  | 'WASM_CANISTER_IMPORT_KIND'
  | 'WASM_CANISTER_IMPORT_MODULE'
  | 'WASM_CANISTER_IMPORT_NAME'
  | 'WASM_CANISTER_IMPORT_SIGNATURE'
  | 'WASM_CANISTER_ENTRY_POINT_TYPE'
  | 'WASM_CANISTER_EXPORT_PREFIX'
  | 'WASM_CANISTER_EXPORT_RESERVED'
  | 'WASM_CANISTER_METHOD_DUPLICATE'
  | 'WASM_CANISTER_METHODS'
  | 'WASM_CANISTER_METHOD_NAMES'
  | 'WASM_CANISTER_DATA_OFFSET'
  | 'WASM_CANISTER_GLOBAL_TYPE'
  | 'WASM_CANISTER_GLOBAL_INITIALISER'
  | 'WASM_CANISTER_GLOBALS'
  | 'WASM_CANISTER_FUNCTIONS'
  | 'WASM_CANISTER_TABLES'
  | 'WASM_CANISTER_TABLE_ELEMENTS'
  | 'WASM_CANISTER_MEMORY'
  | 'WASM_CANISTER_INSTRUCTION'
  | 'WASM_CANISTER_BODY_COMPLEXITY'
  | 'WASM_CANISTER_BODY_REWRITTEN'
  | 'WASM_CANISTER_SECTION_NAME'
  | 'WASM_CANISTER_SECTION_DUPLICATE'
  | 'WASM_CANISTER_SECTIONS'
  | 'WASM_CANISTER_SECTION_BYTES';

/** One rule. `refuses` completes the sentence "A module is refused when …". */
export type WasmRule = { readonly opening: RefusalOpening; readonly refuses: string; readonly source: string };

const BINARY = 'WebAssembly core specification, binary format';
const VALIDATION = 'WebAssembly core specification, validation';
const FEATURES = 'IC validation engine features';
const ENGINE = 'engine limit (V8, wasmparser)';
const INTERFACE = 'IC interface specification, WebAssembly module requirements';
const REPLICA = 'dfinity/ic, embedders validation';
const OWN = 'Myelin';

const rule = (opening: RefusalOpening, source: string, refuses: string): WasmRule => ({ opening, refuses, source });

export const wasmRules: Readonly<Record<WasmRuleName, WasmRule>> = {
  // What was installed: raw bytes or gzip.
  WASM_INSTALL_BYTES: rule('whole', REPLICA, 'the installed bytes are more than 100 MiB'),
  WASM_INSTALL_FORMAT: rule('decode', INTERFACE, 'the installed bytes begin neither as WebAssembly (00 61 73 6d) nor as gzip (1f 8b 08)'),
  WASM_INSTALL_GZIP: rule('decode', INTERFACE, 'the gzip stream is damaged, cut short, or has a checksum or length other than its content'),
  WASM_INSTALL_GZIP_TRAILING: rule('decode', OWN, 'bytes follow the compressed data inside or after the gzip stream'),
  WASM_INSTALL_UNCOMPRESSED_BYTES: rule('whole', REPLICA, 'the uncompressed module is more than 100 MiB'),

  // Binary format.
  WASM_MAGIC: rule('engine', BINARY, 'the first four bytes are not 00 61 73 6d'),
  WASM_VERSION: rule('engine', BINARY, 'the version is not 1'),
  WASM_TRUNCATED: rule('engine', BINARY, 'the bytes end inside an item, or an item runs past the end of its section or body'),
  WASM_INTEGER: rule('engine', BINARY, 'a LEB128 integer is longer or larger than its type allows'),
  WASM_UTF8: rule('engine', BINARY, 'a name is not valid UTF-8'),
  WASM_SECTION_ID: rule('engine', BINARY, 'a section has an unknown id'),
  WASM_SECTION_ORDER: rule('engine', BINARY, 'a section is repeated or out of order'),
  WASM_SECTION_SIZE: rule('engine', BINARY, 'a section is longer than its content'),
  WASM_TYPE_ENCODING: rule('engine', BINARY, 'a value type, reference type or function type has an unknown encoding'),
  WASM_LIMITS_ENCODING: rule('engine', BINARY, 'the flags of a table or memory size are unknown'),
  WASM_EXTERNAL_KIND: rule('engine', BINARY, 'the kind of an import or export is unknown'),
  WASM_MUTABILITY: rule('engine', BINARY, 'the mutability of a global is neither 0 nor 1'),
  WASM_SEGMENT_FLAGS: rule('engine', BINARY, 'the flags or the element kind of a segment are unknown'),
  WASM_CODE_COUNT: rule('engine', BINARY, 'the function section and the code section have different lengths'),
  WASM_DATA_COUNT: rule(
    'engine',
    BINARY,
    'the data count section differs from the number of data segments, or is missing where an instruction needs it',
  ),
  WASM_OPCODE: rule('engine', BINARY, 'an instruction has an unknown encoding'),
  WASM_MEMORY_FLAGS: rule('engine', BINARY, 'the alignment field of a memory instruction has an unknown form'),
  WASM_BODY_STRUCTURE: rule('engine', BINARY, 'a function body does not end with its last `end`, or an `else` has no `if`'),

  // Bounds that every engine has.
  WASM_LIMIT_MODULE_BYTES: rule('whole', REPLICA, 'the module is more than 100 MiB'),
  WASM_LIMIT_NAME_BYTES: rule('engine', ENGINE, 'a name is longer than 100,000 bytes'),
  WASM_LIMIT_COUNT: rule('engine', ENGINE, 'there are more items of one kind than the bounds in limits.ts allow'),
  WASM_LIMIT_BODY_BYTES: rule('engine', ENGINE, 'a function body is longer than 7,654,321 bytes'),
  WASM_LIMIT_LOCALS: rule('engine', ENGINE, 'a function has more than 49,900 locals, parameters included'),
  WASM_LIMIT_OPERANDS: rule(
    'engine',
    OWN,
    'checking a function needs more than 1,000,000 operands on the stack, or moves more than 50,000,000 in all',
  ),
  WASM_LIMIT_BLOCK_DEPTH: rule('engine', OWN, 'more than 50,000 blocks are open within one another'),
  WASM_LIMIT_BR_TABLE: rule('engine', ENGINE, 'a br_table has more than 65,520 targets'),

  // Features that are off.
  WASM_FEATURE_COMPONENT_MODEL: rule('engine', FEATURES, 'the binary is a component, not a core module'),
  WASM_FEATURE_CUSTOM_PAGE_SIZES: rule('engine', FEATURES, 'a memory declares its page size'),
  WASM_FEATURE_EXCEPTIONS: rule('engine', FEATURES, 'the module uses tags, exnref or exception instructions'),
  WASM_FEATURE_EXTENDED_CONST: rule('engine', FEATURES, 'a constant expression adds, subtracts or multiplies'),
  WASM_FEATURE_FUNCTION_REFERENCES: rule(
    'engine',
    FEATURES,
    'the module uses typed references, their instructions, or a table with an initialiser',
  ),
  WASM_FEATURE_GC: rule('engine', FEATURES, 'the module uses struct, array, recursive or sub types, their references or instructions'),
  WASM_FEATURE_MULTI_MEMORY: rule(
    'engine',
    INTERFACE,
    'the module has more than one memory, or an instruction names a memory other than 0',
  ),
  WASM_FEATURE_RELAXED_SIMD: rule('engine', FEATURES, 'the module uses a relaxed SIMD instruction'),
  WASM_FEATURE_THREADS: rule('engine', FEATURES, 'the module uses shared memory or an atomic instruction'),

  // Validation.
  WASM_UNKNOWN_TYPE: rule('engine', VALIDATION, 'a type index is out of range'),
  WASM_UNKNOWN_FUNCTION: rule('engine', VALIDATION, 'a function index is out of range'),
  WASM_UNKNOWN_TABLE: rule('engine', VALIDATION, 'a table index is out of range'),
  WASM_UNKNOWN_MEMORY: rule('engine', VALIDATION, 'a memory index is out of range'),
  WASM_UNKNOWN_GLOBAL: rule(
    'engine',
    VALIDATION,
    'a global index is out of range, or a constant expression reads a global that is not yet defined',
  ),
  WASM_UNKNOWN_LOCAL: rule('engine', VALIDATION, 'a local index is out of range'),
  WASM_UNKNOWN_LABEL: rule('engine', VALIDATION, 'a branch names a block that does not enclose it'),
  WASM_UNKNOWN_DATA_SEGMENT: rule('engine', VALIDATION, 'a data segment index is out of range'),
  WASM_UNKNOWN_ELEMENT_SEGMENT: rule('engine', VALIDATION, 'an element segment index is out of range'),
  WASM_TYPE_MISMATCH: rule(
    'engine',
    VALIDATION,
    'the operands on the stack are not those that an instruction, block, segment or initialiser needs',
  ),
  WASM_ALIGNMENT: rule('engine', VALIDATION, 'a memory instruction claims an alignment larger than its access'),
  WASM_MEMORY_OFFSET: rule('engine', VALIDATION, 'a memory instruction has an offset outside the address space'),
  WASM_LANE: rule('engine', VALIDATION, 'a lane index is out of range'),
  WASM_SELECT_ARITY: rule('engine', VALIDATION, 'a typed select has not exactly one type'),
  WASM_GLOBAL_IMMUTABLE: rule('engine', VALIDATION, 'an instruction sets an immutable global'),
  WASM_CONSTANT_EXPRESSION: rule('engine', VALIDATION, 'an initialiser or segment offset is not a constant expression'),
  WASM_REFERENCE_UNDECLARED: rule('engine', VALIDATION, 'ref.func names a function that occurs nowhere outside function bodies'),
  WASM_EXPORT_DUPLICATE: rule('engine', VALIDATION, 'two exports have one name'),
  WASM_START_TYPE: rule('engine', VALIDATION, 'the start function takes parameters or returns results'),
  WASM_LIMITS_RANGE: rule(
    'engine',
    VALIDATION,
    'the minimum of a table or memory exceeds its maximum, or a size exceeds the address space or 10,000,000 elements',
  ),

  // What the Internet Computer demands of a canister.
  WASM_CANISTER_CODE_BYTES: rule('whole', REPLICA, 'the code section is more than 12 MiB'),
  WASM_CANISTER_IMPORT_KIND: rule('import', INTERFACE, 'an import is not a function'),
  WASM_CANISTER_IMPORT_MODULE: rule('import', INTERFACE, 'a function is imported from a module other than ic0'),
  WASM_CANISTER_IMPORT_NAME: rule('import', INTERFACE, 'ic0 has no function of the imported name, or has it for wasm32 modules only'),
  WASM_CANISTER_IMPORT_SIGNATURE: rule(
    'signature',
    INTERFACE,
    'an import of ic0 has another type than the system API for the width of the memory',
  ),
  WASM_CANISTER_ENTRY_POINT_TYPE: rule('signature', INTERFACE, 'a canister entry point or method is not of type () -> ()'),
  WASM_CANISTER_EXPORT_PREFIX: rule(
    'export',
    INTERFACE,
    'a function is exported under a name that begins with `canister_` and is no entry point',
  ),
  WASM_CANISTER_EXPORT_RESERVED: rule('export', REPLICA, 'an export has a name that the replica keeps for itself'),
  WASM_CANISTER_METHOD_DUPLICATE: rule(
    'whole',
    INTERFACE,
    'a method name is exported as more than one of update, query and composite query',
  ),
  WASM_CANISTER_METHODS: rule('whole', INTERFACE, 'there are more than 1,000 exported methods'),
  WASM_CANISTER_METHOD_NAMES: rule('whole', INTERFACE, 'the names of the exported methods sum to more than 20,000 bytes'),
  WASM_CANISTER_DATA_OFFSET: rule('data', REPLICA, "an active data segment has an offset that is not one constant of the memory's width"),
  WASM_CANISTER_GLOBAL_TYPE: rule('global', REPLICA, 'a global holds a reference'),
  WASM_CANISTER_GLOBAL_INITIALISER: rule('global', FEATURES, 'a global is initialised from another global of the module'),
  WASM_CANISTER_GLOBALS: rule('whole', INTERFACE, 'there are more than 1,000 globals'),
  WASM_CANISTER_FUNCTIONS: rule('whole', INTERFACE, 'there are more than 50,000 defined functions'),
  WASM_CANISTER_TABLES: rule('engine', REPLICA, 'there is more than one table'),
  WASM_CANISTER_TABLE_ELEMENTS: rule('engine', REPLICA, 'the table begins with more than 1,000,000 elements'),
  WASM_CANISTER_MEMORY: rule('engine', REPLICA, 'the memory begins with more than 65,535 pages (wasm32) or 6 GiB (wasm64)'),
  WASM_CANISTER_INSTRUCTION: rule('whole', REPLICA, 'a function body contains table.set, table.grow, table.fill, table.copy or table.init'),
  WASM_CANISTER_BODY_COMPLEXITY: rule(
    'whole',
    REPLICA,
    'the complexity of a function body, at least one per instruction, is more than 1,000,000',
  ),
  WASM_CANISTER_BODY_REWRITTEN: rule(
    'whole',
    OWN,
    'the instrumentation could make a function body longer than the 7,654,321 bytes that engines accept',
  ),
  WASM_CANISTER_SECTION_NAME: rule(
    'custom',
    INTERFACE,
    'a custom section beginning with `icp:` is neither `icp:public <name>` nor `icp:private <name>`',
  ),
  WASM_CANISTER_SECTION_DUPLICATE: rule('custom', INTERFACE, 'two `icp:` custom sections have one name'),
  WASM_CANISTER_SECTIONS: rule('whole', INTERFACE, 'there are more than 16 `icp:` custom sections'),
  WASM_CANISTER_SECTION_BYTES: rule('custom', INTERFACE, 'names and contents of the `icp:` custom sections sum to more than 1 MiB'),
};

/** A refusal on its way out of the parser or validator; becomes a value at their surface. */
type RefusalDetail = { readonly code: WasmRuleName; readonly detail: string; readonly offset: number | undefined };

/**
 * Leaves parsing or validation.
 *
 * @param detail - what was found, for the message.
 * @param offset - byte offset into the module, where there is one.
 * @throws IcError always; `refusalOf` turns it into a value.
 */
export function refuse(code: WasmRuleName, detail: string, offset?: number): never {
  throw new IcError<RefusalDetail>({ code, detail, offset }, detail);
}

/** The refusal as a value. */
export function wasmRefusal(code: WasmRuleName, detail: string, offset?: number): WasmRefusal {
  const place = offset === undefined ? '' : ` (at offset 0x${offset.toString(16)})`;
  const message = `${openings[wasmRules[code].opening]}${detail}${place}`;
  return offset === undefined ? { rule: code, message } : { rule: code, message, offset };
}

/**
 * The refusal that a thrown value carries.
 * @throws the value itself when it is no refusal: a bug must not pass for a bad module.
 */
export function refusalOf(thrown: unknown): WasmRefusal {
  if (!(thrown instanceof IcError)) throw thrown;
  const { code, detail, offset } = thrown.detail as Partial<RefusalDetail>;
  if (code === undefined || detail === undefined || !Object.hasOwn(wasmRules, code)) throw thrown;
  return wasmRefusal(code, detail, offset);
}
