/**
 * Assembles instructions, plain or folded.
 * @module
 */
import { FORM, PREFIX_FC, PREFIX_FD, accessSizeLog, instructionForm, instructionNumber } from '../../../src/wasm/instructions.ts';
import type { IndexSpace, Spaces } from './names.ts';
import { FLOAT32, FLOAT64, littleEndian, parseFloatBits, parseInteger, signedLeb, unsignedLeb } from './numbers.ts';
import { Cursor, TextError, headOf } from './tree.ts';
import type { List } from './tree.ts';
import type { TypeTable } from './types.ts';

/** Instructions of features that are off: opcode bytes and the kinds of their immediates. */
const OTHERS: Readonly<Record<string, readonly [code: readonly number[], immediates: string]>> = {
  throw: [[0x08], 'tag'],
  throw_ref: [[0x0a], ''],
  rethrow: [[0x09], 'label'],
  delegate: [[0x18], 'label'],
  catch: [[0x07], 'tag'],
  catch_all: [[0x19], ''],
  call_ref: [[0x14], 'type'],
  return_call_ref: [[0x15], 'type'],
  'ref.as_non_null': [[0xd4], ''],
  br_on_null: [[0xd5], 'label'],
  br_on_non_null: [[0xd6], 'label'],
  'ref.eq': [[0xd3], ''],
  'struct.new': [[0xfb, 0], 'type'],
  'struct.new_default': [[0xfb, 1], 'type'],
  'struct.get': [[0xfb, 2], 'field'],
  'struct.get_s': [[0xfb, 3], 'field'],
  'struct.get_u': [[0xfb, 4], 'field'],
  'struct.set': [[0xfb, 5], 'field'],
  'array.new': [[0xfb, 6], 'type'],
  'array.new_default': [[0xfb, 7], 'type'],
  'array.new_fixed': [[0xfb, 8], 'type count'],
  'array.new_data': [[0xfb, 9], 'type data'],
  'array.new_elem': [[0xfb, 10], 'type elem'],
  'array.get': [[0xfb, 11], 'type'],
  'array.get_s': [[0xfb, 12], 'type'],
  'array.get_u': [[0xfb, 13], 'type'],
  'array.set': [[0xfb, 14], 'type'],
  'array.len': [[0xfb, 15], ''],
  'array.fill': [[0xfb, 16], 'type'],
  'array.copy': [[0xfb, 17], 'type type'],
  'array.init_data': [[0xfb, 18], 'type data'],
  'array.init_elem': [[0xfb, 19], 'type elem'],
  'any.convert_extern': [[0xfb, 26], ''],
  'extern.convert_any': [[0xfb, 27], ''],
  'ref.i31': [[0xfb, 28], ''],
  'i31.get_s': [[0xfb, 29], ''],
  'i31.get_u': [[0xfb, 30], ''],
};

const RELAXED = [
  'i8x16.relaxed_swizzle',
  'i32x4.relaxed_trunc_f32x4_s',
  'i32x4.relaxed_trunc_f32x4_u',
  'i32x4.relaxed_trunc_f64x2_s_zero',
  'i32x4.relaxed_trunc_f64x2_u_zero',
  'f32x4.relaxed_madd',
  'f32x4.relaxed_nmadd',
  'f64x2.relaxed_madd',
  'f64x2.relaxed_nmadd',
  'i8x16.relaxed_laneselect',
  'i16x8.relaxed_laneselect',
  'i32x4.relaxed_laneselect',
  'i64x2.relaxed_laneselect',
  'f32x4.relaxed_min',
  'f32x4.relaxed_max',
  'f64x2.relaxed_min',
  'f64x2.relaxed_max',
  'i16x8.relaxed_q15mulr_s',
  'i16x8.relaxed_dot_i8x16_i7x16_s',
  'i32x4.relaxed_dot_i8x16_i7x16_add_s',
];

const BLOCKS: Readonly<Record<string, number>> = { block: 0x02, loop: 0x03, if: 0x04, try: 0x06, try_table: 0x1f };

/** Immediates of special instructions, by kind. */
const SPECIAL: Readonly<Record<string, string>> = {
  br: 'label',
  br_if: 'label',
  call: 'func',
  return_call: 'func',
  'local.get': 'local',
  'local.set': 'local',
  'local.tee': 'local',
  'global.get': 'global',
  'global.set': 'global',
  'table.get': 'table?',
  'table.set': 'table?',
  'table.size': 'table?',
  'table.grow': 'table?',
  'table.fill': 'table?',
  'memory.size': 'memory?',
  'memory.grow': 'memory?',
  'memory.fill': 'memory?',
  'data.drop': 'data',
  'elem.drop': 'elem',
  'ref.null': 'heap',
  'ref.func': 'func',
  'i32.const': 'i32',
  'i64.const': 'i64',
  'f32.const': 'f32',
  'f64.const': 'f64',
};

