/**
 * Instructions that entering a function costs.
 *
 * The Internet Computer charges one, whatever the function declares. V8's baseline compiler writes zeros to every declared local, so a function of twenty
 * bytes may take ten microseconds: 49,890 locals, 100 such functions, one slice of instructions: more than a minute. So
 * a function with far more locals than optimising compilers make pays for them.
 */

/** Declared locals that cost nothing: as many take as long as some ten instructions. */
const LOCALS_FREE = 1_000;

/** Locals beyond those that are zeroed in the time of one instruction. */
const LOCALS_PER_INSTRUCTION = 8;

/** What entering a function costs that declares so many locals, parameters not counted. */
export function entryCost(declared: number): number {
  return 1 + Math.ceil(Math.max(0, declared - LOCALS_FREE) / LOCALS_PER_INSTRUCTION);
}
