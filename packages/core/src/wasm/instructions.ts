/**
 * The instructions of the supported feature set: encoding, name, operands, immediates, and their complexity as the Internet Computer counts it.
 *
 * An instruction has one number: its opcode, or 0x100 + n for `0xfc n`, or 0x200 + n for `0xfd n`. Tables are indexed by that number.
 * Source: WebAssembly core specification, "Binary format / Instructions"; complexity: dfinity/ic, embedders validation.
 * @module
 */
import type { ValueType } from './types.ts';
import { F32, F64, I32, I64, V128 } from './value-types.ts';

/** First number of the instructions behind the prefix 0xfc. */
export const PREFIX_FC = 0x100;
/** First number of the instructions behind the prefix 0xfd. */
export const PREFIX_FD = 0x200;
/** Size of a table that is indexed by instruction number. */
export const INSTRUCTION_NUMBERS = 0x300;

/** Stands for the address type of the memory in a signature: i32, or i64 when the memory is 64-bit. */
export const ADDRESS = 1;

/** How the validator treats an instruction. */
export const FORM = {
  /** Not an instruction of the supported features. */
  unknown: 0,
  /** No immediate; the signature says everything. */
  plain: 1,
  /** Immediate: alignment and offset. */
  memory: 2,
  /** Immediates: alignment, offset, lane. */
  memoryLane: 3,
  /** Immediate: lane. */
  lane: 4,
  /** Handled one by one. */
  special: 5,
} as const;

export const instructionForm: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
/** Operand types, in the order of pushing; 0 = none. */
export const firstOperand: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
export const secondOperand: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
export const thirdOperand: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
/** Result type; 0 = none. */
export const instructionResult: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
/** Binary logarithm of the access size of a memory instruction. */
export const accessSizeLog: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
/** Number of lanes of a lane instruction. */
export const laneCount: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS);
/** What the instruction adds to the complexity of its function. */
export const instructionComplexity: Uint8Array = new Uint8Array(INSTRUCTION_NUMBERS).fill(1);

const names: string[] = Array.from({ length: INSTRUCTION_NUMBERS }, () => '');

/** Text name of an instruction; its encoding in hexadecimal when it is unknown. */
export function instructionName(number: number): string {
  const name = names[number];
  if (name) return name;
  if (number >= PREFIX_FD) return `0xfd 0x${(number - PREFIX_FD).toString(16)}`;
  return number >= PREFIX_FC ? `0xfc 0x${(number - PREFIX_FC).toString(16)}` : `0x${number.toString(16)}`;
}

/** Number of the instruction with a text name, or undefined. */
export function instructionNumber(name: string): number | undefined {
  const number = names.indexOf(name);
  return number < 0 || name === '' ? undefined : number;
}

const TYPE_OF_LETTER: Readonly<Record<string, ValueType>> = { i: I32, l: I64, f: F32, d: F64, v: V128, a: ADDRESS };

function typeOfLetter(letter: string | undefined): ValueType {
  return letter === undefined ? 0 : (TYPE_OF_LETTER[letter] ?? 0);
}

/** Enters instructions with consecutive numbers and one signature, `operands:result`. */
function define(first: number, form: number, signature: string, list: string): number {
  const [operands = '', result] = signature.split(':');
  let number = first;
  for (const name of list.split(' ')) {
    names[number] = name;
    instructionForm[number] = form;
    firstOperand[number] = typeOfLetter(operands[0]);
    secondOperand[number] = typeOfLetter(operands[1]);
    thirdOperand[number] = typeOfLetter(operands[2]);
    instructionResult[number] = typeOfLetter(result?.[0]);
    number++;
  }
  return number;
}

const plain = (first: number, signature: string, list: string): number => define(first, FORM.plain, signature, list);
const special = (first: number, list: string): number => define(first, FORM.special, '', list);

function memory(first: number, signature: string, sizeLog: number, list: string, lanes = 0): void {
  const end = define(first, lanes === 0 ? FORM.memory : FORM.memoryLane, signature, list);
  accessSizeLog.fill(sizeLog, first, end);
  laneCount.fill(lanes, first, end);
}

