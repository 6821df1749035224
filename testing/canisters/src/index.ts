/**
 * Builds the real canisters that tests, benchmarks and examples run.
 * @module
 */
export { assembleAssemblyScript } from './assembly-script.ts';
export type { AssemblyScriptOptions } from './assembly-script.ts';
export { azleCanister, cCanister } from './fixtures.ts';
export { compileMotoko } from './motoko.ts';
export type { MotokoCanister, MotokoOptions } from './motoko.ts';
export { motokoCanister, motokoCanisters } from './motoko-canisters.ts';
export type { MotokoCanisterName } from './motoko-canisters.ts';
export { padModule } from './padded-module.ts';
export { randomProgram } from './random-program.ts';
export { script, universalCanister } from './universal.ts';
export type { OptionalEntryPoint, Operand, Program, ScriptCall, Statement, Value } from './universal.ts';
export { addCustomSections, exportNames } from './wasm-sections.ts';
export { ic0Imports, wat } from './wat.ts';
