/**
 * Makes canister modules from WebAssembly text or bytes, and runs messages on them with a System API that tests program.
 * @module
 */
import { createHash } from 'node:crypto';
import { canisterIdOfIndex, type PrincipalId } from '@myelin/core/base';
import type { CanisterModule, EntryPoint, HeapImage, InstancePort, RunRequest, SystemApiHandler } from '@myelin/core/execution';
import { PageMap } from '@myelin/core/state';
import { instrumentModule, type InstrumentOptions, parseModule, validateModule } from '@myelin/core/wasm';
import { assembleText } from '../../../core/test/wasm/text/script.ts';

/** Validates and instruments a module. */
export function canisterModule(
  source: Uint8Array | string,
  options: InstrumentOptions & { profile?: 'canister' | 'webassembly' } = {},
): CanisterModule {
  const bytes = typeof source === 'string' ? assembleText(source) : source;
  const parsed = parseModule(bytes);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const info = validateModule(parsed.value, options.profile ?? 'canister');
  if (!info.ok) throw new Error(info.error.message);
  const hash = createHash('sha256').update(bytes).update(JSON.stringify(options)).digest('hex');
  return { hash, source: bytes, info: info.value, instrumented: instrumentModule(parsed.value, options) };
}

export const canisterId: PrincipalId = canisterIdOfIndex(1n);

export const emptyHeap: HeapImage = { pages: PageMap.empty(), wasmPages: 0, globals: new Uint8Array(0) };

/** Calls of the System API that a test answers; `port` is the running instance. */
export type TestApi = Record<string, (...values: never[]) => unknown>;

export function handler(calls: TestApi = {}): SystemApiHandler & { port: InstancePort } {
  const api = {
    port: undefined as unknown as InstancePort,
    attach(port: InstancePort): void {
      api.port = port;
    },
    memoryGrow: () => true,
    ...calls,
  };
  return api;
}

export const exported = (name: string): EntryPoint => ({ kind: 'export', name });

/** A request with the defaults of an update call. */
export function request(module: CanisterModule, parts: Partial<RunRequest> = {}): RunRequest {
  return {
    canister: canisterId,
    module,
    heap: emptyHeap,
    heapToken: module,
    instance: 'reuse',
    role: 'update',
    entries: [],
    createApi: () => handler(),
    instructionLimit: 1_000_000_000n,
    sliceInstructions: 1_000_000_000n,
    slicesDone: 0,
    ...parts,
  };
}
