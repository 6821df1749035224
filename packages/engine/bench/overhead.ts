/**
 * What instrumentation costs: instrumented against plain V8 on compiled C and on Motoko, warm and cold; and messages per second through
 * the engine.
 *
 * Plain and instrumented code run in turns, and each ratio is that of the fastest runs, so that other work on the machine disturbs little.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { canisterIdOfIndex } from '@myelin/core/base';
import type { CanisterModule, EntryPoint, HeapImage, InstancePort, RunRequest, SystemApiHandler } from '@myelin/core/execution';
import { PageMap } from '@myelin/core/state';
import { EXPORT, HOST_MODULE, instrumentModule, type InstrumentOptions, parseModule, stateLayout, validateModule } from '@myelin/core/wasm';
import { createV8Engine } from '@myelin/engine';

/** Milliseconds plain and instrumented, and their ratio. */
export type Overhead = { readonly name: string; readonly plainMs: number; readonly instrumentedMs: number; readonly ratio: number };
export type OverheadReport = { readonly rows: readonly Overhead[]; readonly geomean: number };

const fixtures = new URL('../../../testing/canisters/fixtures/workloads/', import.meta.url);

/** Sizes that take some ten milliseconds each. */
const loops: readonly (readonly [name: string, size: number])[] = [
  ['hash', 2_048],
  ['sort', 200_000],
  ['matrix', 260],
  ['bodies', 100_000],
  ['sieve', 4_000_000],
  ['table', 1_000_000],
  ['recursion', 32],
  ['interpreter', 5_000_000],
  ['copy', 30],
  ['encode', 3_000_000],
];

type Callable = (...values: number[]) => unknown;
type Build = '32' | '64' | 'simd';

function geomean(rows: readonly Overhead[]): number {
  return Math.exp(rows.reduce((sum, row) => sum + Math.log(row.ratio), 0) / rows.length);
}

function report(rows: readonly Overhead[]): OverheadReport {
  return { rows, geomean: geomean(rows) };
}

function overhead(name: string, plainMs: number, instrumentedMs: number): Overhead {
  return { name, plainMs, instrumentedMs, ratio: instrumentedMs / plainMs };
}

function milliseconds(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Other bytes for the same module, so that V8 does not find the code of an earlier copy. */
function unique(bytes: Uint8Array, serial: number): Uint8Array {
  const name = [...new TextEncoder().encode(`copy ${serial}`)];
  return Uint8Array.from([...bytes, 0, name.length + 1, name.length, ...name]);
}

function workload(build: Build): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`workloads-${build}.wasm`, fixtures)));
}

/** A function that runs one loop as a message, instrumented. */
function instrumentedRunner(source: Uint8Array, options: InstrumentOptions, serial?: number): (name: string, size: number) => unknown {
  const parsed = parseModule(source);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const module = instrumentModule(parsed.value, options);
  const layout = stateLayout(module.memory64, module.globalsBytes);
  const host = {
    trap: (code: number): never => {
      throw new Error(`trap ${code}`);
    },
    pause: (): void => undefined,
    grow: (): number => 1,
  };
  const bytes = serial === undefined ? module.bytes : unique(module.bytes, serial);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { [HOST_MODULE]: host });
  const call = (name: string, ...values: number[]): unknown => (exports[name] as Callable)(...values);
  const numbers = new Float64Array((exports[EXPORT.state] as WebAssembly.Memory).buffer);
  call(EXPORT.setPages, module.initialPages);
  return (name, size) => {
    numbers[layout.slice / 8] = 1e15;
    const result = call(name, size);
    call(EXPORT.settle);
    call(EXPORT.commit);
    return result;
  };
}

function plainRunner(source: Uint8Array): (name: string, size: number) => unknown {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(source));
  return (name, size) => (exports[name] as Callable)(size);
}

