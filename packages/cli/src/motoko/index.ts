/**
 * Motoko, compiled on the spot.
 * @module
 */
export { compileMotoko } from './compile.ts';
export { diagnosticLine } from './diagnostics.ts';
export type { ImportedCanister, MotokoAnswer, MotokoDiagnostic, MotokoJob, PersistenceMode } from './job.ts';
export { readMotokoSources } from './sources.ts';
export type { MotokoSources } from './sources.ts';
