/**
 * What is charged beyond the Internet Computer's weights: work that costs a function no instruction, but V8 time. No optimising compiler makes code that
 * pays for it.
 *
 * Locals: V8's baseline compiler writes zeros to every declared local, so a function of twenty bytes may take ten microseconds: with 49,890 locals and 100
 * such functions, one slice of instructions takes more than a minute.
 * Loops: a loop itself is free, but at its head V8 and the rewriting each check something. A function may consist of 15,000 loops within one
 * another and nothing else.
 */
/** Declared locals that cost nothing: more than real canisters have (2,582 in the largest function of an unoptimised build, of those looked at). */
const LOCALS_FREE = 3_000;

/** Locals beyond those that are zeroed in the time of one instruction. */
const LOCALS_PER_INSTRUCTION = 8;

/** What entering a function costs that declares so many locals, parameters not counted. */
export function entryCost(declared: number): number {
  return 1 + Math.ceil(Math.max(0, declared - LOCALS_FREE) / LOCALS_PER_INSTRUCTION);
}

/** Loops of a function with no instruction between them and the loop before that cost nothing; each further one costs an instruction. */
export const BARE_LOOPS_FREE = 64;
