/**
 * Per-instruction tables of the instrumentation, indexed by instruction number (see instructions.ts): weights, stack effects, which
 * results may be a NaN whose bits the specification leaves open, and which instructions make no difference between NaNs.
 * @module
 */
import { instructionWeights } from '../gen/instruction-weights.ts';
import { INSTRUCTION_NUMBERS, PREFIX_FD, firstOperand, instructionResult, secondOperand, thirdOperand } from '../instructions.ts';

function weightColumn(memory64: boolean): Uint16Array {
  const weights = new Uint16Array(INSTRUCTION_NUMBERS).fill(1);
  for (const [key, , wasm32, wasm64] of instructionWeights) weights[key] = memory64 ? wasm64 : wasm32;
  return weights;
}

const weights32 = weightColumn(false);
const weights64 = weightColumn(true);

/** Instructions charged for each instruction before any dynamic part. */
export function staticWeights(memory64: boolean): Uint16Array {
  return memory64 ? weights64 : weights32;
}

/** Operands popped and results pushed by instructions with a fixed signature. */
export const operandsPopped: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
export const resultsPushed: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
for (let number = 0; number < INSTRUCTION_NUMBERS; number++) {
  const operands = [firstOperand[number], secondOperand[number], thirdOperand[number]];
  operandsPopped[number] = operands.filter((type) => type !== 0).length;
  resultsPushed[number] = instructionResult[number] === 0 ? 0 : 1;
}

/** Shapes of floating-point values, as bits. */
export const SHAPE = { f32: 1, f64: 2, f32x4: 4, f64x2: 8 } as const;

/**
 * Shape of the result when it may be a NaN with arbitrary bits: arithmetic, rounding, square root, minimum, maximum, change of precision.
 * `abs`, `neg`, `copysign`, `pmin` and `pmax` move bits and are exact.
 */
export const nanProducer: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);

/** Shapes of which the instruction takes an operand from the top of the stack without its NaN bits mattering for anything that remains. */
export const nanConsumer: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);

const DROP = 0x1a;

function defineShape(
  shape: number,
  producers: readonly (readonly [number, number])[],
  others: readonly (readonly [number, number])[],
): void {
  for (const [first, last] of producers) {
    for (let number = first; number <= last; number++) {
      nanProducer[number] = shape;
      nanConsumer[number]! |= shape;
    }
  }
  for (const [first, last] of others) for (let number = first; number <= last; number++) nanConsumer[number]! |= shape;
  nanConsumer[DROP]! |= shape;
}

const V = PREFIX_FD;
// Producers: ceil to sqrt, add to max. Others: comparisons and conversions to integers.
defineShape(
  SHAPE.f32,
  [[0x8d, 0x97]],
  [
    [0x5b, 0x60],
    [0xa8, 0xa9],
    [0xae, 0xaf],
    [0x100, 0x101],
    [0x104, 0x105],
  ],
);
defineShape(
  SHAPE.f64,
  [[0x9b, 0xa5]],
  [
    [0x61, 0x66],
    [0xaa, 0xab],
    [0xb0, 0xb1],
    [0x102, 0x103],
    [0x106, 0x107],
  ],
);
defineShape(
  SHAPE.f32x4,
  [
    [V + 0x67, V + 0x6a],
    [V + 0xe3, V + 0xe9],
  ],
  [
    [V + 0x41, V + 0x46],
    [V + 0xf8, V + 0xf9],
  ],
);
defineShape(
  SHAPE.f64x2,
  [
    [V + 0x74, V + 0x75],
    [V + 0x7a, V + 0x7a],
    [V + 0x94, V + 0x94],
    [V + 0xef, V + 0xf5],
  ],
  [
    [V + 0x47, V + 0x4c],
    [V + 0xfc, V + 0xfd],
  ],
);

/** Changes of precision take one shape and make another. */
function defineChange(number: number, from: number, to: number): void {
  nanProducer[number] = to;
  nanConsumer[number] = from;
}
defineChange(0xb6, SHAPE.f64, SHAPE.f32);
defineChange(0xbb, SHAPE.f32, SHAPE.f64);
defineChange(V + 0x5e, SHAPE.f64x2, SHAPE.f32x4);
defineChange(V + 0x5f, SHAPE.f32x4, SHAPE.f64x2);
