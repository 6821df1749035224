/**
 * The part of the WebAssembly JavaScript interface that the engine uses, promise integration included. It exists, equal, in Node and in
 * browsers; no other host library is needed.
 */
declare namespace WebAssembly {
  type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'externref' | 'anyfunc';
  type ExportValue = Function | Memory | Table | Global;
  type Imports = Record<string, Record<string, Function | Suspending | Memory | Table | Global | number | bigint>>;

  class Module {
    constructor(bytes: Uint8Array);
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, ExportValue>;
  }

  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
    /** Adds pages of 64 KiB. Throws a RangeError when the host can not. */
    grow(pages: number): number;
  }

  class Table {
    /** Throws a RangeError outside the table. A 64-bit table takes a bigint. */
    get(index: number | bigint): unknown;
    readonly length: number | bigint;
  }

  class Global {
    value: number | bigint;
  }

  /** Wraps a host function: when it answers with a promise, the calling stack is suspended until the promise settles. */
  class Suspending {
    constructor(callee: (...parameters: never[]) => unknown);
  }

  /** An export that answers with a promise and may be suspended meanwhile. */
  function promising(callee: Function): (...parameters: (number | bigint)[]) => Promise<unknown>;

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}
}
