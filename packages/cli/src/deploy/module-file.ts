/**
 * What is installed: a WebAssembly module from a file, or one compiled from Motoko.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { fromUtf8, IcError } from '@myelin/core/base';
import { parseDid, type TypeNode } from '@myelin/core/candid';
import { decodeCanisterModule, parseModule, type ParsedModule } from '@myelin/core/wasm';
import { commandFailure } from '../terminal/index.ts';

/** A module that can be installed. */
export type DeployableModule = {
  /** As it is installed: raw or gzip. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, which is what a network calls the hash of the module. */
  readonly hash: Uint8Array;
  /** Types of its install arguments; undefined when it does not say them. */
  readonly initTypes: readonly TypeNode[] | undefined;
  /** Its heap outlives upgrades, if it is asked to be kept. */
  readonly keepsHeap: boolean;
};

/** Largest module that a network takes. */
const MODULE_BYTES_MAX: number = 100 * 1024 * 1024;
const HEAP_KEEPING_SECTION = 'icp:private enhanced-orthogonal-persistence';

function metadata(module: ParsedModule, name: string): string | undefined {
  const section = module.customSections.find(
    (candidate) => candidate.name === `icp:public ${name}` || candidate.name === `icp:private ${name}`,
  );
  return section === undefined ? undefined : fromUtf8(module.bytes.subarray(section.content.start, section.content.end));
}

/** The type definitions of an interface, without its service. */
function definitionsOf(service: string): string {
  const start = service.search(/^\s*service\b/m);
  return start < 0 ? service : service.slice(0, start);
}

function readInitTypes(module: ParsedModule): readonly TypeNode[] | undefined {
  const args = metadata(module, 'candid:args');
  const service = metadata(module, 'candid:service');
  try {
    // Motoko writes the arguments apart from the service, by whose definitions they are to be read.
    if (args !== undefined) return parseDid(`${definitionsOf(service ?? '')}\nservice : ${args.trim()} -> {}`).initArgs ?? [];
    return service === undefined ? undefined : (parseDid(service).initArgs ?? []);
  } catch (error) {
    // A text that cannot be read is none: then the values say their types themselves.
    if (error instanceof IcError) return undefined;
    throw error;
  }
}

/** Looks at the bytes of a module. @throws IcError `MODULE_INVALID` */
export function inspectModule(bytes: Uint8Array, name: string): DeployableModule {
  const decoded = decodeCanisterModule(bytes);
  const parsed = decoded.ok ? parseModule(decoded.value) : decoded;
  if (!parsed.ok) {
    throw commandFailure(
      'MODULE_INVALID',
      `${name} is not a WebAssembly module that can be installed: ${parsed.error.message}`,
      'build it again for the target wasm32-unknown-unknown',
    );
  }
  return {
    bytes,
    hash: Uint8Array.from(createHash('sha256').update(bytes).digest()),
    initTypes: readInitTypes(parsed.value),
    keepsHeap: parsed.value.customSections.some((section) => section.name === HEAP_KEEPING_SECTION),
  };
}

/** Reads a module from a file. @throws IcError `MODULE_INVALID`, and the system's errors */
export async function readModuleFile(path: string): Promise<DeployableModule> {
  const { size } = await stat(path);
  if (size > MODULE_BYTES_MAX)
    throw commandFailure(
      'MODULE_INVALID',
      `${path} is larger than 100 MiB, which no network takes`,
      'shrink it, for example with wasm-opt',
    );
  return inspectModule(Uint8Array.from(await readFile(path)), path);
}
