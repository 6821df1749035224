/**
 * Types of the text format, those of features that are off included: what is refused must be refused by the parser, not for want of an encoding.
 * @module
 */
import { IndexSpace } from './names.ts';
import { signedLeb, unsignedLeb } from './numbers.ts';
import { Cursor, TextError, headOf } from './tree.ts';
import type { Node } from './tree.ts';

const NUMBER_TYPES: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, i8: 0x78, i16: 0x77 };

const HEAP_TYPES: Readonly<Record<string, number>> = {
  func: 0x70,
  extern: 0x6f,
  any: 0x6e,
  eq: 0x6d,
  i31: 0x6c,
  struct: 0x6b,
  array: 0x6a,
  exn: 0x69,
  noexn: 0x74,
  nofunc: 0x73,
  noextern: 0x72,
  none: 0x71,
};

const REFERENCE_TYPES: Readonly<Record<string, number>> = {
  funcref: 0x70,
  externref: 0x6f,
  anyref: 0x6e,
  eqref: 0x6d,
  i31ref: 0x6c,
  structref: 0x6b,
  arrayref: 0x6a,
  exnref: 0x69,
  nullexnref: 0x74,
  nullfuncref: 0x73,
  nullexternref: 0x72,
  nullref: 0x71,
};

/** Parameters and results; parameter names in order. */
export type Signature = {
  readonly params: readonly number[][];
  readonly paramNames: readonly (string | undefined)[];
  readonly results: readonly number[][];
};

export type TypeUse = Signature & { readonly index: number };

/** The types of a module: explicit ones first, then those that inline signatures add. */
export class TypeTable {
  /** Encodings of the entries of the type section: one per recursive group. */
  readonly groups: number[][] = [];
  private readonly space: IndexSpace;
  /** Index of the first plain function type of an encoding. */
  private readonly known = new Map<string, number>();
  private readonly signatures: (Signature | undefined)[] = [];
  private readonly fields: IndexSpace[] = [];

  constructor(space: IndexSpace) {
    this.space = space;
  }

  heapType(text: string): number[] {
    const byte = HEAP_TYPES[text];
    return byte === undefined ? signedLeb(this.space.resolve(text)) : [byte];
  }

  /** `null`-ness and heap type of a reference type. */
  reference(node: Node): { readonly nullable: boolean; readonly heap: number[] } {
    if (node.kind === 'atom') {
      const byte = REFERENCE_TYPES[node.text];
      if (byte === undefined) throw new TextError(`not a reference type: ${node.text}`);
      return { nullable: true, heap: [byte] };
    }
    const cursor = new Cursor(node.kind === 'list' ? node.items : [], 1);
    const nullable = cursor.peekAtom() === 'null';
    if (nullable) cursor.atom();
    return { nullable, heap: this.heapType(cursor.atom()) };
  }

  valueType(node: Node): number[] {
    if (node.kind === 'atom' && Object.hasOwn(NUMBER_TYPES, node.text)) return [NUMBER_TYPES[node.text]!];
    if (node.kind === 'list' && headOf(node) !== 'ref') throw new TextError(`not a type: (${headOf(node)} …)`);
    const { nullable, heap } = this.reference(node);
    const abstract = heap.length === 1 && heap[0]! >= 0x60 && heap[0]! < 0x80;
    if (nullable && abstract) return heap;
    return [nullable ? 0x63 : 0x64, ...heap];
  }

  private valueTypes(cursor: Cursor): number[][] {
    const types: number[][] = [];
    while (!cursor.done) types.push(this.valueType(cursor.next()));
    return types;
  }

  /** Inline parameters and results. */
  signature(cursor: Cursor): Signature {
    const params: number[][] = [];
    const paramNames: (string | undefined)[] = [];
    const results: number[][] = [];
    for (let list = cursor.optionalList('param'); list !== undefined; list = cursor.optionalList('param')) {
      const name = list.optionalId();
      const types = this.valueTypes(list);
      params.push(...types);
      paramNames.push(...types.map((_, index) => (index === 0 ? name : undefined)));
    }
    for (let list = cursor.optionalList('result'); list !== undefined; list = cursor.optionalList('result'))
      results.push(...this.valueTypes(list));
    return { params, paramNames, results };
  }

