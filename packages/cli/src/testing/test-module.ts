/**
 * The code of a canister for a test: a module from a file, or compiled from Motoko, the same sources once in a process.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { IcError, principalToText } from '@myelin/core/base';
import { parseDid, type ServiceNode } from '@myelin/core/candid';
import type { BuildContext, BuiltModule, PreparedBuild } from '../build/index.ts';
import { type DeployableModule, inspectModule } from '../canister-module/index.ts';
import { planFile } from '../deploy/index.ts';
import { commandFailure, createTerminal, type FailureDetail } from '../terminal/index.ts';

/** What is installed, with the interface that it shows. */
export type TestModule = { readonly module: DeployableModule; readonly candid: string; readonly service: ServiceNode };

/** A canister that Motoko sources may import by its name. */
export type NamedCanister = { readonly id: string; readonly candid: string };

type Known = ReadonlyMap<string, NamedCanister>;

/** Builds of this process, by what went in. */
const builds = new Map<string, Promise<BuiltModule>>();
const BUILDS_KEPT = 20;

async function keyOf({ watched }: PreparedBuild, known: Known): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([...known].map(([name, { id, candid }]) => [name, id, candid])));
  for (const path of watched.files)
    hash.update(`${path}\0`).update(
      createHash('sha256')
        .update(await readFile(path))
        .digest(),
    );
  return hash.digest('hex');
}

/** A test says nothing of its builds while they go well. */
function quietContext(known: Known): BuildContext {
  return {
    ids: new Map([...known].map(([name, { id }]) => [name, id])),
    interfaces: new Map([...known].map(([name, { candid }]) => [name, candid])),
    interfaceFiles: new Map(),
    readInterface: (id) => Promise.resolve([...known.values()].find((canister) => canister.id === principalToText(id))?.candid),
    environment: 'local',
    terminal: { ...createTerminal(true), note: () => {}, during: (_text, work) => work },
  };
}

async function buildOnce(build: PreparedBuild, known: Known): Promise<BuiltModule> {
  const key = await keyOf(build, known);
  const built = builds.get(key) ?? build.build(quietContext(known));
  if (builds.size >= BUILDS_KEPT) builds.clear();
  builds.set(key, built);
  try {
    return await built;
  } catch (error) {
    if (!(error instanceof IcError)) throw error;
    // The compiler's remarks belong to the message here: a test runner shows nothing else.
    const { lines = [] } = error.detail as FailureDetail;
    throw new IcError(error.detail, [error.message, ...lines].join('\n'), { cause: error });
  }
}

/**
 * Reads or compiles the code of a canister.
 *
 * @param candid - its interface, for a module that does not show one.
 * @throws IcError `MOTOKO_…`, `MODULE_INVALID`, `INTERFACE_MISSING`, `CANDID_TEXT_INVALID`
 */
export async function loadTestModule(file: string, candid: string | undefined, known: Known): Promise<TestModule> {
  const { canisters } = await planFile(file, undefined, {});
  const [planned] = canisters;
  if (planned === undefined) throw commandFailure('INTERFACE_MISSING', `${file} holds no canister`);
  const built = await buildOnce(planned.build, known);
  const module = inspectModule(built.bytes, file, candid ?? built.candid);
  const text = candid ?? module.candid;
  const service = text === undefined ? undefined : parseDid(text).service;
  if (text !== undefined && service !== undefined) return { module, candid: text, service };
  throw commandFailure(
    'INTERFACE_MISSING',
    `${file} shows no interface`,
    'give its Candid text, for example with { candid: readFileSync(…) }',
  );
}