function lane(first: number, signature: string, lanes: number, list: string): void {
  laneCount.fill(lanes, first, define(first, FORM.lane, signature, list));
}

function defineControl(): void {
  special(0x00, 'unreachable nop block loop if else');
  special(0x0b, 'end br br_if br_table return call call_indirect return_call return_call_indirect');
  special(0x1a, 'drop select select');
  special(0x20, 'local.get local.set local.tee global.get global.set table.get table.set');
  special(0x3f, 'memory.size memory.grow i32.const i64.const f32.const f64.const');
  special(0xd0, 'ref.null ref.is_null ref.func');
  special(
    PREFIX_FC + 0x08,
    'memory.init data.drop memory.copy memory.fill table.init elem.drop table.copy table.grow table.size table.fill',
  );
  special(PREFIX_FD + 0x0c, 'v128.const i8x16.shuffle');
}

function defineScalarMemory(): void {
  memory(0x28, 'a:i', 2, 'i32.load');
  memory(0x29, 'a:l', 3, 'i64.load');
  memory(0x2a, 'a:f', 2, 'f32.load');
  memory(0x2b, 'a:d', 3, 'f64.load');
  memory(0x2c, 'a:i', 0, 'i32.load8_s i32.load8_u');
  memory(0x2e, 'a:i', 1, 'i32.load16_s i32.load16_u');
  memory(0x30, 'a:l', 0, 'i64.load8_s i64.load8_u');
  memory(0x32, 'a:l', 1, 'i64.load16_s i64.load16_u');
  memory(0x34, 'a:l', 2, 'i64.load32_s i64.load32_u');
  memory(0x36, 'ai:', 2, 'i32.store');
  memory(0x37, 'al:', 3, 'i64.store');
  memory(0x38, 'af:', 2, 'f32.store');
  memory(0x39, 'ad:', 3, 'f64.store');
  memory(0x3a, 'ai:', 0, 'i32.store8');
  memory(0x3b, 'ai:', 1, 'i32.store16');
  memory(0x3c, 'al:', 0, 'i64.store8');
  memory(0x3d, 'al:', 1, 'i64.store16');
  memory(0x3e, 'al:', 2, 'i64.store32');
}

function defineScalarNumeric(): void {
  plain(0x45, 'i:i', 'i32.eqz');
  plain(0x46, 'ii:i', 'i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u');
  plain(0x50, 'l:i', 'i64.eqz');
  plain(0x51, 'll:i', 'i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u');
  plain(0x5b, 'ff:i', 'f32.eq f32.ne f32.lt f32.gt f32.le f32.ge');
  plain(0x61, 'dd:i', 'f64.eq f64.ne f64.lt f64.gt f64.le f64.ge');
  plain(0x67, 'i:i', 'i32.clz i32.ctz i32.popcnt');
  plain(
    0x6a,
    'ii:i',
    'i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr',
  );
  plain(0x79, 'l:l', 'i64.clz i64.ctz i64.popcnt');
  plain(
    0x7c,
    'll:l',
    'i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr',
  );
  plain(0x8b, 'f:f', 'f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt');
  plain(0x92, 'ff:f', 'f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign');
  plain(0x99, 'd:d', 'f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt');
  plain(0xa0, 'dd:d', 'f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign');
  plain(0xc0, 'i:i', 'i32.extend8_s i32.extend16_s');
  plain(0xc2, 'l:l', 'i64.extend8_s i64.extend16_s i64.extend32_s');
}

