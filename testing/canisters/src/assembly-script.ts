/**
 * AssemblyScript canisters, compiled by the published compiler (npm `assemblyscript`) on the spot.
 *
 * Exported names cannot hold a space in AssemblyScript, so that `canister_update__inc` stands for the entry point
 * `canister_update inc`.
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { buildOnce } from './build-cache.ts';
import { renameExports } from './wasm-sections.ts';

const require = createRequire(import.meta.url);
const compilerVersion = (require('assemblyscript/package.json') as { readonly version: string }).version;

/** The part of the compiler's interface that is used. Its own types declare globals of their own (`console`) for everybody. */
type Compiler = {
  createMemoryStream(): { toString(): string };
  main(
    commandLine: readonly string[],
    host: {
      readonly stderr: { toString(): string };
      readFile(name: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): readonly string[];
    },
  ): Promise<{ readonly error: Error | null }>;
};

async function loadCompiler(): Promise<Compiler> {
  const untyped: string = 'assemblyscript/asc';
  const { default: compiler } = (await import(untyped)) as { readonly default: Compiler };
  return compiler;
}

/** Changes of the renaming below change the output: part of the cache key. */
const NAMING = 'double underscore 1';

function entryPointName(name: string): string {
  return /^canister_(?:update|query|composite_query)__/.test(name) ? name.replace('__', ' ') : name;
}

async function compile(source: string, runtime: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const asc = await loadCompiler();
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(
    [
      'canister.ts',
      '--outFile',
      'canister.wasm',
      '--optimizeLevel',
      '3',
      '--runtime',
      runtime,
      '--use',
      'abort=',
      '--enable',
      'bulk-memory',
      '--noAssert',
    ],
    {
      readFile: (name) => (name === 'canister.ts' ? source : null),
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') wasm = Uint8Array.from(contents);
      },
      listFiles: () => [],
      stderr,
    },
  );
  if (error !== null || wasm === undefined)
    throw new Error(`the AssemblyScript source does not compile:\n${stderr.toString()}`, { cause: error });
  return renameExports(wasm, entryPointName);
}

export type AssemblyScriptOptions = {
  /** `stub` never frees memory and is the smallest; `incremental` collects garbage. */
  readonly runtime?: 'stub' | 'incremental';
};

/**
 * Compiles an AssemblyScript canister: memory32, optimised.
 *
 * @param source - text of the canister; System API functions are declared with `@external("ic0", …)`.
 * @throws Error with the compiler's diagnostics.
 */
export async function assembleAssemblyScript(source: string, options: AssemblyScriptOptions = {}): Promise<Uint8Array> {
  const runtime = options.runtime ?? 'stub';
  const artifacts = await buildOnce(`assemblyscript ${compilerVersion}`, [NAMING, runtime, source], ['wasm'], async () => ({
    wasm: await compile(source, runtime),
  }));
  return artifacts.wasm;
}

/** Text of one of the AssemblyScript sources of this package, for example `universal`. */
export function readAssemblyScriptSource(name: string): string {
  return readFileSync(new URL(`../assembly/${name}.ts`, import.meta.url), 'utf8');
}
