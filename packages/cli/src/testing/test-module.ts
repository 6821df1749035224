/**
 * The code of a canister for a test: a module from a file, or compiled from Motoko once per source and process.
 * @module
 */
import { IcError } from '@myelin/core/base';
import { parseDid, type ServiceNode } from '@myelin/core/candid';
import { type DeployableModule, inspectModule, readModuleFile } from '../deploy/index.ts';
import { compileSource } from '../motoko/index.ts';
import { commandFailure, type FailureDetail } from '../terminal/index.ts';

/** What is installed, with the interface that it shows. */
export type TestModule = { readonly module: DeployableModule; readonly candid: string; readonly service: ServiceNode };

/** A canister that Motoko sources may import by its name. */
export type NamedCanister = { readonly id: string; readonly candid: string };

async function compile(file: string, known: ReadonlyMap<string, NamedCanister>): Promise<Uint8Array> {
  try {
    const { wasm } = await compileSource(file, {
      byName: async (alias) => await Promise.resolve(known.get(alias)),
      byId: async (id) => await Promise.resolve([...known.values()].find((candidate) => candidate.id === id)?.candid),
      remedy: (alias) => `deploy it on the network of the test first, with { name: '${alias}' }`,
    });
    return wasm;
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