function defineConversions(): void {
  plain(0xa7, 'l:i', 'i32.wrap_i64');
  plain(0xa8, 'f:i', 'i32.trunc_f32_s i32.trunc_f32_u');
  plain(0xaa, 'd:i', 'i32.trunc_f64_s i32.trunc_f64_u');
  plain(0xac, 'i:l', 'i64.extend_i32_s i64.extend_i32_u');
  plain(0xae, 'f:l', 'i64.trunc_f32_s i64.trunc_f32_u');
  plain(0xb0, 'd:l', 'i64.trunc_f64_s i64.trunc_f64_u');
  plain(0xb2, 'i:f', 'f32.convert_i32_s f32.convert_i32_u');
  plain(0xb4, 'l:f', 'f32.convert_i64_s f32.convert_i64_u');
  plain(0xb6, 'd:f', 'f32.demote_f64');
  plain(0xb7, 'i:d', 'f64.convert_i32_s f64.convert_i32_u');
  plain(0xb9, 'l:d', 'f64.convert_i64_s f64.convert_i64_u');
  plain(0xbb, 'f:d', 'f64.promote_f32');
  plain(0xbc, 'f:i', 'i32.reinterpret_f32');
  plain(0xbd, 'd:l', 'i64.reinterpret_f64');
  plain(0xbe, 'i:f', 'f32.reinterpret_i32');
  plain(0xbf, 'l:d', 'f64.reinterpret_i64');
  plain(PREFIX_FC + 0x00, 'f:i', 'i32.trunc_sat_f32_s i32.trunc_sat_f32_u');
  plain(PREFIX_FC + 0x02, 'd:i', 'i32.trunc_sat_f64_s i32.trunc_sat_f64_u');
  plain(PREFIX_FC + 0x04, 'f:l', 'i64.trunc_sat_f32_s i64.trunc_sat_f32_u');
  plain(PREFIX_FC + 0x06, 'd:l', 'i64.trunc_sat_f64_s i64.trunc_sat_f64_u');
}

function defineVectorMemory(): void {
  memory(PREFIX_FD + 0x00, 'a:v', 4, 'v128.load');
  memory(PREFIX_FD + 0x01, 'a:v', 3, 'v128.load8x8_s v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s v128.load32x2_u');
  memory(PREFIX_FD + 0x07, 'a:v', 0, 'v128.load8_splat');
  memory(PREFIX_FD + 0x08, 'a:v', 1, 'v128.load16_splat');
  memory(PREFIX_FD + 0x09, 'a:v', 2, 'v128.load32_splat');
  memory(PREFIX_FD + 0x0a, 'a:v', 3, 'v128.load64_splat');
  memory(PREFIX_FD + 0x0b, 'av:', 4, 'v128.store');
  memory(PREFIX_FD + 0x54, 'av:v', 0, 'v128.load8_lane', 16);
  memory(PREFIX_FD + 0x55, 'av:v', 1, 'v128.load16_lane', 8);
  memory(PREFIX_FD + 0x56, 'av:v', 2, 'v128.load32_lane', 4);
  memory(PREFIX_FD + 0x57, 'av:v', 3, 'v128.load64_lane', 2);
  memory(PREFIX_FD + 0x58, 'av:', 0, 'v128.store8_lane', 16);
  memory(PREFIX_FD + 0x59, 'av:', 1, 'v128.store16_lane', 8);
  memory(PREFIX_FD + 0x5a, 'av:', 2, 'v128.store32_lane', 4);
  memory(PREFIX_FD + 0x5b, 'av:', 3, 'v128.store64_lane', 2);
  memory(PREFIX_FD + 0x5c, 'a:v', 2, 'v128.load32_zero');
  memory(PREFIX_FD + 0x5d, 'a:v', 3, 'v128.load64_zero');
}

function defineVectorLanes(): void {
  plain(PREFIX_FD + 0x0e, 'vv:v', 'i8x16.swizzle');
  plain(PREFIX_FD + 0x0f, 'i:v', 'i8x16.splat i16x8.splat i32x4.splat');
  plain(PREFIX_FD + 0x12, 'l:v', 'i64x2.splat');
  plain(PREFIX_FD + 0x13, 'f:v', 'f32x4.splat');
  plain(PREFIX_FD + 0x14, 'd:v', 'f64x2.splat');
  lane(PREFIX_FD + 0x15, 'v:i', 16, 'i8x16.extract_lane_s i8x16.extract_lane_u');
  lane(PREFIX_FD + 0x17, 'vi:v', 16, 'i8x16.replace_lane');
  lane(PREFIX_FD + 0x18, 'v:i', 8, 'i16x8.extract_lane_s i16x8.extract_lane_u');
  lane(PREFIX_FD + 0x1a, 'vi:v', 8, 'i16x8.replace_lane');
  lane(PREFIX_FD + 0x1b, 'v:i', 4, 'i32x4.extract_lane');
  lane(PREFIX_FD + 0x1c, 'vi:v', 4, 'i32x4.replace_lane');
  lane(PREFIX_FD + 0x1d, 'v:l', 2, 'i64x2.extract_lane');
  lane(PREFIX_FD + 0x1e, 'vl:v', 2, 'i64x2.replace_lane');
  lane(PREFIX_FD + 0x1f, 'v:f', 4, 'f32x4.extract_lane');
  lane(PREFIX_FD + 0x20, 'vf:v', 4, 'f32x4.replace_lane');
  lane(PREFIX_FD + 0x21, 'v:d', 2, 'f64x2.extract_lane');
  lane(PREFIX_FD + 0x22, 'vd:v', 2, 'f64x2.replace_lane');
}