/** Steady state of the C workloads: page tracking, commit and all. */
export function measureWarm(build: Build = '32', options: InstrumentOptions = {}, rounds = 14): OverheadReport {
  const source = workload(build);
  const plain = plainRunner(source);
  const instrumented = instrumentedRunner(source, options);
  const rows = loops.map(([name, size]) => {
    let fastestPlain = Infinity;
    let fastestInstrumented = Infinity;
    for (let round = 0; round < rounds; round++) {
      fastestPlain = Math.min(
        fastestPlain,
        milliseconds(() => plain(name, size)),
      );
      fastestInstrumented = Math.min(
        fastestInstrumented,
        milliseconds(() => instrumented(name, size)),
      );
    }
    return overhead(name, fastestPlain, fastestInstrumented);
  });
  return report(rows);
}

/** The first call of a loop in a module that V8 has not seen: compilation and V8's baseline code. */
export function measureCold(build: Build = '32', rounds = 5): OverheadReport {
  const source = workload(build);
  let serial = 0;
  const rows = loops.map(([name, size]) => {
    let fastestPlain = Infinity;
    let fastestInstrumented = Infinity;
    for (let round = 0; round < rounds; round++) {
      const plain = plainRunner(unique(source, serial++));
      fastestPlain = Math.min(
        fastestPlain,
        milliseconds(() => plain(name, size)),
      );
      const instrumented = instrumentedRunner(source, {}, serial++);
      fastestInstrumented = Math.min(
        fastestInstrumented,
        milliseconds(() => instrumented(name, size)),
      );
    }
    return overhead(name, fastestPlain, fastestInstrumented);
  });
  return report(rows);
}

/** `(nat)` in Candid. */
function candidNat(value: number): Uint8Array {
  const bytes = [0x44, 0x49, 0x44, 0x4c, 0, 1, 0x7d];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

type Memory = { read(offset: number, size: number): Uint8Array; write(offset: number, bytes: Uint8Array): void };

/** The System API as far as the Motoko workload uses it. */
function motokoApi(memory: () => Memory, argument: () => Uint8Array): Record<string, (...values: number[]) => number | bigint | undefined> {
  const nothing = (): undefined => undefined;
  return {
    msg_arg_data_size: () => argument().length,
    msg_arg_data_copy: (to, from, size) => void memory().write(to!, argument().subarray(from!, from! + size!)),
    msg_caller_size: () => 1,
    msg_caller_copy: (to) => void memory().write(to!, Uint8Array.of(4)),
    canister_self_size: () => 10,
    canister_self_copy: (to, _from, size) => void memory().write(to!, new Uint8Array(size!)),
    msg_reply_data_append: nothing,
    msg_reply: nothing,
    performance_counter: () => 0n,
    time: () => 0n,
    canister_status: () => 1,
    stable64_size: () => 0n,
    stable64_grow: () => 0n,
    stable64_read: nothing,
    stable64_write: nothing,
    global_timer_set: () => 0n,
    msg_cycles_refunded128: nothing,
    debug_print: nothing,
    trap: () => {
      throw new Error('the Motoko workload trapped');
    },
  };
}

const motokoCalls: readonly (readonly [name: string, size: number])[] = [
  ['sieve', 100_000],
  ['list', 50_000],
  ['hash', 1_000_000],
  ['map', 20_000],
];

/** Makes the start function an export, so that the host may set the instance up first. */
function withStartExported(bytes: Uint8Array): Uint8Array {
  const parsed = parseModule(bytes);
  if (!parsed.ok || parsed.value.start === undefined) return bytes;
  const out: number[] = [...bytes.subarray(0, 8)];
  const lebOf = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...lebOf(value >>> 7)]);
  for (const { id, start, end } of parsed.value.sections) {
    if (id === 8 || id === 0) continue;
    let content = [...bytes.subarray(start, end)];
    if (id === 7) {
      const countBytes = content.findIndex((byte) => byte < 0x80) + 1;
      content = [
        ...lebOf(parsed.value.exports.length + 1),
        ...content.slice(countBytes),
        6,
        ...new TextEncoder().encode('$start'),
        0,
        ...lebOf(parsed.value.start),
      ];
    }
    out.push(id, ...lebOf(content.length));
    for (const byte of content) out.push(byte);
  }
  return Uint8Array.from(out);
}

