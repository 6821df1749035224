/**
 * Instances of instrumented modules on V8, with the smallest host that lets them run.
 * @module
 */
import { EXPORT, HOST_MODULE, instrumentModule, stateLayout } from '../../../src/wasm/index.ts';
import type { InstrumentOptions, ParsedModule } from '../../../src/wasm/index.ts';

export type ImportValue = WebAssembly.ExportValue | number;
export type Imports = Record<string, Record<string, ImportValue>>;
export type Exports = Record<string, WebAssembly.ExportValue>;

/** Instructions of one call: more than the largest length of a bulk instruction (2^64), which is charged before its bounds are checked. */
const INSTRUCTIONS = 2 ** 70;

/** The module trapped through the host: out of instructions, stack, or memory. */
export class HostTrap extends Error {
  readonly trapCode: number;
  constructor(trapCode: number) {
    super(`host trap ${trapCode}`);
    this.trapCode = trapCode;
  }
}

/** An instance and how to give it the instructions of one call. */
export type Running = { readonly exports: Exports; readonly refill: () => void };

/** Compiles and instantiates, applies data segments and runs the start function. Traps are thrown. */
export function instantiate(module: ParsedModule, imports: Imports, options: InstrumentOptions = {}): Running {
  const instrumented = instrumentModule(module, options);
  const host: Imports[string] = {
    trap: (code: number) => {
      throw new HostTrap(code);
    },
    pause: () => {
      throw new Error('no script pauses');
    },
    grow: () => 1,
  };
  const compiled = new WebAssembly.Module(instrumented.bytes);
  const { exports } = new WebAssembly.Instance(compiled, { ...imports, [HOST_MODULE]: host });
  const state = exports[EXPORT.state] as WebAssembly.Memory;
  const { slice } = stateLayout(instrumented.memory64, instrumented.globalsBytes);
  const refill = (): void => new DataView(state.buffer).setFloat64(slice, INSTRUCTIONS, true);
  refill();
  const run = (name: string, ...args: number[]): void => (exports[name] as (...args: number[]) => void)(...args);
  run(EXPORT.setPages, instrumented.initialPages);
  run(EXPORT.initialise, 1);
  if (module.start !== undefined) run(EXPORT.start);
  return { exports, refill };
}
