/**
 * Motoko, compiled on the spot.
 * @module
 */
export { compileMotoko } from './compile.ts';
export { diagnosticLine } from './diagnostics.ts';
export { readMotokoFlags } from './flags.ts';
export type { MotokoFlags } from './flags.ts';
export type { ImportedCanister, MotokoAnswer, MotokoDiagnostic, MotokoJob, PersistenceMode } from './job.ts';
export { readMopsFile, readMopsPackages } from './mops.ts';
export type { MopsPackages } from './mops.ts';
export { readMotokoSources } from './sources.ts';
export type { MotokoSources } from './sources.ts';
export { compareStableTypes } from './stable-types.ts';
