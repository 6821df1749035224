/**
 * Upper bounds of what the instrumentation adds to a function body, so that a module is refused at validation rather than by the engine after
 * rewriting. Bounds are generous; a test holds them against what the instrumentation does.
 * @module
 */
import { FORM, INSTRUCTION_NUMBERS, PREFIX_FC, PREFIX_FD, instructionForm, instructionName, instructionResult } from './instructions.ts';
import { F32, F64, V128 } from './value-types.ts';

/** Bytes added to every body: locals, stack check, entry and exit. */
export const REWRITTEN_BODY_GROWTH = 256;

/** A charge point, a call that passes the instruction word, or an exit that settles it. */
const CONTROL = 32;
/** A check whether the page that is written to is marked. */
const STORE = 56;
/** A result that is made canonical when it is a NaN: a scalar, a vector. */
const FLOAT = 24;
const VECTOR = 40;
/** An instruction on the size of a memory, on a table or on a range; lengths are charged. */
const BULK = 40;
/** The index of a local moves by one and may take a byte more. */
const LOCAL = 1;

/** Beyond that, a floating-point local that is read: the reader may make NaNs canonical instead of the writer. */
export const REWRITTEN_FLOAT_READ_GROWTH: number = FLOAT;

const NOP = 0x01;

/** Bytes added per instruction number, at most. */
export const rewrittenGrowth: Uint8Array = Uint8Array.from({ length: INSTRUCTION_NUMBERS }, (_, number) => growthOf(number));

function growthOf(number: number): number {
  if (number === NOP) return 0;
  if (number <= 0x13) return CONTROL;
  if (number >= 0x20 && number <= 0x22) return LOCAL;
  if (number === 0x25 || number === 0x26 || number === 0x3f || number === 0x40 || (number >= PREFIX_FC + 0x08 && number < PREFIX_FD))
    return BULK;
  const form = instructionForm[number]!;
  const result = instructionResult[number]!;
  if (form === FORM.memory || form === FORM.memoryLane) return result === 0 ? STORE : 0;
  const isFloat = /^f(32|64)/.test(instructionName(number)) && (result === F32 || result === F64 || result === V128);
  return form !== FORM.plain || !isFloat ? 0 : result === V128 ? VECTOR : FLOAT;
}
