/**
 * The stack limit: how many 8-byte slots all frames of a message may use together, and how the frame of a function is counted.
 *
 * The count depends on the module alone, so a message overflows at the same call on every node, in V8's baseline and optimising
 * compiler, on a thread's stack and on one for suspended calls. The limit is a protocol constant; the engine proves at its start that the host's
 * stack holds it.
 *
 * Measured on V8 14.6, x86-64: of 3,565 functions of a QuickJS and a Motoko canister none had a frame larger than 1.01 times its weight in the
 * optimising compiler (without feedback, so with the most inlining) and 0.83 times in the baseline one. Code written to hurt can reach more in
 * the optimising compiler, about one slot per six instructions: 11 times its weight. That would need a stack of 9 MiB: where the
 * host's stack ends first, the engine runs the message again in code that V8 has not optimised.
 * @module
 */

/** Most slots of 8 bytes in use: with one chain, 768 KiB of the 984 KiB that V8 uses by default; the rest is for the host below and above. */
export const STACK_SLOTS_MAX = 94_208;

/** Slots that the functions on the stack that count nothing may have together (see call-graph.ts). */
export const CHAIN_SLOTS_MAX = 4_096;

/** Slots of a frame beyond its locals and operands: return address, saved registers, engine data, the locals that the rewriting adds. */
export const FRAME_SLOTS = 18;

/** Slots that the optimising compiler may add for values that live longer than on the operand stack: one per so many instructions. */
export const INSTRUCTIONS_PER_SLOT = 64;

/** The heaviest frame that is told apart; every heavier one exceeds the limit as well. */
const FRAME_WEIGHT_MAX = 131_072;

/** What a frame's weight depends on. */
export type FrameShape = {
  readonly locals: number;
  readonly operands: number;
  /** Most operands and results of one call, one result less: they travel through the caller's frame. */
  readonly callArity: number;
  readonly instructions: number;
  /** Whether locals or operands may have 16 bytes. */
  readonly vectors: boolean;
};

/** Slots charged while the function runs, if it counts. */
export function frameWeight(shape: FrameShape): number {
  const values = shape.locals + shape.operands + shape.callArity;
  const weight = FRAME_SLOTS + (shape.vectors ? 2 * values : values) + Math.floor(shape.instructions / INSTRUCTIONS_PER_SLOT);
  return Math.min(weight, FRAME_WEIGHT_MAX);
}