/** Runs the Motoko workload on plain V8. */
function plainMotoko(source: Uint8Array): (name: string, size: number) => void {
  let argument: Uint8Array = new Uint8Array(0);
  let exports: Record<string, WebAssembly.ExportValue> = {};
  const memory: Memory = {
    read: (offset, size) => new Uint8Array((exports['mem'] as WebAssembly.Memory).buffer, offset, size),
    write: (offset, bytes) => new Uint8Array((exports['mem'] as WebAssembly.Memory).buffer).set(bytes, offset),
  };
  const api = motokoApi(
    () => memory,
    () => argument,
  );
  const ic0 = Object.fromEntries(Object.entries(api).map(([name, method]) => [name, adapt(name, method)]));
  const imports = { ic0: new Proxy(ic0, { get: (target, name: string) => target[name] ?? (() => undefined) }) };
  exports = new WebAssembly.Instance(new WebAssembly.Module(withStartExported(source)), imports).exports;
  for (const name of ['$start', 'canister_init']) (exports[name] as Callable | undefined)?.();
  return (name, size) => {
    argument = candidNat(size);
    (exports[`canister_update ${name}`] as Callable)();
  };
}

/** In the plain 64-bit module addresses and sizes are bigints. */
function adapt(name: string, method: (...values: number[]) => number | bigint | undefined): Function {
  const isSize = name.endsWith('_size') && !name.startsWith('stable');
  return (...values: (number | bigint)[]) => {
    const result = method(...values.map(Number));
    return isSize ? BigInt(result!) : result;
  };
}

/** A validated and rewritten module. */
function canisterModule(source: Uint8Array): CanisterModule {
  const parsed = parseModule(source);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const info = validateModule(parsed.value);
  if (!info.ok) throw new Error(info.error.message);
  return {
    hash: createHash('sha256').update(source).digest('hex'),
    source,
    info: info.value,
    instrumented: instrumentModule(parsed.value),
  };
}

const canister = canisterIdOfIndex(0n);
const noHeap: HeapImage = { pages: PageMap.empty(), wasmPages: 0, globals: new Uint8Array(0) };

function updateRequest(
  module: CanisterModule,
  token: object,
  entries: readonly EntryPoint[],
  createApi: () => SystemApiHandler,
): RunRequest {
  return {
    canister,
    module,
    heap: noHeap,
    heapToken: token,
    instance: 'reuse',
    role: 'update',
    entries,
    createApi,
    instructionLimit: 40_000_000_000n,
    sliceInstructions: 40_000_000_000n,
    slicesDone: 0,
  };
}

/** Runs the Motoko workload through the engine. */
function engineMotoko(source: Uint8Array): (name: string, size: number) => void {
  const engine = createV8Engine({});
  const module = canisterModule(source);
  const token = {};
  let argument: Uint8Array = new Uint8Array(0);
  const createApi = (): SystemApiHandler => {
    let port: InstancePort | undefined;
    const attach = (instance: InstancePort): void => void (port = instance);
    return {
      attach,
      memoryGrow: () => true,
      ...motokoApi(
        () => port!,
        () => argument,
      ),
    };
  };
  const run = (entries: readonly EntryPoint[], parts: Partial<RunRequest> = {}): void => {
    const outcome = engine.runPlain({ ...updateRequest(module, token, entries, createApi), ...parts });
    if (outcome?.kind !== 'completed') throw new Error(`the Motoko workload ended with ${JSON.stringify(outcome?.kind)}`);
    engine.commit(canister);
  };
  run([{ kind: 'start' }, { kind: 'export', name: 'canister_init' }], { instance: 'fresh' });
  return (name, size) => {
    argument = candidNat(size);
    run([{ kind: 'export', name: `canister_update ${name}` }]);
  };
}

/** Update calls of the Motoko workload: through the engine, with tracking and commit, against plain V8. */
export function measureMotoko(rounds = 12): OverheadReport {
  const source = new Uint8Array(gunzipSync(readFileSync(new URL('workloads-motoko.wasm.gz', fixtures))));
  const plain = plainMotoko(source);
  const engine = engineMotoko(source);
  const rows = motokoCalls.map(([name, size]) => {
    let fastestPlain = Infinity;
    let fastestEngine = Infinity;
    for (let round = 0; round < rounds; round++) {
      fastestPlain = Math.min(
        fastestPlain,
        milliseconds(() => plain(name, size)),
      );
      fastestEngine = Math.min(
        fastestEngine,
        milliseconds(() => engine(name, size)),
      );
    }
    return overhead(name, fastestPlain, fastestEngine);
  });
  return report(rows);
}

