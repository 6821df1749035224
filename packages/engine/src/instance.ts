/**
 * One instance of a canister module: a cache of the canister's memory and globals that runs messages.
 *
 * It stands at a heap token; messages that were committed since then are uncaptured. The running message can always be undone.
 * @module
 */
import { assert, IcError } from '@myelin/core/base';
import type { CanisterModule, EntryPoint, HeapDelta, HeapImage, InstancePort, SystemApiHandler } from '@myelin/core/execution';
import {
  COMMITTED_IN_ENTRY,
  EXPORT,
  HOST_MODULE,
  LIST_ENTRY_BYTES,
  stateLayout,
  type StateLayout,
  TRACKED_PAGE_BYTES,
  WASM_PAGE_BYTES,
} from '@myelin/core/wasm';
import { IDLE_UNDO_PAGES_MAX } from './limits.ts';
import { HeapAccessTrap, trapSignals } from './signals.ts';
import { systemApiImports } from './system-api-imports.ts';

type Callable = (...parameters: (number | bigint)[]) => number | undefined;
type AsyncCallable = (...parameters: (number | bigint)[]) => Promise<unknown>;

/**
 * Captured pages share buffers of so many: making a buffer costs several times as much as copying a page (3 pages, Node 26: 16 us apart, 6 us
 * in one), and a buffer lives as long as any of its pages.
 */
const PAGES_PER_BLOCK = 8;

/** Stands for "no message runs"; every call on it is a bug. */
const NO_API = {} as SystemApiHandler;

/** Decides what happens when a sliced message has used up its slice: nothing (go on) or a promise to wait for. */
export type PauseHandler = () => Promise<void> | undefined;

export class CanisterInstance implements InstancePort {
  readonly module: CanisterModule;
  /** Whether the code is a copy that V8 had not optimised when the instance was made. */
  readonly isCold: boolean;
  /** Handler of the running message; read by the imports. */
  api: SystemApiHandler = NO_API;
  /** Token of the state that memory and globals had when nothing was uncaptured. */
  token: object | undefined;
  /** Further token of the same state. */
  alias: object | undefined;
  /** Image of the state at `token`, when known. */
  image: HeapImage | undefined;
  /** Whether messages were committed since `token`. */
  uncaptured = false;
  /** When the instance was last used, on the engine's counter. */
  lastUsed = 0;
  onPause: PauseHandler | undefined;

  readonly #layout: StateLayout;
  readonly #exports: Record<string, Callable>;
  readonly #memory: WebAssembly.Memory;
  readonly #state: WebAssembly.Memory;
  readonly #undo: WebAssembly.Memory;
  readonly #table: WebAssembly.Table | undefined;
  readonly #lastIndirectIndex: WebAssembly.Global;
  /** Views of the state memory; empty once it has grown. */
  #bytesView: Uint8Array = new Uint8Array(0);
  #wordsView: Int32Array = new Int32Array(0);
  #numbersView: Float64Array = new Float64Array(0);
  readonly #sliceCell: number;
  readonly #wordCell: number;
  readonly #pagesCell: number;
  readonly #settle: Callable;
  readonly #commit: Callable;
  readonly #rollback: Callable;
  readonly #storeGlobals: Callable;
  readonly #suspendable: Map<string, AsyncCallable> = new Map();
  #bytes: Uint8Array = new Uint8Array(0);
  /** Instructions given to the running message so far. */
  #given = 0;
  #measured = 0;

  constructor(module: CanisterModule, compiled: WebAssembly.Module, isCold = false) {
    this.module = module;
    this.isCold = isCold;
    const { memory64, globalsBytes } = module.instrumented;
    const instance = new WebAssembly.Instance(compiled, this.#imports());
    const { exports } = instance;
    this.#exports = exports as unknown as Record<string, Callable>;
    this.#memory = exports[EXPORT.memory] as WebAssembly.Memory;
    this.#undo = exports[EXPORT.undo] as WebAssembly.Memory;
    this.#table = exports[EXPORT.table] as WebAssembly.Table | undefined;
    this.#lastIndirectIndex = exports[EXPORT.lastIndirectIndex] as WebAssembly.Global;
    this.#layout = stateLayout(memory64, globalsBytes);
    this.#state = exports[EXPORT.state] as WebAssembly.Memory;
    this.#sliceCell = this.#layout.slice / 8;
    this.#wordCell = this.#layout.word / 8;
    this.#pagesCell = this.#layout.pages / 4;
    this.#settle = this.#exports[EXPORT.settle]!;
    this.#commit = this.#exports[EXPORT.commit]!;
    this.#rollback = this.#exports[EXPORT.rollback]!;
    this.#storeGlobals = this.#exports[EXPORT.storeGlobals]!;
    this.measure();
  }

  #viewState(): void {
    const { buffer } = this.#state;
    this.#bytesView = new Uint8Array(buffer);
    this.#wordsView = new Int32Array(buffer);
    this.#numbersView = new Float64Array(buffer);
  }

