/**
 * Assertions stay on in production: a broken invariant stops the replica before a wrong state is signed.
 * @module
 */

/** A bug in this code base: an invariant does not hold. Never thrown for bad input. */
export class AssertionFault extends Error {
  override readonly name: string = 'AssertionFault';
}

/**
 * Throws unless `condition` holds.
 *
 * @param condition - the invariant.
 * @param message - what should have been true, as a sentence.
 * @throws AssertionFault when the condition is false.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFault(message);
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionFault(`unexpected value: ${String(value)}`);
}

/** Returns `value` unless it is null or undefined. */
export function present<T>(value: T | null | undefined, message: string): T {
  if (value === null || value === undefined) throw new AssertionFault(message);
  return value;
}
