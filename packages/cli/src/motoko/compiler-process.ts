/**
 * The compiler's process: compiles one canister and ends.
 *
 * A process of its own, because the compiler keeps counters that leak into its output (only the first compilation gives reproducible
 * bytes), and because several hundred MiB of memory go back to the system with it.
 * @module
 */
import { createRequire } from 'node:module';
import { answerOnce } from '../process/index.ts';
import type { MotokoAnswer, MotokoDiagnostic, MotokoJob } from './job.ts';

type CompilerDiagnostic = {
  readonly source: string;
  readonly severity: number;
  readonly code: string;
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
};

/** The part of the compiler's interface that is used; its own types say `any`. */
type Compiler = {
  loadPackage(contents: unknown): void;
  usePackage(name: string, directory: string): void;
  setAliases(directory: string, aliases: Readonly<Record<string, string>>): void;
  setPublicMetadata(names: readonly string[]): void;
  setExtraFlags(flags: readonly string[]): void;
  write(path: string, source: string): void;
  check(path: string): readonly CompilerDiagnostic[];
  wasm(path: string, mode: 'ic'): { readonly wasm: Uint8Array; readonly candid: string; readonly stable: string | null };
  readonly compiler: { gcFlags(flag: string): void };
};

const INTERFACE_FOLDER = '.interfaces';
const SEVERITIES: Readonly<Record<number, MotokoDiagnostic['severity']>> = { 1: 'error', 2: 'warning' };

function readDiagnostic({ source, severity, code, message, range: { start } }: CompilerDiagnostic): MotokoDiagnostic {
  return {
    path: source,
    line: start.line + 1,
    column: start.character + 1,
    severity: SEVERITIES[severity] ?? 'info',
    code,
    message,
  };
}

function prepare(motoko: Compiler, job: MotokoJob): void {
  motoko.compiler.gcFlags(job.mode ?? 'enhancedOP');
  if (job.collector !== undefined) motoko.compiler.gcFlags(job.collector);
  if (job.flags !== undefined && job.flags.length > 0) motoko.setExtraFlags(job.flags);
  // Anybody may ask a canister what it offers and how it is installed.
  motoko.setPublicMetadata(['candid:service', 'candid:args', ...(job.publicMetadata ?? [])]);
  for (const [path, source] of Object.entries(job.files)) motoko.write(path, source);
  for (const [name, folder] of Object.entries(job.packages ?? {})) motoko.usePackage(name, folder);
  const aliases: Record<string, string> = {};
  for (const { alias, id, candid } of job.canisters ?? []) {
    motoko.write(`${INTERFACE_FOLDER}/${id}.did`, candid);
    if (alias !== undefined) aliases[alias] = id;
  }
  motoko.setAliases(INTERFACE_FOLDER, aliases);
}

function compile(job: MotokoJob): MotokoAnswer {
  const require = createRequire(import.meta.url);
  const { default: motoko } = require('motoko') as { readonly default: Compiler };
  motoko.loadPackage(require('motoko/packages/latest/core.json'));
  prepare(motoko, job);
  const diagnostics = motoko.check(job.main).map(readDiagnostic);
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics };
  try {
    const { wasm, candid, stable } = motoko.wasm(job.main, 'ic');
    return { ok: true, wasm: Uint8Array.from(wasm), candid, stableTypes: stable ?? '', warnings: diagnostics };
  } catch (error) {
    // What only the code generator refuses has no place.
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, diagnostics: [...diagnostics, { path: job.main, line: 1, column: 1, severity: 'error', code: '', message }] };
  }
}

answerOnce(compile);
