/**
 * Where everything lies in the rewritten module: indexes of the added functions, globals, memories and types.
 *
 * Types keep their indexes; each function type gets a twin that also takes and returns the instruction word. Imported functions keep
 * their indexes and are reached through shims only; the added imports follow them, then the canister's functions (shifted), then the
 * added functions. Added globals and memories come last.
 * @module
 */
import { assert } from '../../base/index.ts';
import type { FunctionType, ParsedModule } from '../types.ts';
import { I32, I64 } from '../value-types.ts';
import { type StateLayout, stateLayout } from './layout.ts';

/** Imports that the instrumentation adds, in order. */
export const ADDED_IMPORTS = 3;

export type AddedFunction = { readonly typeIndex: number; body: Uint8Array | undefined };

/** The index spaces of the rewritten module. */
export class ModulePlan {
  readonly module: ParsedModule;
  readonly memory64: boolean;
  /** Value type of addresses. */
  readonly address: number;
  readonly types: FunctionType[];
  readonly layout: StateLayout;
  readonly globalsBytes: number;
  /** Memory indexes. */
  readonly stateMemory = 1;
  readonly undoMemory = 2;
  /** Added global: table index of the last indirect call. */
  readonly lastIndirectIndex: number;
  readonly trapImport: number;
  readonly pauseImport: number;
  readonly growImport: number;
  readonly added: AddedFunction[] = [];
  readonly #twins: Map<number, number> = new Map();
  readonly #typeOfShape: Map<string, number> = new Map();
  readonly #sameTypes: Int32Array;
  readonly #shims: Map<number, number> = new Map();

  constructor(module: ParsedModule) {
    this.module = module;
    this.memory64 = module.memories[0]?.is64 ?? false;
    this.address = this.memory64 ? I64 : I32;
    this.types = [...module.types];
    this.#sameTypes = new Int32Array(this.types.length);
    for (const [index, type] of this.types.entries()) {
      const shape = shapeOf(type);
      if (!this.#typeOfShape.has(shape)) this.#typeOfShape.set(shape, index);
      this.#sameTypes[index] = this.#typeOfShape.get(shape)!;
    }
    this.globalsBytes = globalsBytes(module);
    this.layout = stateLayout(this.memory64, this.globalsBytes);
    this.lastIndirectIndex = module.globals.length;
    this.trapImport = module.importedFunctions;
    this.pauseImport = module.importedFunctions + 1;
    this.growImport = module.importedFunctions + 2;
  }

  /** Index of the type with these parameters and results; added if need be. */
  type(params: readonly number[], results: readonly number[]): number {
    const type = { params: Uint8Array.from(params), results: Uint8Array.from(results) };
    const shape = shapeOf(type);
    const found = this.#typeOfShape.get(shape);
    if (found !== undefined) return found;
    const index = this.types.push(type) - 1;
    this.#typeOfShape.set(shape, index);
    return index;
  }

  /** The first type of the original module that is the same as this one of it: what calls through tables tell apart. */
  sameType(typeIndex: number): number {
    return this.#sameTypes[typeIndex]!;
  }

  /** The type that also takes and returns the instruction word. */
  twin(typeIndex: number): number {
    let twin = this.#twins.get(typeIndex);
    if (twin === undefined) {
      const { params, results } = this.types[typeIndex]!;
      twin = this.type([...params, I64], [...results, I64]);
      this.#twins.set(typeIndex, twin);
    }
    return twin;
  }

  /** Reserves the index of an added function. */
  reserve(params: readonly number[], results: readonly number[]): number {
    const index = this.module.functionTypes.length + ADDED_IMPORTS + this.added.length;
    this.added.push({ typeIndex: this.type(params, results), body: undefined });
    return index;
  }

  /** Sets the body of a reserved function. */
  define(functionIndex: number, body: Uint8Array): void {
    const added = this.added[functionIndex - this.module.functionTypes.length - ADDED_IMPORTS];
    assert(added !== undefined && added.body === undefined, 'an added function is reserved and defined once');
    added.body = body;
  }

  /** Names the shim that stands for an imported function. */
  setShim(importIndex: number, shim: number): void {
    this.#shims.set(importIndex, shim);
  }

  /** The function that stands for function `index` of the original module; it takes the instruction word. */
  functionIndex(index: number): number {
    if (index >= this.module.importedFunctions) return index + ADDED_IMPORTS;
    const shim = this.#shims.get(index);
    assert(shim !== undefined, 'every imported function has a shim');
    return shim;
  }
}

function shapeOf(type: FunctionType): string {
  return `${type.params.join()}:${type.results.join()}`;
}

/** Bytes that the mutable globals take in the state memory: 16 for a v128, 8 for any other. */
function globalsBytes(module: ParsedModule): number {
  let bytes = 0;
  for (const { type, mutable } of module.globals) if (mutable) bytes += type === 0x7b ? 16 : 8;
  return bytes;
}
