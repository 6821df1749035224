/**
 * An instrumented module with its inner workings laid open: for tests of the rewriting itself, below the engine.
 * @module
 */
import {
  COMMITTED_IN_ENTRY,
  EXPORT,
  HOST_MODULE,
  instrumentModule,
  type InstrumentOptions,
  type InstrumentedModule,
  LIST_ENTRY_BYTES,
  parseModule,
  type StateLayout,
  stateLayout,
  TRACKED_PAGE_BYTES,
} from '@myelin/core/wasm';

/** Instructions that no test uses up. */
export const AMPLE = 2 ** 50;

type Callable = (...values: (number | bigint)[]) => unknown;

/** The module called `trap`. */
export class TrapCode {
  readonly code: number;
  constructor(code: number) {
    this.code = code;
  }
}

export class RunningModule {
  readonly instrumented: InstrumentedModule;
  readonly exports: Record<string, WebAssembly.ExportValue>;
  readonly layout: StateLayout;
  #given = 0;
  /** Called when a sliced message pauses. */
  onPause: () => unknown = () => undefined;

  constructor(source: Uint8Array, options: InstrumentOptions = {}, imports: WebAssembly.Imports = {}) {
    const parsed = parseModule(source);
    if (!parsed.ok) throw new Error(parsed.error.message);
    this.instrumented = instrumentModule(parsed.value, options);
    this.layout = stateLayout(this.instrumented.memory64, this.instrumented.globalsBytes);
    const host = {
      trap: (code: number): never => {
        throw new TrapCode(code);
      },
      pause: new WebAssembly.Suspending(() => this.onPause()),
      grow: (): number => 1,
    };
    this.exports = new WebAssembly.Instance(new WebAssembly.Module(this.instrumented.bytes), { ...imports, [HOST_MODULE]: host }).exports;
    this.call(EXPORT.setPages, this.instrumented.initialPages);
    this.begin();
    this.call(EXPORT.initialise, 1);
    if (this.exports[EXPORT.start] !== undefined) this.call(EXPORT.start);
    this.commit();
  }

  /** The state memory as it is now: it grows. */
  get #state(): ArrayBuffer {
    return (this.exports[EXPORT.state] as WebAssembly.Memory).buffer as ArrayBuffer;
  }

  get #numbers(): Float64Array {
    return new Float64Array(this.#state);
  }

  get #words(): Int32Array {
    return new Int32Array(this.#state);
  }

  call(name: string, ...values: (number | bigint)[]): unknown {
    return (this.exports[name] as unknown as Callable)(...values);
  }

  begin(instructions: number = AMPLE, sliced = false): void {
    this.#given = instructions;
    this.#numbers[this.layout.slice / 8] = instructions;
    this.#numbers[this.layout.word / 8] = 0;
    this.#words[this.layout.savedPages / 4] = this.pages;
    this.#words[this.layout.sliced / 4] = sliced ? 1 : 0;
    this.call(EXPORT.storeGlobals, this.layout.savedGlobals);
  }

  give(instructions: number): void {
    this.#given += instructions;
    this.#numbers[this.layout.slice / 8]! += instructions;
  }

  get used(): number {
    return this.#given - this.#numbers[this.layout.slice / 8]! - this.#numbers[this.layout.word / 8]!;
  }

  /** Logical size of the main memory. */
  get pages(): number {
    return this.#words[this.layout.pages / 4]!;
  }

  get consumed(): boolean {
    return this.#words[this.layout.consumed / 4] !== 0;
  }

  settle(): void {
    this.call(EXPORT.settle);
  }

  commit(): void {
    this.call(EXPORT.commit);
  }

  rollback(): void {
    this.call(EXPORT.rollback);
  }

  /** Pages on the list of the running message. */
  written(): Set<number> {
    return new Set(this.#list(0, this.layout.writtenCount));
  }

  /** Pages committed and not captured. */
  committed(): Set<number> {
    return new Set(this.#list(COMMITTED_IN_ENTRY, this.layout.committedCount));
  }

  #list(offset: number, count: number): number[] {
    const words = this.#words;
    const length = words[count / 4]!;
    const pages = Array.from({ length }, (_, entry) => words[(this.layout.lists + entry * LIST_ENTRY_BYTES + offset) / 4]!);
    if (new Set(pages).size !== length) throw new Error('a page is listed twice');
    return pages;
  }

  /** Whether no page is marked as written to. */
  get isClean(): boolean {
    const { written, committed } = this.layout;
    return Buffer.alloc(committed - written).equals(new Uint8Array(this.#words.buffer, written, committed - written));
  }

  /** The main memory as it is now. */
  get memory(): Uint8Array {
    return new Uint8Array((this.exports[EXPORT.memory] as WebAssembly.Memory).buffer);
  }

  /** A copy of the mutable globals. */
  globals(): Uint8Array {
    const { globals } = this.layout;
    this.call(EXPORT.storeGlobals, globals);
    return new Uint8Array(this.#words.buffer).slice(globals, globals + this.instrumented.globalsBytes);
  }
}

/** Pages that differ; where one memory is longer the other counts as zero. */
export function differingPages(before: Uint8Array, after: Uint8Array): Set<number> {
  const [short, long] = before.length < after.length ? [buffer(before), buffer(after)] : [buffer(after), buffer(before)];
  const pages = new Set<number>();
  const compare = (start: number, size: number): void => {
    const end = Math.min(start + size, short.length);
    if (start >= end || short.compare(long, start, end, start, end) === 0) return;
    if (size === TRACKED_PAGE_BYTES) pages.add(start / TRACKED_PAGE_BYTES);
    else for (let part = start; part < end; part += size / 16) compare(part, size / 16);
  };
  for (let start = 0; start < short.length; start += 1 << 20) compare(start, 1 << 20);
  for (let start = short.length; start < long.length; start += TRACKED_PAGE_BYTES) {
    if (long.subarray(start, start + TRACKED_PAGE_BYTES).some((byte) => byte !== 0)) pages.add(start / TRACKED_PAGE_BYTES);
  }
  return pages;
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
