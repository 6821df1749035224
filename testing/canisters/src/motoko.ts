/**
 * Motoko canisters, compiled by the published compiler (npm `motoko`) on the spot.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { buildOnce } from './build-cache.ts';
import type { MotokoAnswer, MotokoJob } from './motoko-worker.ts';

/** A compiled canister and its interface. */
export type MotokoCanister = {
  readonly wasm: Uint8Array;
  /** Candid text of its service. */
  readonly candid: string;
  /** Motoko's description of what outlives an upgrade, or '' when there is none. */
  readonly stableTypes: string;
};

export type MotokoOptions = {
  /** `enhancedOP` (memory64, the heap outlives upgrades; Motoko's default) or `classicOP` (memory32, stable memory). */
  readonly mode?: 'enhancedOP' | 'classicOP';
  /** Further sources, by the path that imports use: `{ 'Child.mo': '…' }` for `import Child "Child"`. */
  readonly files?: Readonly<Record<string, string>>;
};

/** Memory of one compilation, in MiB: the largest canister here needs a third of it. */
const COMPILER_HEAP_MIB = 1024;

const require = createRequire(import.meta.url);
const compilerVersion = (require('motoko/package.json') as { readonly version: string }).version;

function runCompiler(job: MotokoJob): Promise<MotokoAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./motoko-worker.ts', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: COMPILER_HEAP_MIB },
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the Motoko compiler ended with code ${code} without an answer`)));
  });
}

/** One compilation at a time: each needs several hundred MiB. */
let lastCompilation: Promise<unknown> = Promise.resolve();

async function compileInTurn(job: MotokoJob): Promise<MotokoAnswer> {
  const turn = lastCompilation.then(() => runCompiler(job));
  lastCompilation = turn.catch(() => undefined);
  return await turn;
}

/**
 * Compiles a Motoko actor. The same source gives the same bytes.
 *
 * @param source - text of the actor; `mo:core/…` is available.
 * @throws Error with the compiler's diagnostics, one per line.
 */
export async function compileMotoko(source: string, options: MotokoOptions = {}): Promise<MotokoCanister> {
  const job: MotokoJob = { main: 'Main.mo', mode: options.mode ?? 'enhancedOP', files: { ...options.files, 'Main.mo': source } };
  const artifacts = await buildOnce(`motoko ${compilerVersion}`, job, ['wasm', 'did', 'most'], async () => {
    const answer = await compileInTurn(job);
    if (!answer.ok) throw new Error(`the Motoko source does not compile:\n${answer.diagnostics.join('\n')}`);
    const encoder = new TextEncoder();
    return { wasm: answer.wasm, did: encoder.encode(answer.candid), most: encoder.encode(answer.stableTypes) };
  });
  const decoder = new TextDecoder();
  return { wasm: artifacts.wasm, candid: decoder.decode(artifacts.did), stableTypes: decoder.decode(artifacts.most) };
}

/** Text of one of the Motoko sources of this package, for example `counter`. */
export function readMotokoSource(name: string): string {
  return readFileSync(new URL(`../motoko/${name}.mo`, import.meta.url), 'utf8');
}
