/**
 * Modules compiled from Motoko, with the interfaces of the canisters they import.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalFromText, principalToText } from '@myelin/core/base';
import { managementService, printDid } from '@myelin/core/candid';
import { type Connection, readMetadata } from '../client/index.ts';
import { compileMotoko, diagnosticLine, type ImportedCanister, type MotokoSources, readMotokoSources } from '../motoko/index.ts';
import { readCanisterIds } from '../project/index.ts';
import { commandFailure, type Terminal } from '../terminal/index.ts';
import { type DeployableModule, inspectModule } from './module-file.ts';

async function readInterface(connection: Connection, id: PrincipalId, importedAs: string): Promise<string> {
  if (id === MANAGEMENT_CANISTER_ID) return printDid({ types: new Map(), service: managementService });
  const candid = await readMetadata(connection, id, 'candid:service');
  if (candid !== undefined) return candid;
  throw commandFailure(
    'MOTOKO_IMPORT_UNKNOWN',
    `the canister behind the import "${importedAs}" (${principalToText(id)}) shows no interface`,
    'deploy it first, with public metadata candid:service',
  );
}

async function readImports(sources: MotokoSources, connection: Connection, stateFolder: string): Promise<ImportedCanister[]> {
  const ids = await readCanisterIds(stateFolder, connection.rootKey);
  const named = sources.canisterNames.map(async (alias): Promise<ImportedCanister> => {
    const id = ids.get(alias);
    if (id === undefined) {
      throw commandFailure(
        'MOTOKO_IMPORT_UNKNOWN',
        `no canister was deployed as '${alias}', which the sources import`,
        `deploy it first: myelin deploy FILE --name ${alias}`,
      );
    }
    return { alias, id: principalToText(id), candid: await readInterface(connection, id, `canister:${alias}`) };
  });
  const byId = sources.canisterIds.map(async (id): Promise<ImportedCanister> => ({
    id,
    candid: await readInterface(connection, principalFromText(id), `ic:${id}`),
  }));
  return await Promise.all([...named, ...byId]);
}

/**
 * Compiles a Motoko actor.
 *
 * @param packages - folders of packages by name.
 * @throws IcError `MOTOKO_INVALID` with the compiler's remarks, `MOTOKO_IMPORT_UNKNOWN`, `MOTOKO_…`
 */
export async function compileModule(
  path: string,
  packages: Readonly<Record<string, string>>,
  connection: Connection,
  stateFolder: string,
  terminal: Terminal,
): Promise<DeployableModule> {
  const sources = await readMotokoSources(path, packages);
  const canisters = await readImports(sources, connection, stateFolder);
  const job = { files: sources.files, main: sources.main, packages: sources.packages, canisters };
  const answer = await terminal.during(`Compiling ${path}`, compileMotoko(job));
  const remarks = (answer.ok ? answer.warnings : answer.diagnostics).map((remark) => diagnosticLine(remark, sources.displayPath));
  if (!answer.ok) throw commandFailure('MOTOKO_INVALID', `${path} does not compile`, undefined, { lines: remarks });
  for (const remark of remarks) terminal.note(remark);
  return inspectModule(answer.wasm, path);
}