  get #stateBytes(): Uint8Array {
    if (this.#bytesView.length === 0) this.#viewState();
    return this.#bytesView;
  }

  get #stateWords(): Int32Array {
    if (this.#wordsView.length === 0) this.#viewState();
    return this.#wordsView;
  }

  get #stateNumbers(): Float64Array {
    if (this.#numbersView.length === 0) this.#viewState();
    return this.#numbersView;
  }

  #imports(): WebAssembly.Imports {
    const host: Record<string, Function | WebAssembly.Suspending> = {
      trap: (code: number): never => {
        throw trapSignals[code];
      },
      pause: new WebAssembly.Suspending(() => this.onPause?.()),
      grow: (current: number, additional: number): number => (this.api.memoryGrow(current, additional) ? 1 : 0),
    };
    return { [HOST_MODULE]: host, ic0: systemApiImports(this) };
  }

  // The message that runs.

  /** Prepares for a message: what it changes from now on can be undone. */
  begin(api: SystemApiHandler, instructions: bigint, sliced: boolean): void {
    this.api = api;
    this.#given = Number(instructions);
    this.#stateNumbers[this.#sliceCell] = this.#given;
    this.#stateNumbers[this.#wordCell] = 0;
    const words = this.#stateWords;
    words[this.#layout.sliced / 4] = sliced ? 1 : 0;
    words[this.#layout.savedPages / 4] = words[this.#pagesCell]!;
    if (this.module.instrumented.globalsBytes > 0) this.#storeGlobals(this.#layout.savedGlobals);
    api.attach(this);
  }

  /** Calls an entry point; false when a callback does not exist. Throws what ends the message. */
  call(entry: EntryPoint): boolean {
    switch (entry.kind) {
      case 'export':
        this.#function(entry.name)();
        return true;
      case 'start':
        this.#exports[EXPORT.start]?.();
        return true;
      case 'callback':
        return this.#exports[EXPORT.callback]!(entry.fun, BigInt.asIntN(64, entry.env)) === 1;
    }
  }

  /** Like `call`, on a stack that can be suspended. */
  async callSuspendable(entry: EntryPoint): Promise<boolean> {
    const name = entry.kind === 'export' ? entry.name : entry.kind === 'start' ? EXPORT.start : EXPORT.callback;
    if (entry.kind === 'start' && this.#exports[name] === undefined) return true;
    let suspendable = this.#suspendable.get(name);
    if (suspendable === undefined) {
      suspendable = WebAssembly.promising(this.#function(name));
      this.#suspendable.set(name, suspendable);
    }
    if (entry.kind !== 'callback') {
      await suspendable();
      return true;
    }
    return (await suspendable(entry.fun, BigInt.asIntN(64, entry.env))) === 1;
  }

  #function(name: string): Callable {
    const callable = this.#exports[name];
    assert(callable !== undefined, `the caller names an exported function, not ${name}`);
    return callable;
  }

  /** Gives the running message more instructions. */
  give(instructions: number): void {
    this.#given += instructions;
    this.#stateNumbers[this.#sliceCell]! += instructions;
  }

  /** Instructions given to the running message so far. */
  get given(): number {
    return this.#given;
  }

  /** Instructions that the message has used so far. */
  get used(): number {
    return this.#given - this.#stateNumbers[this.#sliceCell]! - this.#stateNumbers[this.#wordCell]!;
  }

  /** Finds all pages that the message wrote to; returns how many. */
  settle(): number {
    this.#settle();
    return this.#stateWords[this.#layout.writtenCount / 4]!;
  }

  /** Keeps what the message did. */
  commit(): void {
    const words = this.#stateWords;
    if (
      words[this.#layout.writtenCount / 4] !== 0 ||
      words[this.#pagesCell] !== words[this.#layout.savedPages / 4] ||
      this.module.instrumented.globalsBytes > 0
    ) {
      this.uncaptured = true;
    }
    this.#commit();
    this.api = NO_API;
  }

  /** Undoes what the message did. */
  rollback(): void {
    this.#rollback();
    this.api = NO_API;
  }

  /** Index of the last indirect call: what is in the table there. */
  lastIndirectEntry(): unknown {
    const index = this.#lastIndirectIndex.value as number;
    const table = this.#table;
    if (table === undefined) return null;
    return table.get(typeof table.length === 'bigint' ? BigInt(index >>> 0) : index >>> 0);
  }

  // InstancePort: the host side of the running message.

  get #main(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#memory.buffer);
    return this.#bytes;
  }

  contains(offset: number, size: number): boolean {
    return offset + size <= this.#stateWords[this.#pagesCell]! * WASM_PAGE_BYTES;
  }

  read(offset: number, size: number): Uint8Array {
    if (!this.contains(offset, size)) throw new HeapAccessTrap();
    return this.#main.slice(offset, offset + size);
  }

  write(offset: number, bytes: Uint8Array): void {
    if (!this.contains(offset, bytes.length)) throw new HeapAccessTrap();
    if (bytes.length === 0) return;
    const first = Math.floor(offset / TRACKED_PAGE_BYTES);
    const last = Math.floor((offset + bytes.length - 1) / TRACKED_PAGE_BYTES);
    if (first !== last || this.#stateBytes[first] === 0) this.#exports[EXPORT.markRange]!(offset, bytes.length);
    this.#main.set(bytes, offset);
  }

  charge(instructions: number): void {
    this.#stateNumbers[this.#sliceCell]! -= instructions;
  }

  instructionsUsed(): bigint {
    return BigInt(this.used);
  }

  // Between messages.

  /** Logical size of the main memory in 64 KiB pages. */
  get wasmPages(): number {
    return this.#stateWords[this.#pagesCell]!;
  }

  /** Bytes of its memories, touched or not, when they were counted last. */
  get bytes(): number {
    return this.#measured;
  }

  /** Counts its memories anew: to be called when they may have grown. @returns whether they have */
  measure(): boolean {
    const before = this.#measured;
    this.#measured = this.#memory.buffer.byteLength + this.#undo.buffer.byteLength + this.#state.buffer.byteLength;
    return this.#measured > before;
  }

  /** Whether a replicated message must not run here: memory beyond the logical size exists, segments were dropped, tables changed. */
  get isSpent(): boolean {
    const physical = this.#memory.buffer.byteLength / WASM_PAGE_BYTES;
    return physical > this.wasmPages || this.#stateWords[this.#layout.consumed / 4] !== 0;
  }

  /** Whether dropped segments or changed tables make the instance useless for any message. */
  get isConsumed(): boolean {
    return this.#stateWords[this.#layout.consumed / 4] !== 0;
  }

  /** Whether the undo log holds more of the host's memory than an idle instance should. */
  get hoards(): boolean {
    return this.#undo.buffer.byteLength > IDLE_UNDO_PAGES_MAX * WASM_PAGE_BYTES;
  }

  /** Makes the instance a fresh one: data segments are applied as part of the running message unless memory is kept. */
  initialise(kept: HeapImage | undefined): void {
    this.#exports[EXPORT.setPages]!(Math.max(this.module.instrumented.initialPages, kept?.wasmPages ?? 0));
    // A memory that was not kept is new as a whole: nothing of it must be saved.
    this.#stateWords[this.#layout.savedPages / 4] = kept === undefined ? 0 : this.wasmPages;
    if (kept !== undefined) this.#load(kept.pages.entries());
    this.#exports[EXPORT.initialise]!(kept === undefined ? 1 : 0);
    this.measure();
  }

  /** Puts an image in place of what a new instance holds. */
  restore(heap: HeapImage): void {
    this.#exports[EXPORT.setPages]!(heap.wasmPages);
    this.#exports[EXPORT.initialise]!(0);
    this.#load(heap.pages.entries());
    this.#loadGlobals(heap.globals);
    this.measure();
  }

  #load(pages: Iterable<readonly [number, Uint8Array]>): void {
    const main = this.#main;
    for (const [index, bytes] of pages) main.set(bytes, index * TRACKED_PAGE_BYTES);
  }

  #loadGlobals(globals: Uint8Array): void {
    if (globals.length === 0) return;
    assert(globals.length === this.module.instrumented.globalsBytes, 'the globals of an image are in the layout of its module');
    this.#stateBytes.set(globals, this.#layout.globals);
    this.#exports[EXPORT.loadGlobals]!(this.#layout.globals);
  }

  /** The mutable globals, in the layout of the module. */
  globals(): Uint8Array {
    const { globals } = this.#layout;
    this.#storeGlobals(globals);
    return this.#stateBytes.slice(globals, globals + this.module.instrumented.globalsBytes);
  }

  /** Indexes of the pages committed since the last capture, ascending. */
  committedPages(): Uint32Array {
    const count = this.#stateWords[this.#layout.committedCount / 4]!;
    const pages = new Uint32Array(count);
    const words = this.#stateWords;
    for (let entry = 0; entry < count; entry++) pages[entry] = words[this.#committedEntry(entry)]!;
    return pages.sort();
  }

  /**
   * What was committed since the last capture; forgets that it was.
   * @param newBlock - gives memory for some pages.
   */
  capture(newBlock: (bytes: number) => ArrayBufferLike): HeapDelta {
    const main = this.#main;
    const pages: (readonly [number, Uint8Array])[] = [];
    const committed = this.committedPages();
    let block: ArrayBufferLike = new ArrayBuffer(0);
    let offset = 0;
    for (const [position, index] of committed.entries()) {
      if (offset === block.byteLength) {
        block = newBlock(Math.min(PAGES_PER_BLOCK, committed.length - position) * TRACKED_PAGE_BYTES);
        offset = 0;
      }
      const start = index * TRACKED_PAGE_BYTES;
      const page = new Uint8Array(block, offset, TRACKED_PAGE_BYTES);
      page.set(main.subarray(start, start + TRACKED_PAGE_BYTES));
      pages.push([index, page]);
      offset += TRACKED_PAGE_BYTES;
    }
    this.#exports[EXPORT.captured]!();
    this.uncaptured = false;
    return { pages, wasmPages: this.wasmPages, globals: this.globals() };
  }

  /** Moves a restored or captured instance to another image of the same canister, page by page where they differ. */
  rebase(from: HeapImage, to: HeapImage): void {
    if (to.wasmPages !== this.wasmPages) this.#exports[EXPORT.setPages]!(to.wasmPages);
    const main = this.#main;
    const move = (index: number): void => {
      const page = to.pages.get(index);
      const start = index * TRACKED_PAGE_BYTES;
      if (page !== undefined) main.set(page, start);
      else if (start < main.length) main.fill(0, start, start + TRACKED_PAGE_BYTES);
    };
    for (const index of this.committedPages()) move(index);
    this.#exports[EXPORT.captured]!();
    for (const index of from.pages.unshared(to.pages)) move(index);
    this.#loadGlobals(to.globals);
    this.uncaptured = false;
  }

  /** Takes over memory, globals and what is uncaptured from an instance of the same module that stands at the same image. */
  inherit(from: CanisterInstance): void {
    const { image } = from;
    this.#exports[EXPORT.setPages]!(from.wasmPages);
    this.#exports[EXPORT.initialise]!(0);
    if (image !== undefined) this.#load(image.pages.entries());
    const committed = from.committedPages();
    const source = from.#main;
    const main = this.#main;
    if (image === undefined) main.set(source.subarray(0, main.length));
    for (const index of committed) {
      const start = index * TRACKED_PAGE_BYTES;
      main.set(source.subarray(start, start + TRACKED_PAGE_BYTES), start);
    }
    this.#loadGlobals(from.globals());
    this.#inheritCommitted(committed);
    this.token = from.token;
    this.alias = from.alias;
    this.image = image;
    this.uncaptured = from.uncaptured;
    this.measure();
  }

  #inheritCommitted(committed: Uint32Array): void {
    const { committed: map, lists, committedCount } = this.#layout;
    const missing = lists + committed.length * LIST_ENTRY_BYTES - this.#state.buffer.byteLength;
    try {
      if (missing > 0) this.#state.grow(Math.ceil(missing / WASM_PAGE_BYTES));
    } catch (cause) {
      throw engineFault('ENGINE_OUT_OF_MEMORY', 'the host has no memory for the list of pages that were written', cause);
    }
    const [bytes, words] = [this.#stateBytes, this.#stateWords];
    for (const [entry, index] of committed.entries()) {
      bytes[map + index] = 1;
      words[this.#committedEntry(entry)] = index;
    }
    words[committedCount / 4] = committed.length;
  }

  /** Where an entry of the list of committed pages lies among the words of the state. */
  #committedEntry(entry: number): number {
    return (this.#layout.lists + entry * LIST_ENTRY_BYTES + COMMITTED_IN_ENTRY) / 4;
  }
}

/** The host could not do what the protocol allows: never an outcome of the message. */
export function engineFault(
  code: 'ENGINE_OUT_OF_MEMORY' | 'ENGINE_STACK_TOO_SMALL' | 'ENGINE_UNKNOWN_TRAP' | 'ENGINE_REFUSED_MODULE',
  message: string,
  cause: unknown,
): IcError {
  return new IcError({ code }, message, { cause });
}
