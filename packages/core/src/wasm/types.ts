/**
 * What the parser reads, the validator accepts and the instrumentation produces.
 * @module
 */

/** Binary encoding of a value type: i32 0x7f, i64 0x7e, f32 0x7d, f64 0x7c, v128 0x7b, funcref 0x70, externref 0x6f. */
export type ValueType = number;

/** A half-open range of byte offsets into the module. */
export type Span = { readonly start: number; readonly end: number };

export type FunctionType = { readonly params: Uint8Array; readonly results: Uint8Array };

export type Limits = { readonly min: bigint; readonly max: bigint | undefined; readonly is64: boolean; readonly shared: boolean };

export type TableType = { readonly element: ValueType; readonly limits: Limits };

export type GlobalType = { readonly type: ValueType; readonly mutable: boolean };

export type ImportKind = 'function' | 'table' | 'memory' | 'global' | 'tag';

export type WasmImport = {
  readonly module: string;
  readonly name: string;
  readonly kind: ImportKind;
  /** Type index of an imported function. */
  readonly typeIndex: number;
};

export type WasmExport = { readonly name: string; readonly kind: ImportKind; readonly index: number };

export type CustomSection = { readonly name: string; readonly content: Span };

export type DataSegment = {
  readonly mode: 'active' | 'passive';
  readonly memoryIndex: number;
  /** Constant expression of an active segment, its final `end` included. */
  readonly offset: Span | undefined;
  readonly content: Span;
};

/** The items of an element segment are read on demand, because a segment may hold millions of them. */
export type ElementSegment = {
  readonly mode: 'active' | 'passive' | 'declarative';
  readonly tableIndex: number;
  /** Constant expression of an active segment, its final `end` included. */
  readonly offset: Span | undefined;
  readonly element: ValueType;
  /** Items are function indexes (LEB128) or constant expressions that each end with `end`. */
  readonly form: 'functions' | 'expressions';
  readonly count: number;
  readonly items: Span;
};

/** A module whose structure was read; function bodies and constant expressions are spans into `bytes`. */
export type ParsedModule = {
  readonly bytes: Uint8Array;
  readonly sections: readonly ({ readonly id: number } & Span)[];
  readonly types: readonly FunctionType[];
  readonly imports: readonly WasmImport[];
  /** Type index of every function, imported ones first. */
  readonly functionTypes: readonly number[];
  readonly importedFunctions: number;
  readonly tables: readonly TableType[];
  readonly importedTables: number;
  readonly memories: readonly Limits[];
  readonly importedMemories: number;
  readonly globals: readonly GlobalType[];
  readonly importedGlobals: number;
  /** Initialiser of each defined global, its final `end` included. */
  readonly globalInitialisers: readonly Span[];
  readonly exports: readonly WasmExport[];
  readonly start: number | undefined;
  readonly elementSegments: number;
  readonly elements: readonly ElementSegment[];
  readonly dataSegments: readonly DataSegment[];
  readonly dataCount: number | undefined;
  /** Each body: from its local declarations to its final `end`, without the size prefix. */
  readonly bodies: readonly Span[];
  readonly customSections: readonly CustomSection[];
};

/** Why a module was refused. `rule` is stable and named in docs/wasm-rules.md; `message` is the text that clients see. */
export type WasmRefusal = { readonly rule: string; readonly message: string; readonly offset?: number };

export type MethodKind = 'update' | 'query' | 'composite_query';

export type SystemEntryPoint =
  | 'canister_init'
  | 'canister_pre_upgrade'
  | 'canister_post_upgrade'
  | 'canister_inspect_message'
  | 'canister_heartbeat'
  | 'canister_global_timer'
  | 'canister_on_low_wasm_memory';

/** What execution needs to know of a canister module. */
export type CanisterModuleInfo = {
  readonly memory64: boolean;
  readonly hasMemory: boolean;
  readonly hasStart: boolean;
  /** Method name to kind; a name is exported as one kind only. */
  readonly methods: ReadonlyMap<string, MethodKind>;
  readonly entryPoints: ReadonlySet<SystemEntryPoint>;
  /** `icp:public <name>` and `icp:private <name>` custom sections. */
  readonly metadata: ReadonlyMap<string, { readonly visibility: 'public' | 'private'; readonly content: Uint8Array }>;
  /** Bytes of all `icp:` custom sections, names included. */
  readonly metadataBytes: number;
  /** Bytes of the module as it was read: unpacked. */
  readonly moduleBytes: number;
};

/** The rewritten module and where the engine finds what was added to it. */
export type InstrumentedModule = {
  readonly bytes: Uint8Array;
  readonly memory64: boolean;
  /** Number of defined mutable globals whose values outlive a message. */
  readonly mutableGlobals: number;
  /** Bytes of the blob that holds those globals. */
  readonly globalsBytes: number;
  /** Initial size of the main memory in 64 KiB pages; 0 when there is none. */
  readonly initialPages: number;
  /** Largest size of the main memory in 64 KiB pages; 0 when there is none. */
  readonly maximumPages: number;
  /** Whether all active element segments lie inside their tables; if not, no instance can be made. */
  readonly elementsFit: boolean;
  /** Whether a message may drop data or element segments (or change tables); such an instance is not reused. */
  readonly mayConsumeInstance: boolean;
  /** Wasm instructions of the rewritten module, the base of the compilation charge. */
  readonly instructionCount: number;
};
