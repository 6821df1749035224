/**
 * The code of a canister for a test: a module from a file, or compiled from Motoko once per source and process.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, principalToText } from '@myelin/core/base';
import { managementService, parseDid, printDid, type ServiceNode } from '@myelin/core/candid';
import { type DeployableModule, inspectModule, readModuleFile } from '../deploy/index.ts';
import {
  compileMotoko,
  diagnosticLine,
  type ImportedCanister,
  type MotokoAnswer,
  type MotokoSources,
  readMotokoSources,
} from '../motoko/index.ts';
import { commandFailure } from '../terminal/index.ts';

/** What is installed, with the interface that it shows. */
export type TestModule = { readonly module: DeployableModule; readonly candid: string; readonly service: ServiceNode };

/** A canister that Motoko sources may import by its name. */
export type NamedCanister = { readonly id: string; readonly candid: string };

const compilations = new Map<string, Promise<MotokoAnswer>>();

function importsOf(sources: MotokoSources, known: ReadonlyMap<string, NamedCanister>): ImportedCanister[] {
  const named = sources.canisterNames.map((alias) => {
    const canister = known.get(alias);
    if (canister !== undefined) return { alias, ...canister };
    throw commandFailure(
      'MOTOKO_IMPORT_UNKNOWN',
      `no canister was deployed as '${alias}', which the sources import`,
      `deploy it on the network of the test first, with { name: '${alias}' }`,
    );
  });
  const management = principalToText(MANAGEMENT_CANISTER_ID);
  const byId = sources.canisterIds.map((id) => {
    if (id === management) return { id, candid: printDid({ types: new Map(), service: managementService }) };
    const canister = [...known.values()].find((candidate) => candidate.id === id);
    if (canister !== undefined) return canister;
    throw commandFailure('MOTOKO_IMPORT_UNKNOWN', `there is no canister ${id}, which the sources import`, 'import it by its name');
  });
  return [...named, ...byId];
}

async function compile(file: string, known: ReadonlyMap<string, NamedCanister>): Promise<Uint8Array> {
  const sources = await readMotokoSources(file);
  const job = { files: sources.files, main: sources.main, packages: sources.packages, canisters: importsOf(sources, known) };
  const key = JSON.stringify(job);
  const compilation = compilations.get(key) ?? compileMotoko(job);
  compilations.set(key, compilation);
  const answer = await compilation;
  if (answer.ok) return answer.wasm;
  const lines = answer.diagnostics.map((remark) => diagnosticLine(remark, sources.displayPath));
  // The lines belong to the message here: a test runner shows nothing else.
  throw commandFailure('MOTOKO_INVALID', [`${file} does not compile`, ...lines].join('\n'), undefined, { lines });
}

/**
 * Reads or compiles the code of a canister.
 *
 * @param candid - its interface, for a module that does not show one.
 * @throws IcError `MOTOKO_…`, `MODULE_INVALID`, `INTERFACE_MISSING`, `CANDID_TEXT_INVALID`
 */
export async function loadTestModule(
  file: string,
  candid: string | undefined,
  known: ReadonlyMap<string, NamedCanister>,
): Promise<TestModule> {
  const module = file.endsWith('.mo') ? inspectModule(await compile(file, known), file) : inspectModule(await readModuleFile(file), file, candid);
  const text = candid ?? module.candid;
  const service = text === undefined ? undefined : parseDid(text).service;
  if (text !== undefined && service !== undefined) return { module, candid: text, service };
  throw commandFailure(
    'INTERFACE_MISSING',
    `${file} shows no interface`,
    'give its Candid text, for example with { candid: readFileSync(…) }',
  );
}