/** Messages per second, by what is done after each. */
export type MessageRates = { readonly committed: number; readonly queried: number; readonly captured: number };

/** `(module (import ic0 ...) (memory 1) (func "canister_update f"))`: copies its argument, writes to two pages, replies. */
function echoModule(): Uint8Array {
  const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
  const section = (id: number, content: number[]): number[] => [id, content.length, ...content];
  const entry = (method: string, type: number): number[] => [...name('ic0'), ...name(method), 0, type];
  const store = (address: number[]): number[] => [0x41, ...address, 0x41, 1, 0x36, 2, 0];
  const copyArgument = [0x41, 0xe4, 0, 0x41, 0, 0x10, 0, 0x10, 1];
  const body = [0, ...copyArgument, ...store([0]), ...store([0x80, 0xc0, 0]), 0x41, 0xe4, 0, 0x41, 4, 0x10, 2, 0x10, 3, 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [4, 0x60, 0, 1, 0x7f, 0x60, 3, 0x7f, 0x7f, 0x7f, 0, 0x60, 2, 0x7f, 0x7f, 0, 0x60, 0, 0]),
    ...section(2, [
      4,
      ...entry('msg_arg_data_size', 0),
      ...entry('msg_arg_data_copy', 1),
      ...entry('msg_reply_data_append', 2),
      ...entry('msg_reply', 3),
    ]),
    ...section(3, [1, 3]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...name('canister_update f'), 0, 4, ...name('canister_query g'), 0, 4]),
    ...section(10, [1, body.length, ...body]),
  ]);
}

const echoArgument = new Uint8Array(16);

class EchoApi implements SystemApiHandler {
  readonly [name: string]: unknown;
  port: InstancePort | undefined;
  reply: Uint8Array | undefined;
  attach(port: InstancePort): void {
    this.port = port;
  }
  memoryGrow(): boolean {
    return true;
  }
  msg_arg_data_size(): number {
    return echoArgument.length;
  }
  msg_arg_data_copy(to: number, from: number, size: number): void {
    this.port!.write(to, echoArgument.subarray(from, from + size));
  }
  msg_reply_data_append(from: number, size: number): void {
    this.reply = this.port!.read(from, size);
  }
  msg_reply(): void {}
}

/** Update messages that copy their argument, write to two pages and reply, through the engine alone. */
export function measureMessages(messages = 300_000, rounds = 5): MessageRates {
  const engine = createV8Engine({});
  const module = canisterModule(echoModule());
  const createApi = (): SystemApiHandler => new EchoApi();
  let token = {};
  engine.runPlain({ ...updateRequest(module, token, [], createApi), instance: 'fresh' });
  engine.commit(canister);
  engine.capture(canister, token, token);
  const heap: HeapImage = { ...noHeap, wasmPages: 1 };
  const fastest = (run: () => void): number => {
    let best = Infinity;
    for (let round = 0; round < rounds; round++) {
      best = Math.min(
        best,
        milliseconds(() => {
          for (let message = 0; message < messages; message++) run();
        }),
      );
    }
    return (messages / best) * 1000;
  };
  const query = {
    ...updateRequest(module, token, [{ kind: 'export', name: 'canister_query g' }], createApi),
    heap,
    role: 'query' as const,
  };
  const queried = fastest(() => {
    engine.runPlain(query);
    engine.rollback(canister);
  });
  const entries: readonly EntryPoint[] = [{ kind: 'export', name: 'canister_update f' }];
  const update = { ...updateRequest(module, token, entries, createApi), heap };
  const committed = fastest(() => {
    engine.runPlain(update);
    engine.commit(canister);
  });
  const captured = fastest(() => {
    engine.runPlain({ ...update, heapToken: token });
    engine.commit(canister);
    const next = {};
    engine.capture(canister, token, next);
    token = next;
  });
  return { committed, queried, captured };
}
