/**
 * Whether the variables that a Motoko canister has kept fit a new version of it.
 * @module
 */
import { askProcess, type ProcessFailure, programBeside } from '../process/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { COMPARISON_MS_MAX, COMPILER_HEAP_MIB } from './limits.ts';

const PROGRAM = programBeside(import.meta.url, 'stable-types-process');

/**
 * Compares the metadata `motoko:stable-types` of two modules.
 *
 * @returns the compiler's reasons why an upgrade would lose or not read what was kept; none when it fits.
 * @throws IcError `MOTOKO_COMPILER_FAILED`
 */
export async function compareStableTypes(before: string, after: string): Promise<readonly string[]> {
  // The compiler takes a second to load.
  if (before === after) return [];
  try {
    return await askProcess<readonly string[]>(PROGRAM, { before, after }, { heapMiB: COMPILER_HEAP_MIB, timeMsMax: COMPARISON_MS_MAX });
  } catch (error) {
    const { why, lines, cause } = error as ProcessFailure;
    throw commandFailure('MOTOKO_COMPILER_FAILED', `the Motoko compiler, which compares stable types, ${why}`, undefined, { cause, lines });
  }
}
