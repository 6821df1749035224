/**
 * Compiles one Motoko canister and ends. The compiler keeps counters that leak into its output, so that only the first compilation
 * of a process or worker gives reproducible bytes.
 * @module
 */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

/** What the worker is started with. */
export type MotokoJob = {
  /** Sources by path; `main` names the actor. */
  readonly files: Readonly<Record<string, string>>;
  readonly main: string;
  readonly mode: 'enhancedOP' | 'classicOP';
};

/** What it answers. */
export type MotokoAnswer =
  | { readonly ok: true; readonly wasm: Uint8Array; readonly candid: string; readonly stableTypes: string }
  | { readonly ok: false; readonly diagnostics: readonly string[] };

type Diagnostic = {
  readonly source: string;
  readonly severity: number;
  readonly code: string;
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
};

/** The part of the compiler's interface that is used; its own types say `any`. */
type Compiler = {
  loadPackage(contents: unknown): void;
  write(path: string, source: string): void;
  check(path: string): readonly Diagnostic[];
  wasm(path: string, mode: 'ic'): { readonly wasm: Uint8Array; readonly candid: string; readonly stable: string | null };
  readonly compiler: { gcFlags(flag: string): void };
};

const ERROR_SEVERITY = 1;

function compile(job: MotokoJob): MotokoAnswer {
  const require = createRequire(import.meta.url);
  const { default: motoko } = require('motoko') as { readonly default: Compiler };
  motoko.loadPackage(require('motoko/packages/latest/core.json'));
  motoko.compiler.gcFlags(job.mode);
  for (const [path, source] of Object.entries(job.files)) motoko.write(path, source);
  const errors = motoko.check(job.main).filter(({ severity }) => severity === ERROR_SEVERITY);
  if (errors.length > 0) {
    const texts = errors.map(
      ({ source, range: { start }, code, message }) => `${source}:${start.line + 1}:${start.character + 1} ${code} ${message}`,
    );
    return { ok: false, diagnostics: texts };
  }
  const { wasm, candid, stable } = motoko.wasm(job.main, 'ic');
  return { ok: true, wasm: Uint8Array.from(wasm), candid, stableTypes: stable ?? '' };
}

parentPort?.postMessage(compile(workerData as MotokoJob));
