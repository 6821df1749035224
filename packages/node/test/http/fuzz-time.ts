/** How long fuzzing goes on: MYELIN_FUZZ_SECONDS for all properties of a file together, 3 unless set. */
import fc from 'fast-check';

export const FUZZ_SECONDS: number = Number(process.env['MYELIN_FUZZ_SECONDS'] ?? 3);

/** Runs a property for a share of the time. A failure prints its seed. */
export function fuzzFor<T extends unknown[]>(share: number, property: fc.IProperty<T>): void {
  fc.assert(property, {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: FUZZ_SECONDS * share * 1_000,
    markInterruptAsFailure: false,
  });
}
