/**
 * Decides whether a parsed module may run, and as what.
 * @module
 */
import { err, ok } from '../base/index.ts';
import type { Result } from '../base/index.ts';
import { BodyValidator } from './body-validator.ts';
import { checkCanisterRules, checkCodeSectionSize, isMemory64, judgeBody } from './canister-rules.ts';
import type { PendingRefusal } from './canister-rules.ts';
import { checkModuleStructure } from './module-checks.ts';
import { refusalOf } from './rules.ts';
import type { CanisterModuleInfo, ParsedModule, WasmRefusal } from './types.ts';

/** `canister`: WebAssembly and the rules of the Internet Computer. `webassembly`: the former alone, in the same feature set. */
export type ValidationProfile = 'canister' | 'webassembly';

/**
 * Validates a module.
 *
 * @param module - from `parseModule`.
 * @returns what execution needs to know of the module (in the profile `webassembly`: methods, entry points and metadata stay empty), or the
 * first rule that it breaks; see docs/wasm-rules.md.
 */
export function validateModule(module: ParsedModule, profile: ValidationProfile = 'canister'): Result<CanisterModuleInfo, WasmRefusal> {
  try {
    return ok(profile === 'canister' ? validateCanister(module) : validateWebAssembly(module));
  } catch (thrown) {
    return err(refusalOf(thrown));
  }
}

function validateCanister(module: ParsedModule): CanisterModuleInfo {
  checkCodeSectionSize(module);
  const validator = new BodyValidator(module, checkModuleStructure(module));
  let pending: PendingRefusal | undefined;
  validateBodies(module, validator, (index) => {
    pending ??= judgeBody(index, validator.summary);
  });
  return checkCanisterRules(module, pending);
}

function validateWebAssembly(module: ParsedModule): CanisterModuleInfo {
  validateBodies(module, new BodyValidator(module, checkModuleStructure(module)), () => {});
  return {
    memory64: isMemory64(module),
    hasMemory: module.memories.length > 0,
    hasStart: module.start !== undefined,
    methods: new Map(),
    entryPoints: new Set(),
    metadata: new Map(),
    metadataBytes: 0,
    moduleBytes: module.bytes.length,
  };
}

function validateBodies(module: ParsedModule, validator: BodyValidator, visit: (index: number) => void): void {
  module.bodies.forEach((body, index) => {
    const typeIndex = module.functionTypes[module.importedFunctions + index]!;
    validator.validate(module.types[typeIndex]!, body);
    visit(index);
  });
}