function defineVectorIntegers(): void {
  for (const [first, shape] of [
    [0x23, 'i8x16'],
    [0x2d, 'i16x8'],
    [0x37, 'i32x4'],
  ] as const) {
    plain(
      PREFIX_FD + first,
      'vv:v',
      ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'].map((op) => `${shape}.${op}`).join(' '),
    );
  }
  plain(
    PREFIX_FD + 0x41,
    'vv:v',
    'f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge',
  );
  plain(PREFIX_FD + 0x4d, 'v:v', 'v128.not');
  plain(PREFIX_FD + 0x4e, 'vv:v', 'v128.and v128.andnot v128.or v128.xor');
  plain(PREFIX_FD + 0x52, 'vvv:v', 'v128.bitselect');
  plain(PREFIX_FD + 0x53, 'v:i', 'v128.any_true');
  plain(PREFIX_FD + 0x60, 'v:v', 'i8x16.abs i8x16.neg i8x16.popcnt');
  plain(PREFIX_FD + 0x63, 'v:i', 'i8x16.all_true i8x16.bitmask');
  plain(PREFIX_FD + 0x65, 'vv:v', 'i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u');
  plain(PREFIX_FD + 0x6b, 'vi:v', 'i8x16.shl i8x16.shr_s i8x16.shr_u');
  plain(PREFIX_FD + 0x6e, 'vv:v', 'i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u');
  plain(PREFIX_FD + 0x76, 'vv:v', 'i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u');
  plain(PREFIX_FD + 0x7b, 'vv:v', 'i8x16.avgr_u');
  plain(
    PREFIX_FD + 0x7c,
    'v:v',
    'i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u',
  );
  plain(PREFIX_FD + 0x80, 'v:v', 'i16x8.abs i16x8.neg');
  plain(PREFIX_FD + 0x82, 'vv:v', 'i16x8.q15mulr_sat_s');
  plain(PREFIX_FD + 0x83, 'v:i', 'i16x8.all_true i16x8.bitmask');
  plain(PREFIX_FD + 0x85, 'vv:v', 'i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u');
  plain(PREFIX_FD + 0x87, 'v:v', 'i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u');
  plain(PREFIX_FD + 0x8b, 'vi:v', 'i16x8.shl i16x8.shr_s i16x8.shr_u');
  plain(PREFIX_FD + 0x8e, 'vv:v', 'i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u');
  plain(PREFIX_FD + 0x95, 'vv:v', 'i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u');
  plain(
    PREFIX_FD + 0x9b,
    'vv:v',
    'i16x8.avgr_u i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u',
  );
  plain(PREFIX_FD + 0xa0, 'v:v', 'i32x4.abs i32x4.neg');
  plain(PREFIX_FD + 0xa3, 'v:i', 'i32x4.all_true i32x4.bitmask');
  plain(PREFIX_FD + 0xa7, 'v:v', 'i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u');
  plain(PREFIX_FD + 0xab, 'vi:v', 'i32x4.shl i32x4.shr_s i32x4.shr_u');
  plain(PREFIX_FD + 0xae, 'vv:v', 'i32x4.add');
  plain(PREFIX_FD + 0xb1, 'vv:v', 'i32x4.sub');
  plain(PREFIX_FD + 0xb5, 'vv:v', 'i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.dot_i16x8_s');
  plain(PREFIX_FD + 0xbc, 'vv:v', 'i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u');
  plain(PREFIX_FD + 0xc0, 'v:v', 'i64x2.abs i64x2.neg');
  plain(PREFIX_FD + 0xc3, 'v:i', 'i64x2.all_true i64x2.bitmask');
  plain(PREFIX_FD + 0xc7, 'v:v', 'i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u');
  plain(PREFIX_FD + 0xcb, 'vi:v', 'i64x2.shl i64x2.shr_s i64x2.shr_u');
  plain(PREFIX_FD + 0xce, 'vv:v', 'i64x2.add');
  plain(PREFIX_FD + 0xd1, 'vv:v', 'i64x2.sub');
  plain(PREFIX_FD + 0xd5, 'vv:v', 'i64x2.mul i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s');
  plain(PREFIX_FD + 0xdc, 'vv:v', 'i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u');
}

