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
  /** Text of its interface; undefined when it does not hold one. */
  readonly candid: string | undefined;
  /** Motoko's description of what outlives an upgrade; undefined in other modules. */
  readonly stableTypes: string | undefined;
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

function readInitTypes(args: string | undefined, service: string | undefined): readonly TypeNode[] | undefined {
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

/**
 * Looks at the bytes of a module.
 *
 * @param candid - its interface, where the module itself does not hold one.
 * @throws IcError `MODULE_INVALID`
 */
export function inspectModule(bytes: Uint8Array, name: string, candid?: string): DeployableModule {
  const decoded = decodeCanisterModule(bytes);
  const parsed = decoded.ok ? parseModule(decoded.value) : decoded;
  if (!parsed.ok) {
    throw commandFailure(
      'MODULE_INVALID',
      `${name} is not a WebAssembly module that can be installed: ${parsed.error.message}`,
      'build it again for the target wasm32-unknown-unknown',
    );
  }
  const service = metadata(parsed.value, 'candid:service') ?? candid;
  return {
    bytes,
    hash: Uint8Array.from(createHash('sha256').update(bytes).digest()),
    initTypes: readInitTypes(metadata(parsed.value, 'candid:args'), service),
    keepsHeap: parsed.value.customSections.some((section) => section.name === HEAP_KEEPING_SECTION),
    candid: service,
    stableTypes: metadata(parsed.value, 'motoko:stable-types'),
  };
}

/** Reads the bytes of a module from a file. @throws IcError `MODULE_INVALID`, and the system's errors */
export async function readModuleFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await stat(path);
  if (size > MODULE_BYTES_MAX)
    throw commandFailure(
      'MODULE_INVALID',
      `${path} is larger than 100 MiB, which no network takes`,
      'shrink it, for example with wasm-opt',
    );
  return Uint8Array.from(await readFile(path));
}
