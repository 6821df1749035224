/**
 * A second, simple instrumentation that only counts, written straight from the Internet Computer's rules: one global that every stretch of code
 * adds its cost to, and one that keeps the count at the last check. Slow, unmerged, without limits: the measure for the real one.
 * @module
 */
import { parseModule, type ParsedModule } from '@myelin/core/wasm';
import { ByteReader } from '../../../core/src/wasm/byte-reader.ts';
import { instructionWeights } from '../../../core/src/wasm/gen/instruction-weights.ts';
import { FORM, instructionForm, PREFIX_FC, PREFIX_FD } from '../../../core/src/wasm/instructions.ts';
import { signedLeb, unsignedLeb } from '../../../core/test/wasm/text/numbers.ts';

/** Name of the exported i64 that counts. */
export const COUNTER = 'counting reference';
/** Name of the exported i64 that holds the count at the last check: the least limit that the message keeps. */
export const CHECKED = 'counting reference checked';
/** What a longer bulk operation is counted as, so that a length of nearly 2^64 cannot make the sum wrap around. */
export const LENGTH_COUNTED_MAX = 2 ** 52;

const ENDS_STRETCH = new Set([0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x00, 0x12, 0x13]);
const BULK = { [PREFIX_FC + 8]: 'i32', [PREFIX_FC + 10]: 'address', [PREFIX_FC + 11]: 'address' } as const;

type Instruction = { readonly number: number; readonly start: number; readonly end: number };

function skipImmediates(reader: ByteReader, number: number): void {
  const form = instructionForm[number]!;
  if (form === FORM.memory || form === FORM.memoryLane) {
    reader.u32();
    reader.skipU64();
  }
  if (form === FORM.lane || form === FORM.memoryLane) reader.u8();
  if (form !== FORM.special) return;
  switch (number) {
    case 0x02:
    case 0x03:
    case 0x04:
    case 0x41:
    case 0x42:
    case 0xd0:
      return reader.skipS64();
    case 0x0e:
      for (let count = reader.u32(); count >= 0; count--) reader.u32();
      return;
    case 0x1c:
      return reader.skip(reader.u32());
    case 0x43:
      return reader.skip(4);
    case 0x44:
      return reader.skip(8);
    case PREFIX_FD + 0x0c:
    case PREFIX_FD + 0x0d:
      return reader.skip(16);
    case 0x11:
    case 0x13:
    case PREFIX_FC + 8:
    case PREFIX_FC + 10:
    case PREFIX_FC + 12:
    case PREFIX_FC + 14:
      reader.u32();
      reader.u32();
      return;
    case 0x00:
    case 0x01:
    case 0x05:
    case 0x0b:
    case 0x0f:
    case 0x1a:
    case 0x1b:
    case 0xd1:
      return;
    default:
      reader.u32();
  }
}

function decode(bytes: Uint8Array, start: number, end: number): Instruction[] {
  const reader = new ByteReader(bytes, start, end);
  const instructions: Instruction[] = [];
  while (!reader.done) {
    const at = reader.position;
    let number = reader.u8();
    if (number >= 0xfc) number = (number === 0xfc ? PREFIX_FC : PREFIX_FD) + reader.u32();
    skipImmediates(reader, number);
    instructions.push({ number, start: at, end: reader.position });
  }
  return instructions;
}

function rewriteBody(module: ParsedModule, index: number, weights: ReadonlyMap<number, number>): number[] {
  const { bytes, bodies, types, functionTypes, importedFunctions, globals } = module;
  const body = bodies[index]!;
  const is64 = module.memories[0]?.is64 === true;
  const reader = new ByteReader(bytes, body.start, body.end);
  let locals = types[functionTypes[importedFunctions + index]!]!.params.length;
  const groups = reader.u32();
  const groupsStart = reader.position;
  for (let group = 0; group < groups; group++) {
    locals += reader.u32();
    reader.u8();
  }
  const add = [0x7c, 0x24, ...unsignedLeb(globals.length)];
  const charge = (cost: number): number[] =>
    cost === 0 ? [] : [0x23, ...unsignedLeb(globals.length), 0x42, ...signedLeb(BigInt(cost)), ...add];
  const check = [0x23, ...unsignedLeb(globals.length), 0x24, ...unsignedLeb(globals.length + 1)];
  const out = [...unsignedLeb(groups + 2), ...bytes.subarray(groupsStart, reader.position), 1, 0x7f, 1, 0x7e];
  let cost = 1;
  let isChecked = true;
  let stretch: number[] = [];
  const close = (number: number): void => {
    out.push(...charge(cost), ...(isChecked ? check : []), ...stretch);
    cost = 0;
    isChecked = number === 0x03;
    stretch = [];
  };
  for (const { number, start, end } of decode(bytes, reader.position, body.end)) {
    const width = BULK[number as keyof typeof BULK];
    if (width !== undefined) {
      const wide = width === 'address' && is64;
      const local = unsignedLeb(locals + (wide ? 1 : 0));
      const longest = [0x42, ...signedLeb(BigInt(LENGTH_COUNTED_MAX))];
      const length = [0x20, ...local, ...(wide ? [...longest, 0x20, ...local, ...longest, 0x54, 0x1b] : [0xad])];
      stretch.push(0x22, ...local, 0x23, ...unsignedLeb(globals.length), ...length, ...add, ...check);
    }
    stretch.push(...bytes.subarray(start, end));
    cost += weights.get(number) ?? 1;
    if (ENDS_STRETCH.has(number)) close(number);
  }
  close(0);
  return out;
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsignedLeb(content.length), ...content];
}

/** The module with the counter. */
export function countingReference(source: Uint8Array): Uint8Array {
  const parsed = parseModule(source);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const module = parsed.value;
  const column = module.memories[0]?.is64 === true ? 3 : 2;
  const weights = new Map(instructionWeights.map((row) => [row[0], row[column]]));
  const out = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const rest = (id: number): number[] => {
    const found = module.sections.find((each) => each.id === id);
    if (found === undefined) return [];
    const reader = new ByteReader(source, found.start, found.end);
    reader.u32();
    return [...source.subarray(reader.position, found.end)];
  };
  for (const id of [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]) {
    const found = module.sections.find((each) => each.id === id);
    if (id === 6)
      out.push(
        ...section(6, [
          ...unsignedLeb(module.globals.length - module.importedGlobals + 2),
          ...rest(6),
          0x7e,
          1,
          0x42,
          0,
          0x0b,
          0x7e,
          1,
          0x42,
          0,
          0x0b,
        ]),
      );
    else if (id === 7) {
      const added = [COUNTER, CHECKED].flatMap((text, index) => {
        const name = [...new TextEncoder().encode(text)];
        return [...unsignedLeb(name.length), ...name, 3, ...unsignedLeb(module.globals.length + index)];
      });
      out.push(...section(7, [...unsignedLeb(module.exports.length + 2), ...rest(7), ...added]));
    } else if (id === 10) {
      const bodies = module.bodies.flatMap((_, index) => {
        const body = rewriteBody(module, index, weights);
        return [...unsignedLeb(body.length), ...body];
      });
      out.push(...section(10, [...unsignedLeb(module.bodies.length), ...bodies]));
    } else if (found !== undefined) out.push(...section(id, [...source.subarray(found.start, found.end)]));
  }
  return Uint8Array.from(out);
}
