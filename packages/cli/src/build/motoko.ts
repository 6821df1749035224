/**
 * Builds of Motoko canisters.
 * @module
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { MANAGEMENT_CANISTER_ID, principalFromText, principalToText } from '@myelin/core/base';
import { managementService, printDid, serviceCompatible } from '@myelin/core/candid';
import type { ProjectCanister } from '../manifest/index.ts';
import {
  compileMotoko,
  diagnosticLine,
  type ImportedCanister,
  type MotokoAnswer,
  type MotokoFlags,
  type MotokoJob,
  type MotokoSources,
  readMopsPackages,
  readMotokoFlags,
  readMotokoSources,
} from '../motoko/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { COMPILATIONS_KEPT } from './limits.ts';
import type { BuildContext, BuiltModule, PreparedBuild } from './ports.ts';

type MotokoCanister = ProjectCanister & { readonly source: { readonly kind: 'motoko' } };

const MANAGEMENT = principalToText(MANAGEMENT_CANISTER_ID);

async function readImport(flags: MotokoFlags, id: string, importedAs: string, context: BuildContext): Promise<string> {
  const file = flags.interfaceFolder === undefined ? undefined : join(flags.interfaceFolder, `${id}.did`);
  if (file !== undefined && existsSync(file)) return await readFile(file, 'utf8');
  if (id === MANAGEMENT) return printDid({ types: new Map(), service: managementService });
  const candid = await context.readInterface(principalFromText(id));
  if (candid !== undefined) return candid;
  throw commandFailure(
    'MOTOKO_IMPORT_UNKNOWN',
    `the canister behind the import "${importedAs}" (${id}) shows no interface`,
    'deploy it first, with public metadata candid:service',
  );
}

async function readAlias(flags: MotokoFlags, alias: string, context: BuildContext): Promise<ImportedCanister> {
  const id = flags.aliases[alias] ?? context.ids.get(alias);
  if (id === undefined) {
    throw commandFailure(
      'MOTOKO_IMPORT_UNKNOWN',
      `no canister was deployed as '${alias}', which the sources import`,
      `deploy it first: myelin deploy FILE --name ${alias}`,
    );
  }
  const candid = context.interfaces.get(alias) ?? (await readImport(flags, id, `canister:${alias}`, context));
  return { alias, id, candid };
}

/** Compilations of this process: the same job gives the same bytes, and `myelin dev` asks again and again. */
const compiled = new Map<string, MotokoAnswer>();

async function compileOnce(job: MotokoJob, shown: string, { terminal }: BuildContext): Promise<MotokoAnswer> {
  const key = createHash('sha256').update(JSON.stringify(job)).digest('hex');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const answer = await terminal.during(`Compiling ${shown}`, compileMotoko(job));
  const [oldest] = compiled.keys();
  if (compiled.size >= COMPILATIONS_KEPT && oldest !== undefined) compiled.delete(oldest);
  compiled.set(key, answer);
  return answer;
}

/** An interface that is shown in the place of the actor's own must be one that the actor serves. */
async function checkShownInterface({ place, treatment }: MotokoCanister, candid: string): Promise<void> {
  const shown = treatment.metadata.find(({ name }) => name === 'candid:service')?.content;
  if (shown === undefined) return;
  const compared = serviceCompatible(candid, 'text' in shown ? shown.text : await readFile(shown.path, 'utf8'));
  if (compared.ok) return;
  const what = 'text' in shown ? 'the interface in the metadata' : shown.path;
  throw commandFailure(
    'PROJECT_FILE_INVALID',
    `${place}: the canister does not serve ${what}: ${compared.error}`,
    'correct the interface, or the actor',
  );
}

async function compile(canister: MotokoCanister, sources: MotokoSources, flags: MotokoFlags, context: BuildContext): Promise<BuiltModule> {
  const canisters = await Promise.all([
    ...sources.canisterNames.map((alias) => readAlias(flags, alias, context)),
    ...sources.canisterIds.map(async (id) => ({ id, candid: await readImport(flags, id, `ic:${id}`, context) })),
  ]);
  const { mode, collector, publicMetadata, others } = flags;
  const { files, main, packages } = sources;
  const shown = relative(process.cwd(), canister.source.main) || canister.source.main;
  const job = {
    ...{ files, main, packages, canisters, publicMetadata, flags: others },
    ...(mode === undefined ? {} : { mode }),
    ...(collector === undefined ? {} : { collector }),
  };
  const answer = await compileOnce(job, shown, context);
  const remarks = (answer.ok ? answer.warnings : answer.diagnostics).map((remark) => diagnosticLine(remark, sources.displayPath));
  if (!answer.ok) throw commandFailure('MOTOKO_INVALID', `${shown} does not compile`, undefined, { lines: remarks });
  for (const remark of remarks) context.terminal.note(remark);
  await checkShownInterface(canister, answer.candid);
  return { bytes: answer.wasm, candid: answer.candid };
}

/** Reads the sources of a Motoko canister and looks at its arguments. @throws IcError `MOTOKO_…`, `PROJECT_UNSUPPORTED` */
export async function prepareMotoko(canister: MotokoCanister): Promise<PreparedBuild> {
  const { folder, place, source } = canister;
  const mops = await readMopsPackages(dirname(source.main));
  const refuse = (why: string): Error =>
    commandFailure('PROJECT_UNSUPPORTED', `${place}: the arguments of the Motoko compiler: ${why}`, 'leave it out of the arguments');
  const flags = readMotokoFlags([...(mops?.compilerArguments ?? []), ...source.arguments], folder, refuse);
  const sources = await readMotokoSources(source.main, { ...mops?.packages, ...flags.packages });
  return {
    imports: sources.canisterNames.filter((name) => flags.aliases[name] === undefined),
    needsIds: false,
    watched: { files: [...sources.paths, ...(mops === undefined ? [] : [mops.file])], folders: [] },
    build: (context) => compile(canister, sources, flags, context),
  };
}