/** Encodes the instructions of one body or constant expression. */
export class InstructionAssembler {
  readonly code: number[] = [];
  /** Whether an instruction names a data segment, so that the module needs a data count section. */
  usesData = false;
  private readonly spaces: Spaces;
  private readonly types: TypeTable;
  private readonly locals: IndexSpace;
  private readonly labels: (string | undefined)[] = [];

  constructor(spaces: Spaces, types: TypeTable, locals: IndexSpace) {
    this.spaces = spaces;
    this.types = types;
    this.locals = locals;
  }

  /** All items that remain. */
  sequence(cursor: Cursor): void {
    while (!cursor.done) {
      const node = cursor.peek();
      if (node?.kind === 'list') this.folded(cursor.next() as List);
      else this.plain(cursor);
    }
  }

  private plain(cursor: Cursor): void {
    const name = cursor.atom();
    const block = BLOCKS[name];
    if (block !== undefined) {
      this.open(block, cursor);
    } else if (name === 'end') {
      cursor.optionalId();
      this.labels.pop();
      this.code.push(0x0b);
    } else if (name === 'else') {
      cursor.optionalId();
      this.code.push(0x05);
    } else {
      this.code.push(...this.encode(name, cursor));
    }
  }

  private open(block: number, cursor: Cursor): void {
    const label = cursor.optionalId();
    const type = this.types.blockType(cursor);
    // Catch clauses count labels from outside the block.
    const clauses = block === BLOCKS['try_table'] ? this.catchClauses(cursor) : [];
    this.code.push(block, ...type, ...clauses);
    this.labels.push(label);
  }

  private catchClauses(cursor: Cursor): number[] {
    const kinds = ['catch', 'catch_ref', 'catch_all', 'catch_all_ref'];
    const clauses: number[][] = [];
    for (let kind = kinds.indexOf(headOf(cursor.peek())); kind >= 0; kind = kinds.indexOf(headOf(cursor.peek()))) {
      const list = cursor.list();
      const tag = kind < 2 ? unsignedLeb(this.spaces.tag.resolve(list.atom())) : [];
      clauses.push([kind, ...tag, ...this.label(list.atom())]);
    }
    return [...unsignedLeb(clauses.length), ...clauses.flat()];
  }

  private folded(list: List): void {
    const cursor = new Cursor(list.items);
    const name = cursor.atom();
    if (name === 'if') return this.foldedIf(cursor);
    if (name === 'try') return this.foldedTry(cursor);
    const block = BLOCKS[name];
    if (block !== undefined) {
      this.open(block, cursor);
      this.sequence(cursor);
      this.labels.pop();
      this.code.push(0x0b);
      return;
    }
    const encoded = this.encode(name, cursor);
    this.sequence(cursor);
    this.code.push(...encoded);
  }

  private foldedIf(cursor: Cursor): void {
    const label = cursor.optionalId();
    const type = this.types.blockType(cursor);
    while (!cursor.done && headOf(cursor.peek()) !== 'then') this.folded(cursor.next() as List);
    this.code.push(0x04, ...type);
    this.labels.push(label);
    const then = cursor.optionalList('then');
    if (then === undefined) throw new TextError('if without then');
    this.sequence(then);
    const otherwise = cursor.optionalList('else');
    if (otherwise !== undefined) {
      this.code.push(0x05);
      this.sequence(otherwise);
    }
    this.labels.pop();
    this.code.push(0x0b);
  }

  /** The retired exception instructions. */
  private foldedTry(cursor: Cursor): void {
    this.open(0x06, cursor);
    const body = cursor.optionalList('do');
    if (body !== undefined) this.sequence(body);
    let delegated = false;
    while (!cursor.done) {
      const head = headOf(cursor.peek());
      const list = cursor.list();
      if (head === 'delegate') {
        delegated = true;
        this.labels.pop();
      }
      this.code.push(...this.encode(head, list));
      this.sequence(list);
    }
    if (delegated) return;
    this.labels.pop();
    this.code.push(0x0b);
  }

