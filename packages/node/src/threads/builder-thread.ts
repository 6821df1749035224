/**
 * Program of a thread: validates, rewrites and compiles modules.
 * @module
 */
import { workerData } from 'node:worker_threads';
import { buildCanisterModule } from '@myelin/core/execution';
import type { CanisterModule } from '@myelin/core/state';
import { compileAhead } from '@myelin/engine';
import type { BuilderCalls, BuilderData } from './builder-messages.ts';
import { serveCalls } from './remote-calls.ts';

/** Compiled modules that are held, so that another thread that compiles the same bytes finds their code in the process. */
const COMPILED_MAX = 8;
const compiled: object[] = [];

/** Bytes in memory that all threads see: passing them on copies nothing. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function build(source: Uint8Array, hash: string): CanisterModule | undefined {
  const built = buildCanisterModule(source, hash);
  if (!built.ok) return undefined;
  const { instrumented } = built.value;
  compiled.push(compileAhead(built.value));
  if (compiled.length > COMPILED_MAX) compiled.shift();
  return { ...built.value, source: shared(source), instrumented: { ...instrumented, bytes: shared(instrumented.bytes) } };
}

const served: BuilderCalls = { build: async (source, hash) => build(source, hash) };
serveCalls((workerData as BuilderData).calls, served);
