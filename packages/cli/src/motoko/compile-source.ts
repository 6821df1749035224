/**
 * Compiles a Motoko file with the interfaces of the canisters it imports, wherever these are known from.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, principalToText } from '@myelin/core/base';
import { managementService, printDid } from '@myelin/core/candid';
import { commandFailure } from '../terminal/index.ts';
import { compileMotoko } from './compile.ts';
import { diagnosticLine } from './diagnostics.ts';
import type { ImportedCanister, MotokoAnswer, MotokoDiagnostic } from './job.ts';
import { type MotokoSources, readMotokoSources } from './sources.ts';

/** What sources may import, undefined for what is not known. Ids are texts. */
export type KnownCanisters = {
  readonly byName: (alias: string) => Promise<{ readonly id: string; readonly candid: string } | undefined>;
  readonly byId: (id: string) => Promise<string | undefined>;
  /** What to do when a canister is not known by its name. */
  readonly remedy: (alias: string) => string;
};

export type CompiledSource = {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly candid: string;
  /** Warnings, a line each. */
  readonly remarks: readonly string[];
};

/** Compilations of this process by their job: the same sources are compiled once. */
const compilations = new Map<string, Promise<MotokoAnswer>>();
const COMPILATIONS_KEPT = 20;

const MANAGEMENT = principalToText(MANAGEMENT_CANISTER_ID);

async function readImports(sources: MotokoSources, known: KnownCanisters): Promise<ImportedCanister[]> {
  const named = sources.canisterNames.map(async (alias) => {
    const canister = await known.byName(alias);
    if (canister !== undefined) return { alias, id: canister.id, candid: canister.candid };
    const what = `no canister was deployed as '${alias}', which the sources import`;
    throw commandFailure('MOTOKO_IMPORT_UNKNOWN', what, known.remedy(alias));
  });
  const byId = sources.canisterIds.map(async (id) => {
    if (id === MANAGEMENT) return { id, candid: printDid({ types: new Map(), service: managementService }) };
    const candid = await known.byId(id);
    if (candid !== undefined) return { id, candid };
    throw commandFailure(
      'MOTOKO_IMPORT_UNKNOWN',
      `the canister ${id}, which the sources import, shows no interface`,
      'import it by a name',
    );
  });
  return await Promise.all([...named, ...byId]);
}

/**
 * Compiles one canister, once per source in a process.
 *
 * @throws IcError `MOTOKO_INVALID` with the compiler's remarks as lines, `MOTOKO_IMPORT_UNKNOWN`, `MOTOKO_…`
 */
export async function compileSource(file: string, known: KnownCanisters): Promise<CompiledSource> {
  const sources = await readMotokoSources(file);
  const { files, main, packages } = sources;
  const job = { files, main, packages, canisters: await readImports(sources, known) };
  const key = JSON.stringify(job);
  const compilation = compilations.get(key) ?? compileMotoko(job);
  if (compilations.size >= COMPILATIONS_KEPT) compilations.clear();
  compilations.set(key, compilation);
  const answer = await compilation;
  const lineOf = (remark: MotokoDiagnostic): string => diagnosticLine(remark, sources.displayPath);
  if (answer.ok) return { wasm: answer.wasm, candid: answer.candid, remarks: answer.warnings.map(lineOf) };
  throw commandFailure('MOTOKO_INVALID', `${file} does not compile`, undefined, { lines: answer.diagnostics.map(lineOf) });
}
