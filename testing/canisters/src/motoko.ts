/**
 * Motoko canisters, compiled by the published compiler (npm `motoko`) on the spot.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileMotoko as compile, diagnosticLine, type MotokoAnswer, type MotokoJob } from 'myelin/motoko';
import { buildOnce } from './build-cache.ts';

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

const require = createRequire(import.meta.url);
const compilerVersion = (require('motoko/package.json') as { readonly version: string }).version;

/** How the compiler is set up; part of the cache key. */
const PUBLIC_METADATA = 'public candid:service, candid:args';

/** One compilation at a time: each needs several hundred MiB. */
let lastCompilation: Promise<unknown> = Promise.resolve();

async function compileInTurn(job: MotokoJob): Promise<MotokoAnswer> {
  const turn = lastCompilation.then(() => compile(job));
  lastCompilation = turn.catch(() => undefined);
  return await turn;
}

/**
 * Compiles a Motoko actor, once per source on a machine. The same source gives the same bytes.
 *
 * @param source - text of the actor; `mo:core/…` is available.
 * @throws Error with the compiler's diagnostics, one per line.
 */
export async function compileMotoko(source: string, options: MotokoOptions = {}): Promise<MotokoCanister> {
  const job: MotokoJob = { main: 'Main.mo', mode: options.mode ?? 'enhancedOP', files: { ...options.files, 'Main.mo': source } };
  const artifacts = await buildOnce(`motoko ${compilerVersion}`, [PUBLIC_METADATA, job], ['wasm', 'did', 'most'], async () => {
    const answer = await compileInTurn(job);
    if (!answer.ok) {
      const lines = answer.diagnostics.map((diagnostic) => diagnosticLine(diagnostic, (path) => path));
      throw new Error(`the Motoko source does not compile:\n${lines.join('\n')}`);
    }
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
