/**
 * Compiles Motoko with the published compiler (npm `motoko`), each canister in a fresh process.
 * @module
 */
import { askProcess, type ProcessFailure, programBeside } from '../process/index.ts';
import { commandFailure } from '../terminal/index.ts';
import type { MotokoAnswer, MotokoJob } from './job.ts';
import { COMPILATION_MS_MAX, COMPILER_HEAP_MIB } from './limits.ts';

const PROGRAM = programBeside(import.meta.url, 'compiler-process');

/**
 * Compiles one canister. The same job gives the same bytes.
 *
 * @throws IcError `MOTOKO_COMPILER_FAILED` when the compiler itself fails; mistakes in the sources are an answer.
 */
export async function compileMotoko(job: MotokoJob): Promise<MotokoAnswer> {
  try {
    const { files, main, mode, packages, publicMetadata, flags, collector, canisters } = job;
    const question = { files, main, mode, packages, publicMetadata, flags, collector, canisters };
    return await askProcess<MotokoAnswer>(PROGRAM, question, { heapMiB: COMPILER_HEAP_MIB, timeMsMax: COMPILATION_MS_MAX });
  } catch (error) {
    const { why, lines, cause } = error as ProcessFailure;
    const remedy = `a canister may need more than ${COMPILER_HEAP_MIB} MiB or ${COMPILATION_MS_MAX / 1000} s to compile; otherwise try again`;
    throw commandFailure('MOTOKO_COMPILER_FAILED', `the Motoko compiler ${why}`, remedy, { cause, lines });
  }
}