  /** A type use; a signature without a type index finds or adds its type. */
  use(cursor: Cursor): TypeUse {
    const explicit = cursor.optionalList('type');
    const inline = this.signature(cursor);
    if (explicit === undefined) return { ...inline, index: this.indexOf(inline) };
    const index = this.space.resolve(explicit.atom());
    if (inline.params.length > 0 || inline.results.length > 0) return { ...inline, index };
    const declared = this.signatures[index] ?? { params: [], paramNames: [], results: [] };
    return { params: declared.params, paramNames: declared.params.map(() => undefined), results: declared.results, index };
  }

  private indexOf(signature: Signature): number {
    const encoded = encodeFunctionType(signature);
    const key = encoded.join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const index = this.space.add(undefined);
    this.groups.push(encoded);
    this.signatures[index] = signature;
    this.known.set(key, index);
    return index;
  }

  blockType(cursor: Cursor): number[] {
    const explicit = headOf(cursor.peek()) === 'type';
    if (!explicit) {
      const start = cursor.index;
      const { params, results } = this.signature(cursor);
      if (params.length === 0 && results.length <= 1) return results[0] ?? [0x40];
      cursor.index = start;
    }
    return signedLeb(this.use(cursor).index);
  }

  /** Registers the identifiers of a `type` or `rec` field. */
  number(field: Cursor, head: string): void {
    if (head === 'type') this.space.add(field.optionalId());
    else while (!field.done) this.number(field.list(), 'type');
  }

  /** Encodes a `type` or `rec` field, whose first index is `index`. */
  define(field: Cursor, head: string, index: number): number {
    if (head === 'type') {
      const encoded = this.subType(field, index);
      this.groups.push(encoded);
      const key = encoded.join();
      if (!this.known.has(key)) this.known.set(key, index);
      return index + 1;
    }
    const members: number[][] = [];
    while (!field.done) {
      members.push(this.subType(field.list(), index + members.length));
    }
    this.groups.push([0x4e, ...unsignedLeb(members.length), ...members.flat()]);
    return index + members.length;
  }

  private subType(field: Cursor, index: number): number[] {
    field.optionalId();
    const sub = field.optionalList('sub');
    if (sub === undefined) return this.compositeType(field.list(), headOf(field.items[field.index - 1]), index);
    const final = sub.peekAtom() === 'final';
    if (final) sub.atom();
    const supers: number[] = [];
    while (sub.atIndex()) supers.push(this.space.resolve(sub.atom()));
    const composite = this.compositeType(new Cursor((sub.peek() as { items: readonly Node[] }).items, 1), headOf(sub.peek()), index);
    return [final ? 0x4f : 0x50, ...unsignedLeb(supers.length), ...supers.flatMap(unsignedLeb), ...composite];
  }

  private compositeType(cursor: Cursor, head: string, index: number): number[] {
    switch (head) {
      case 'func': {
        const signature = this.signature(cursor);
        this.signatures[index] = signature;
        return encodeFunctionType(signature);
      }
      case 'array':
        return [0x5e, ...this.fieldType(cursor.next())];
      case 'struct': {
        const fields = new IndexSpace('field');
        this.fields[index] = fields;
        const encoded: number[][] = [];
        for (let field = cursor.optionalList('field'); field !== undefined; field = cursor.optionalList('field')) {
          const id = field.optionalId();
          while (!field.done) {
            fields.add(fields.count === encoded.length ? id : undefined);
            encoded.push(this.fieldType(field.next()));
          }
        }
        return [0x5f, ...unsignedLeb(encoded.length), ...encoded.flat()];
      }
      default:
        throw new TextError(`unknown type form ${head}`);
    }
  }

  private fieldType(node: Node): number[] {
    if (headOf(node) !== 'mut') return [...this.valueType(node), 0];
    const cursor = new Cursor(node.kind === 'list' ? node.items : [], 1);
    return [...this.valueType(cursor.next()), 1];
  }

  fieldIndex(type: number, text: string): number {
    return (this.fields[type] ?? new IndexSpace('field')).resolve(text);
  }
}

function encodeFunctionType({ params, results }: Signature): number[] {
  return [0x60, ...unsignedLeb(params.length), ...params.flat(), ...unsignedLeb(results.length), ...results.flat()];
}