  private label(text: string): number[] {
    if (!text.startsWith('$')) return unsignedLeb(parseInteger(text));
    const index = this.labels.lastIndexOf(text);
    if (index < 0) throw new TextError(`unknown label ${text}`);
    return unsignedLeb(this.labels.length - 1 - index);
  }

  /** Opcode and immediates. */
  private encode(name: string, cursor: Cursor): number[] {
    const other = OTHERS[name];
    if (other !== undefined) return [...other[0], ...this.immediates(other[1], cursor)];
    const relaxed = RELAXED.indexOf(name);
    if (relaxed >= 0) return [0xfd, ...unsignedLeb(0x100 + relaxed)];
    switch (name) {
      case 'select':
        return this.select(cursor);
      case 'br_table':
        return this.branchTable(cursor);
      case 'call_indirect':
      case 'return_call_indirect':
        return this.callIndirect(name === 'call_indirect' ? 0x11 : 0x13, cursor);
      case 'ref.test':
      case 'ref.cast':
        return this.cast(name === 'ref.test' ? 20 : 22, cursor);
      case 'br_on_cast':
      case 'br_on_cast_fail':
        return this.branchOnCast(name === 'br_on_cast' ? 24 : 25, cursor);
      default:
        return this.known(name, cursor);
    }
  }

  private known(name: string, cursor: Cursor): number[] {
    const number = instructionNumber(name);
    if (number === undefined) throw new TextError(`unknown operator ${name}`);
    const opcode =
      number < PREFIX_FC
        ? [number]
        : number < PREFIX_FD
          ? [0xfc, ...unsignedLeb(number - PREFIX_FC)]
          : [0xfd, ...unsignedLeb(number - PREFIX_FD)];
    switch (instructionForm[number]) {
      case FORM.plain:
        return opcode;
      case FORM.memory:
        return [...opcode, ...this.memoryArgument(cursor, accessSizeLog[number]!, false)];
      case FORM.memoryLane:
        return [...opcode, ...this.memoryArgument(cursor, accessSizeLog[number]!, true), Number(parseInteger(cursor.atom()))];
      case FORM.lane:
        return [...opcode, Number(parseInteger(cursor.atom()))];
      default:
        return [...opcode, ...this.specialImmediates(name, cursor)];
    }
  }

  private specialImmediates(name: string, cursor: Cursor): number[] {
    const kinds = SPECIAL[name];
    if (kinds !== undefined) return this.immediates(kinds, cursor);
    switch (name) {
      case 'unreachable':
      case 'nop':
      case 'return':
      case 'drop':
      case 'ref.is_null':
        return [];
      case 'memory.copy': {
        const first = cursor.atIndex();
        const memories = first ? [cursor.atom(), cursor.atom()] : ['0', '0'];
        return memories.flatMap((text) => unsignedLeb(this.spaces.memory.resolve(text)));
      }
      case 'table.copy': {
        const first = cursor.atIndex();
        const tables = first ? [cursor.atom(), cursor.atom()] : ['0', '0'];
        return tables.flatMap((text) => unsignedLeb(this.spaces.table.resolve(text)));
      }
      case 'memory.init':
      case 'table.init':
        return this.initialise(name, cursor);
      case 'v128.const':
        return vectorBytes(cursor);
      case 'i8x16.shuffle':
        return Array.from({ length: 16 }, () => Number(parseInteger(cursor.atom())));
      default:
        throw new TextError(`operator ${name} cannot be assembled`);
    }
  }

  private initialise(name: string, cursor: Cursor): number[] {
    const [target, segment] = name === 'memory.init' ? [this.spaces.memory, this.spaces.data] : [this.spaces.table, this.spaces.elem];
    if (name === 'memory.init') this.usesData = true;
    const targetIndex = cursor.atIndex(1) ? unsignedLeb(target.resolve(cursor.atom())) : [0];
    return [...unsignedLeb(segment.resolve(cursor.atom())), ...targetIndex];
  }

  private immediates(kinds: string, cursor: Cursor): number[] {
    const bytes: number[] = [];
    let type = 0;
    for (const kind of kinds === '' ? [] : kinds.split(' ')) {
      if (kind === 'type') type = this.spaces.type.resolve(cursor.peekAtom() ?? '');
      if (kind === 'field') {
        type = this.spaces.type.resolve(cursor.atom());
        bytes.push(...unsignedLeb(type), ...unsignedLeb(this.types.fieldIndex(type, cursor.atom())));
      } else {
        bytes.push(...this.immediate(kind, cursor));
      }
    }
    return bytes;
  }

