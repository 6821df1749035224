/**
 * Messages through the engine alone: the cost of running one message apart from queues, cycles, history and certification.
 *
 * The canister increments a number in its memory, copies its argument and replies. Each message gets a fresh System API handler, as
 * in execution; the handler does only what the calls need.
 * @module
 */
import { canisterIdOfIndex, type PrincipalId } from '@myelin/core/base';
import type { CanisterModule, InstancePort, RunRequest, SystemApiHandler, WasmEngine } from '@myelin/core/execution';
import { PageMap } from '@myelin/core/state';
import { instrumentModule, parseModule, validateModule } from '@myelin/core/wasm';
import { createV8Engine } from '@myelin/engine';
import { echoModule } from '../src/counter-modules.ts';
import type { Benchmark } from '../src/figure.ts';
import { median, summary } from '../src/statistics.ts';

const MESSAGES_PER_BATCH = 1_000;
const CANISTER: PrincipalId = canisterIdOfIndex(1n);
const ARGUMENT = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
const INSTRUCTIONS = 1_000_000_000n;

function prepare(bytes: Uint8Array): CanisterModule {
  const parsed = parseModule(bytes);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const info = validateModule(parsed.value, 'canister');
  if (!info.ok) throw new Error(info.error.message);
  return { hash: 'measured', source: bytes, info: info.value, instrumented: instrumentModule(parsed.value) };
}

/** The part of the System API that the canister calls. */
class EchoApi implements SystemApiHandler {
  readonly [name: string]: unknown;
  readonly argument: Uint8Array;
  readonly reply: Uint8Array[] = [];
  port: InstancePort | undefined;

  constructor(argument: Uint8Array) {
    this.argument = argument;
  }

  attach(port: InstancePort): void {
    this.port = port;
  }

  memoryGrow(): boolean {
    return false;
  }

  msg_arg_data_size(): number {
    return this.argument.length;
  }

  msg_arg_data_copy(destination: number, offset: number, size: number): void {
    this.port?.write(destination, this.argument.subarray(offset, offset + size));
  }

  msg_reply_data_append(source: number, size: number): void {
    const part = this.port?.read(source, size);
    if (part !== undefined) this.reply.push(part);
  }

  msg_reply(): undefined {
    return undefined;
  }
}

/** An engine with the canister on it, and where its state stands. */
type Installed = { readonly engine: WasmEngine; readonly request: RunRequest; token: object };

/** @param method - export that each message runs. */
function install(module: CanisterModule, method: string): Installed {
  const engine = createV8Engine({});
  const token = {};
  const request: RunRequest = {
    canister: CANISTER,
    module,
    heap: { pages: PageMap.empty(), wasmPages: 0, globals: new Uint8Array(0) },
    heapToken: token,
    instance: 'fresh',
    role: 'update',
    entries: [{ kind: 'start' }],
    createApi: () => new EchoApi(ARGUMENT),
    instructionLimit: INSTRUCTIONS,
    sliceInstructions: INSTRUCTIONS,
    slicesDone: 0,
  };
  if (engine.runPlain(request)?.kind !== 'completed') throw new Error('the canister does not install');
  engine.commit(CANISTER);
  const installed: Installed = { engine, request: { ...request, instance: 'reuse', entries: [{ kind: 'export', name: method }] }, token };
  capture(installed);
  return installed;
}

/** Takes the pages that were written since the last time, as a batch does at its end. */
function capture(installed: Installed): void {
  const next = {};
  const delta = installed.engine.capture(CANISTER, installed.token, next);
  if (delta === undefined || delta.pages.length > 1) throw new Error('the canister writes one page');
  installed.token = next;
}

/** Seconds for `messages` messages with a capture after each `perCapture` of them. */
function runMessages(installed: Installed, messages: number, perCapture: number): number {
  const { engine, request } = installed;
  const began = performance.now();
  for (let start = 0; start < messages; start += perCapture) {
    const { token } = installed;
    for (let index = 0; index < perCapture; index++) {
      const outcome = engine.runPlain({ ...request, heapToken: token });
      if (outcome?.kind !== 'completed' || (outcome.api as EchoApi).reply.length !== 1) throw new Error('the canister does not reply');
      engine.commit(CANISTER);
    }
    capture(installed);
  }
  return (performance.now() - began) / 1_000;
}

/** Seconds for raw V8 to do the canister's work: the same module without instrumentation, with the least of imports. */
function runRaw(bytes: Uint8Array, messages: number): number {
  let argument = ARGUMENT;
  let replies: Uint8Array[] = [];
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes)), {
    ic0: {
      msg_arg_data_size: () => argument.length,
      msg_arg_data_copy: (destination: number, offset: number, size: number) =>
        memory.set(argument.subarray(offset, offset + size), destination),
      msg_reply_data_append: (source: number, size: number) => void replies.push(memory.slice(source, source + size)),
      msg_reply: () => undefined,
    },
  });
  const memory = new Uint8Array((instance.exports['memory'] as WebAssembly.Memory).buffer);
  const echo = instance.exports['canister_update echo'] as () => void;
  const began = performance.now();
  for (let index = 0; index < messages; index++) {
    argument = ARGUMENT;
    replies = [];
    echo();
    if (replies[0]?.length !== ARGUMENT.length) throw new Error('the canister does not reply');
  }
  return (performance.now() - began) / 1_000;
}

/** Messages per second on the engine alone, one value for each round. */
export function measureEngineRate(bytes: Uint8Array, method: string, quick: boolean): number[] {
  const installed = install(prepare(bytes), method);
  const messages = quick ? 20_000 : 200_000;
  runMessages(installed, messages, MESSAGES_PER_BATCH);
  return Array.from({ length: 5 }, () => messages / runMessages(installed, messages, MESSAGES_PER_BATCH));
}

export const engineMessages: Benchmark = async ({ quick, progress }) => {
  const bytes = await echoModule();
  const installed = install(prepare(bytes), 'canister_update echo');
  const messages = quick ? 50_000 : 400_000;
  const rounds = quick ? 3 : 9;
  const rates: { whole: number[]; captured: number[]; raw: number[] } = { whole: [], captured: [], raw: [] };
  const measures: Record<keyof typeof rates, () => number> = {
    whole: () => runMessages(installed, messages, MESSAGES_PER_BATCH),
    captured: () => runMessages(installed, messages, 1),
    raw: () => runRaw(bytes, messages),
  };
  for (const measure of Object.values(measures)) measure();
  for (let round = 0; round < rounds; round++) {
    const order = Object.keys(measures) as (keyof typeof rates)[];
    for (const name of round % 2 === 0 ? order : order.toReversed()) rates[name].push(messages / measures[name]());
    progress(`round ${round + 1} of ${rounds}: ${Math.round(rates.whole.at(-1)!)} messages/s`);
  }
  return [
    {
      name: 'engine.empty-update',
      what: 'Empty update messages through the engine: argument, reply, dirty pages, commit',
      unit: '/s',
      better: 'higher',
      ...summary(rates.whole),
      target: 1_000_000,
      references: [{ kind: 'limit', what: 'raw V8: the same export without metering, rollback or commit', value: median(rates.raw) }],
      parts: { 'with the dirty page copied out after each message, /s': median(rates.captured) },
    },
  ];
};
