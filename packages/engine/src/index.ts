/**
 * Runs instrumented canister modules on V8's own WebAssembly engine, in Node and in browsers.
 * @module
 */
export { createV8Engine } from './engine.ts';
export type { EngineOptions } from './engine.ts';
export { INSTANCES_DEFAULT, MODULES_DEFAULT } from './limits.ts';
export { combineHashers, createWasmHasher } from './wasm-hasher.ts';
export type { WasmHasher } from './wasm-hasher.ts';
export { compileAhead } from './compile-ahead.ts';