  private immediate(kind: string, cursor: Cursor): number[] {
    switch (kind) {
      case 'label':
        return this.label(cursor.atom());
      case 'local':
        return unsignedLeb(this.locals.resolve(cursor.atom()));
      case 'heap':
        return this.types.heapType(cursor.atom());
      case 'count':
        return unsignedLeb(parseInteger(cursor.atom()));
      case 'i32':
        return signedLeb(BigInt.asIntN(32, parseInteger(cursor.atom())));
      case 'i64':
        return signedLeb(BigInt.asIntN(64, parseInteger(cursor.atom())));
      case 'f32':
        return littleEndian(parseFloatBits(cursor.atom(), FLOAT32), 4);
      case 'f64':
        return littleEndian(parseFloatBits(cursor.atom(), FLOAT64), 8);
      case 'table?':
      case 'memory?': {
        const space = kind === 'table?' ? this.spaces.table : this.spaces.memory;
        return cursor.atIndex() ? unsignedLeb(space.resolve(cursor.atom())) : [0];
      }
      default: {
        if (kind === 'data') this.usesData = true;
        return unsignedLeb(this.spaces[kind as keyof Spaces].resolve(cursor.atom()));
      }
    }
  }

  private memoryArgument(cursor: Cursor, natural: number, lane: boolean): number[] {
    const isArgument = (text: string | undefined): boolean => text !== undefined && /^(offset|align)=/.test(text);
    const named = cursor.atIndex() && (!lane || cursor.atIndex(1) || isArgument(cursor.peekAtom(1)));
    const memory = named ? this.spaces.memory.resolve(cursor.atom()) : 0;
    let offset = 0n;
    let align = natural;
    if (cursor.peekAtom()?.startsWith('offset=')) offset = parseInteger(cursor.atom().slice(7));
    if (cursor.peekAtom()?.startsWith('align=')) {
      const bytes = parseInteger(cursor.atom().slice(6));
      if (bytes === 0n || (bytes & (bytes - 1n)) !== 0n) throw new TextError('alignment must be a power of two');
      align = bytes.toString(2).length - 1;
    }
    return [...(memory === 0 ? [align] : [align | 0x40, ...unsignedLeb(memory)]), ...unsignedLeb(offset)];
  }

  private select(cursor: Cursor): number[] {
    if (headOf(cursor.peek()) !== 'result') return [0x1b];
    const { results } = this.types.signature(cursor);
    return [0x1c, ...unsignedLeb(results.length), ...results.flat()];
  }

  private branchTable(cursor: Cursor): number[] {
    const labels: number[][] = [];
    while (cursor.atIndex()) labels.push(this.label(cursor.atom()));
    return [0x0e, ...unsignedLeb(labels.length - 1), ...labels.flat()];
  }

  private callIndirect(opcode: number, cursor: Cursor): number[] {
    const table = cursor.atIndex() ? this.spaces.table.resolve(cursor.atom()) : 0;
    return [opcode, ...unsignedLeb(this.types.use(cursor).index), ...unsignedLeb(table)];
  }

  private cast(opcode: number, cursor: Cursor): number[] {
    const { nullable, heap } = this.types.reference(cursor.next());
    return [0xfb, opcode + (nullable ? 1 : 0), ...heap];
  }

  private branchOnCast(opcode: number, cursor: Cursor): number[] {
    const label = this.label(cursor.atom());
    const from = this.types.reference(cursor.next());
    const to = this.types.reference(cursor.next());
    return [0xfb, opcode, (from.nullable ? 1 : 0) | (to.nullable ? 2 : 0), ...label, ...from.heap, ...to.heap];
  }
}

const VECTOR_SHAPES: Readonly<Record<string, readonly [lanes: number, bytes: number]>> = {
  i8x16: [16, 1],
  i16x8: [8, 2],
  i32x4: [4, 4],
  i64x2: [2, 8],
  f32x4: [4, 4],
  f64x2: [2, 8],
};

/** Bytes of a vector literal: shape and lanes. */
export function vectorBytes(cursor: Cursor): number[] {
  const shape = cursor.atom();
  const form = VECTOR_SHAPES[shape];
  if (form === undefined) throw new TextError(`unknown vector shape ${shape}`);
  const [lanes, bytes] = form;
  const float = bytes === 4 ? FLOAT32 : FLOAT64;
  return Array.from({ length: lanes }, () => {
    const text = cursor.atom();
    return littleEndian(shape.startsWith('f') ? parseFloatBits(text, float) : parseInteger(text), bytes);
  }).flat();
}