function defineVectorFloats(): void {
  plain(PREFIX_FD + 0x5e, 'v:v', 'f32x4.demote_f64x2_zero f64x2.promote_low_f32x4');
  plain(PREFIX_FD + 0x67, 'v:v', 'f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest');
  plain(PREFIX_FD + 0x74, 'v:v', 'f64x2.ceil f64x2.floor');
  plain(PREFIX_FD + 0x7a, 'v:v', 'f64x2.trunc');
  plain(PREFIX_FD + 0x94, 'v:v', 'f64x2.nearest');
  plain(PREFIX_FD + 0xe0, 'v:v', 'f32x4.abs f32x4.neg');
  plain(PREFIX_FD + 0xe3, 'v:v', 'f32x4.sqrt');
  plain(PREFIX_FD + 0xe4, 'vv:v', 'f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax');
  plain(PREFIX_FD + 0xec, 'v:v', 'f64x2.abs f64x2.neg');
  plain(PREFIX_FD + 0xef, 'v:v', 'f64x2.sqrt');
  plain(PREFIX_FD + 0xf0, 'vv:v', 'f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax');
  plain(PREFIX_FD + 0xf8, 'v:v', 'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u');
  plain(
    PREFIX_FD + 0xfc,
    'v:v',
    'i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u',
  );
}

function defineComplexity(): void {
  const range = (complexity: number, first: number, last: number): void => {
    instructionComplexity.fill(complexity, first, last + 1);
  };
  for (const number of [0x02, 0x03, 0x04, 0x0c, 0x0d, 0x0e, 0x10, 0x11, 0x40]) range(50, number, number);
  for (const number of [0x1b, 0x23, 0x3f, 0x69, 0x7b, 0xa7, 0xbb]) range(2, number, number);
  range(14, 0x25, 0x25); // table.get
  range(3, 0x28, 0x35); // scalar loads
  range(2, 0x36, 0x3e); // scalar stores
  range(2, 0x45, 0x66); // comparisons
  range(3, 0x61, 0x61); // f64.eq
  range(3, 0x6d, 0x70); // i32 division
  range(3, 0x7f, 0x82); // i64 division
  for (const first of [0x8b, 0x99]) {
    range(4, first, first + 1); // abs, neg
    range(2, first + 2, first + 4); // ceil, floor, trunc
    range(2, first + 6, first + 6); // sqrt
  }
  range(3, 0x98, 0x98); // f32.copysign
  range(3, 0xa6, 0xa6); // f64.copysign
  range(5, 0xa8, 0xba); // truncation, extension, conversion, demotion
  range(2, 0xbc, 0xc4); // reinterpretation, sign extension
  range(6, 0xd1, 0xd1); // ref.is_null
  range(8, 0xd2, 0xd2); // ref.func
  range(3, PREFIX_FC + 0x00, PREFIX_FC + 0x07); // saturating truncation
  range(4, PREFIX_FC + 0x0a, PREFIX_FC + 0x0a); // memory.copy
  range(3, PREFIX_FC + 0x0b, PREFIX_FC + 0x0b); // memory.fill
}

defineControl();
defineScalarMemory();
defineScalarNumeric();
defineConversions();
defineVectorMemory();
defineVectorLanes();
defineVectorIntegers();
defineVectorFloats();
defineComplexity();
