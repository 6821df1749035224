/**
 * What an instrumented module adds to an instance, and where: reserved exports, the state memory, the instruction word.
 *
 * Two memories are added after the canister's own (memory 0): the state memory (this layout, 32-bit) and the undo log (64-bit). Both grow
 * when a message writes to many pages: an engine counts every byte of a memory as garbage to be, touched or not, so an instance that is
 * made for one message must be small. The state memory begins with one byte per 4 KiB page of memory 0: whether the running message has
 * written to it.
 *
 * The instruction word is an i64 that every function takes as its last parameter and returns as its last result. Its low half is the number
 * of instructions left before the next refill, signed; its high half the stack slots in use, biased so that the word is negative exactly
 * when there are too many. The word is the sum of both (a negative count borrows from the high half), so one addition changes both.
 * @module
 */

/**
 * Number of the form of rewritten modules: raised by every change of what the rewriting writes, so that modules which were rewritten by an
 * earlier program, and kept, are not taken for those of this one.
 */
export const REWRITING_VERSION = 2;

/** Bytes of one tracked page. */
export const TRACKED_PAGE_BYTES = 4096;

/** Bytes of a WebAssembly page. */
export const WASM_PAGE_BYTES = 65_536;

/** Most pages of a 32-bit main memory: one fewer than 2^16, so that no address that wraps around lies inside the memory. */
export const MAIN_PAGES_MAX_32 = 65_535;

/** Most pages of a 64-bit main memory: 6 GiB. Source: Internet Computer, wasm64 heap. */
export const MAIN_PAGES_MAX_64 = 98_304;

/** The undo log keeps this many bytes of the page that follows, because a store may reach into it. */
export const STRADDLE_BYTES = 256;

/** Bytes of one entry of the undo log. */
export const UNDO_ENTRY_BYTES: number = TRACKED_PAGE_BYTES + STRADDLE_BYTES;

/** Most pages of the undo log: room for an entry for every page of the largest main memory, and for growing by half. */
export const UNDO_PAGES_MAX = 160_000;

/** One stack slot in the instruction word. */
export const STACK_UNIT: number = 2 ** 32;

/**
 * What a function may cost, loops not counted, without settling the counter where it returns. Returning from the deepest stack with this much
 * after each call keeps the counter in 32 bits: 5,460 frames of 18 slots.
 */
export const UNSETTLED_COST_MAX = 262_144;

/** A single charge below this fits beside what {@link UNSETTLED_COST_MAX} allows; a larger one bypasses the word. */
export const WORD_CHARGE_MAX = 1_048_576;

/**
 * Instructions that the word holds at most. A trap that the engine raises by itself loses the count since the last refill: so many, and
 * {@link UNSETTLED_COST_MAX} for each frame that was left since the last check.
 */
export const INSTRUCTION_QUANTUM = 65_536;

/** Codes that the module passes to the import `trap`. */
export const TRAP_CODE = {
  /** The slice is used up and the message may not pause. */
  instructions: 0,
  /** The stack limit is exceeded. */
  depth: 1,
  /** The host could not enlarge a memory although it is allowed: a fault of the node. */
  hostMemory: 2,
} as const;

/** Module name of the imports that the instrumentation adds. */
export const HOST_MODULE = '__myelin';

/** Names of the exports that the instrumentation adds; canister modules may not use this prefix. */
export const RESERVED_EXPORT_PREFIX = '__myelin_';

export const EXPORT = {
  memory: '__myelin_memory',
  state: '__myelin_state',
  undo: '__myelin_undo',
  table: '__myelin_table',
  lastIndirectIndex: '__myelin_last_indirect_index',
  /** `()`: the module's start function. */
  start: '__myelin_start',
  /** `(withData: i32)`: applies the active data segments, or only drops them. */
  initialise: '__myelin_initialise',
  /** `(area: i32)`: stores the mutable globals to the state memory, loads them from it. */
  storeGlobals: '__myelin_store_globals',
  loadGlobals: '__myelin_load_globals',
  /** `(pages: i32)`: sets the logical size of the main memory, enlarging it if need be. */
  setPages: '__myelin_set_pages',
  /** `(start: f64, size: f64)`: marks the pages of a range before the host writes to it. */
  markRange: '__myelin_mark_range',
  /** `()`: adds the pages that the message wrote to across a page boundary. */
  settle: '__myelin_settle',
  commit: '__myelin_commit',
  rollback: '__myelin_rollback',
  /** `()`: forgets which pages were committed. */
  captured: '__myelin_captured',
  /** `(fun: f64, env: i64) -> i32`: calls a callback; 0 when no such function is in the table. */
  callback: '__myelin_callback',
} as const;

/** Byte offsets within the state memory. */
export type StateLayout = {
  /** One byte per tracked page: written to by the running message. */
  readonly written: number;
  /** One byte per tracked page: written to by a message that was committed since the last capture. */
  readonly committed: number;
  /** Two u32 per entry of the lists: a page written to by the running message, and a page committed since the last capture. They come last. */
  readonly lists: number;
  /** f64: instructions left in the slice beyond those in the instruction word. */
  readonly slice: number;
  /** f64: instructions left in the instruction word when it was last stored. */
  readonly word: number;
  /** i32: logical size of the main memory in 64 KiB pages, and what it was when the message began. */
  readonly pages: number;
  readonly savedPages: number;
  /** i32: lengths of the two lists. */
  readonly writtenCount: number;
  readonly committedCount: number;
  /** i32: 1 when a message that uses up its slice pauses instead of trapping. */
  readonly sliced: number;
  /** i32: 1 when a segment was dropped or a table changed. */
  readonly consumed: number;
  /** Mutable globals as they were when the message began, and room for a copy. */
  readonly savedGlobals: number;
  readonly globals: number;
  /** Size of the state memory in 64 KiB pages at first and at most. */
  readonly initialPages: number;
  readonly maximumPages: number;
};

/** Bytes of an entry of the lists, and where the committed page lies in it; the written one comes first. */
export const LIST_ENTRY_BYTES = 8;
export const COMMITTED_IN_ENTRY = 4;

/** Entries that the lists have room for at first: 4 MiB of written pages. */
const LIST_ENTRIES_MIN = 1024;

/** Where things lie in the state memory. `globalsBytes` is `InstrumentedModule.globalsBytes`. */
export function stateLayout(memory64: boolean, globalsBytes: number): StateLayout {
  const trackedPages = memory64 ? MAIN_PAGES_MAX_64 * 16 : 65_536 * 16;
  const cells = 2 * trackedPages;
  const savedGlobals = cells + 64;
  const globals = savedGlobals + globalsBytes;
  const lists = globals + globalsBytes;
  return {
    written: 0,
    committed: trackedPages,
    lists,
    slice: cells,
    word: cells + 8,
    pages: cells + 16,
    savedPages: cells + 20,
    writtenCount: cells + 24,
    committedCount: cells + 28,
    sliced: cells + 32,
    consumed: cells + 36,
    savedGlobals,
    globals,
    initialPages: Math.ceil((lists + LIST_ENTRY_BYTES * LIST_ENTRIES_MIN) / WASM_PAGE_BYTES),
    maximumPages: Math.ceil((lists + LIST_ENTRY_BYTES * trackedPages) / WASM_PAGE_BYTES),
  };
}
