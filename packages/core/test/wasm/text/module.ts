/**
 * Assembles a module of the text format into the binary format. Checks nothing that the binary format can express: invalid modules are to
 * be refused by what is under test.
 * @module
 */
import { InstructionAssembler } from './instructions.ts';
import { IndexSpace, createSpaces } from './names.ts';
import type { Spaces } from './names.ts';
import { parseInteger, unsignedLeb } from './numbers.ts';
import { Cursor, TextError, headOf } from './tree.ts';
import type { List, Node } from './tree.ts';
import { TypeTable } from './types.ts';

const EXTERNAL_KINDS: Readonly<Record<string, number>> = { func: 0, table: 1, memory: 2, global: 3, tag: 4 };

type Kind = 'func' | 'table' | 'memory' | 'global' | 'tag';

type Field = { readonly head: string; readonly cursor: Cursor };

const atom = (text: string): Node => ({ kind: 'atom', text });
const list = (...items: Node[]): List => ({ kind: 'list', items, line: 0 });

class ModuleAssembler {
  private readonly spaces: Spaces = createSpaces();
  private readonly types: TypeTable = new TypeTable(this.spaces.type);
  private readonly imports: number[][] = [];
  private readonly sections: Record<'func' | 'table' | 'memory' | 'tag' | 'global' | 'export' | 'elem' | 'code' | 'data', number[][]> = {
    func: [],
    table: [],
    memory: [],
    tag: [],
    global: [],
    export: [],
    elem: [],
    code: [],
    data: [],
  };
  private start: number | undefined;
  private usesData = false;

  assemble(fields: readonly Node[]): Uint8Array {
    const parsed = fields.map((node): Field => {
      if (node.kind !== 'list') throw new TextError('a module field is expected');
      return { head: headOf(node), cursor: new Cursor(node.items, 1) };
    });
    const typeFields = parsed.filter(({ head }) => head === 'type' || head === 'rec');
    for (const { head, cursor } of typeFields) this.types.number(new Cursor(cursor.items, 1), head);
    let index = 0;
    for (const { head, cursor } of typeFields) index = this.types.define(new Cursor(cursor.items, 1), head, index);
    for (const { head, cursor } of parsed) this.number(head, new Cursor(cursor.items, 1));
    for (const { head, cursor } of parsed) this.define(head, new Cursor(cursor.items, 1));
    return this.encode();
  }

  /** Gives indexes to what a field defines. */
  private number(head: string, cursor: Cursor): void {
    if (head === 'import') {
      cursor.string();
      cursor.string();
      const kind = headOf(cursor.peek());
      this.spaces[kind as Kind].add(cursor.list().optionalId());
    } else if (head in EXTERNAL_KINDS || head === 'elem' || head === 'data') {
      this.spaces[head as Kind | 'elem' | 'data'].add(cursor.optionalId());
      // Segments written inside a table or memory take an index of their own.
      for (const item of cursor.items) {
        if (head === 'table' && headOf(item) === 'elem') this.spaces.elem.add(undefined);
        if (head === 'memory' && headOf(item) === 'data') this.spaces.data.add(undefined);
      }
    }
  }

  private indexOfNext: Record<Kind, number> = { func: 0, table: 0, memory: 0, global: 0, tag: 0 };

  private define(head: string, cursor: Cursor): void {
    switch (head) {
      case 'type':
      case 'rec':
        return;
      case 'import':
        return this.importField(cursor);
      case 'export': {
        const name = cursor.string();
        const kind = headOf(cursor.peek()) as Kind;
        return this.exportItem(name, kind, this.spaces[kind].resolve(cursor.list().atom()));
      }
      case 'start':
        this.start = this.spaces.func.resolve(cursor.atom());
        return;
      case 'elem':
        return this.elem(cursor);
      case 'data':
        return this.data(cursor);
      case 'func':
      case 'table':
      case 'memory':
      case 'global':
      case 'tag':
        return this.item(head, cursor);
      default:
        throw new TextError(`unknown module field ${head}`);
    }
  }

  private exportItem(name: Uint8Array, kind: Kind, index: number): void {
    this.sections.export.push([...encodeName(name), EXTERNAL_KINDS[kind]!, ...unsignedLeb(index)]);
  }

  private importField(cursor: Cursor): void {
    const names = [...encodeName(cursor.string()), ...encodeName(cursor.string())];
    const kind = headOf(cursor.peek()) as Kind;
    const description = cursor.list();
    description.optionalId();
    this.importItem(names, kind, description);
    this.indexOfNext[kind]++;
  }

  private importItem(names: number[], kind: Kind, description: Cursor): void {
    this.imports.push([...names, EXTERNAL_KINDS[kind]!, ...this.externalType(kind, description)]);
  }

  private externalType(kind: Kind, cursor: Cursor): number[] {
    switch (kind) {
      case 'func':
        return unsignedLeb(this.types.use(cursor).index);
      case 'table': {
        const limits = this.limits(cursor);
        return [...this.types.valueType(cursor.next()), ...limits];
      }
      case 'memory':
        return this.limits(cursor);
      case 'global':
        return this.globalType(cursor);
      case 'tag':
        return [0, ...unsignedLeb(this.types.use(cursor).index)];
    }
  }

  private globalType(cursor: Cursor): number[] {
    if (headOf(cursor.peek()) !== 'mut') return [...this.types.valueType(cursor.next()), 0];
    return [...this.types.valueType(cursor.list().next()), 1];
  }

  private addressType(cursor: Cursor): boolean {
    const text = cursor.peekAtom();
    if (text !== 'i32' && text !== 'i64') return false;
    cursor.atom();
    return text === 'i64';
  }

  private limits(cursor: Cursor): number[] {
    const is64 = this.addressType(cursor);
    const min = parseInteger(cursor.atom());
    const max = /^[0-9]/.test(cursor.peekAtom() ?? '') ? parseInteger(cursor.atom()) : undefined;
    const shared = cursor.peekAtom() === 'shared';
    if (shared) cursor.atom();
    const pageSize = cursor.optionalList('pagesize');
    const flags = (max === undefined ? 0 : 1) | (shared ? 2 : 0) | (is64 ? 4 : 0) | (pageSize === undefined ? 0 : 8);
    const size = pageSize === undefined ? [] : unsignedLeb(parseInteger(pageSize.atom()).toString(2).length - 1);
    return [flags, ...unsignedLeb(min), ...(max === undefined ? [] : unsignedLeb(max)), ...size];
  }

  /** A function, table, memory, global or tag, with its inline exports and import. */
  private item(kind: Kind, cursor: Cursor): void {
    cursor.optionalId();
    const index = this.indexOfNext[kind]++;
    for (let inline = cursor.optionalList('export'); inline !== undefined; inline = cursor.optionalList('export'))
      this.exportItem(inline.string(), kind, index);
    const inlineImport = cursor.optionalList('import');
    if (inlineImport !== undefined) {
      this.importItem([...encodeName(inlineImport.string()), ...encodeName(inlineImport.string())], kind, cursor);
      return;
    }
    switch (kind) {
      case 'func':
        return this.func(cursor);
      case 'table':
        return this.table(cursor, index);
      case 'memory':
        return this.memory(cursor, index);
      case 'global':
        this.sections.global.push([...this.globalType(cursor), ...this.expression(cursor)]);
        return;
      case 'tag':
        this.sections.tag.push(this.externalType('tag', cursor));
        return;
    }
  }

  private func(cursor: Cursor): void {
    const use = this.types.use(cursor);
    const locals = new IndexSpace('local');
    for (const name of use.paramNames) locals.add(name);
    const declared: number[][] = [];
    for (let local = cursor.optionalList('local'); local !== undefined; local = cursor.optionalList('local')) {
      const id = local.optionalId();
      for (let first = true; !local.done; first = false) {
        locals.add(first ? id : undefined);
        declared.push(this.types.valueType(local.next()));
      }
    }
    const body = new InstructionAssembler(this.spaces, this.types, locals);
    body.sequence(cursor);
    this.usesData ||= body.usesData;
    this.sections.func.push(unsignedLeb(use.index));
    this.sections.code.push(sized([...encodeLocals(declared), ...body.code, 0x0b]));
  }

  private table(cursor: Cursor, index: number): void {
    const start = cursor.index;
    const is64 = this.addressType(cursor);
    if (!/^[0-9]/.test(cursor.peekAtom() ?? '')) {
      const type = cursor.next();
      const elem = cursor.list();
      const count = elem.items.length - 1;
      const limits = [is64 ? 5 : 1, ...unsignedLeb(count), ...unsignedLeb(count)];
      this.sections.table.push([...this.types.valueType(type), ...limits]);
      const expressions = elem.peek()?.kind === 'list';
      // Function indexes have the type (ref func); tables of other function types take expressions.
      const plain = type.kind === 'atom' && type.text === 'funcref';
      const functions = elem.items.slice(1);
      const items = expressions
        ? [type, ...functions]
        : plain
          ? [atom('func'), ...functions]
          : [type, ...functions.map((item) => list(atom('ref.func'), item))];
      return this.elem(
        new Cursor(
          [atom('elem'), list(atom('table'), atom(String(index))), list(atom(is64 ? 'i64.const' : 'i32.const'), atom('0')), ...items],
          1,
        ),
      );
    }
    cursor.index = start;
    const limits = this.limits(cursor);
    const type = this.types.valueType(cursor.next());
    const initialiser = cursor.done ? undefined : this.expression(cursor);
    this.sections.table.push(initialiser === undefined ? [...type, ...limits] : [0x40, 0x00, ...type, ...limits, ...initialiser]);
  }

  private memory(cursor: Cursor, index: number): void {
    const start = cursor.index;
    const is64 = this.addressType(cursor);
    const pageSize = cursor.optionalList('pagesize');
    const inline = cursor.optionalList('data');
    if (inline === undefined) {
      cursor.index = start;
      this.sections.memory.push(this.limits(cursor));
      return;
    }
    const bytes = inline.items.slice(1).reduce((sum, item) => sum + (item.kind === 'string' ? item.bytes.length : 0), 0);
    const pageLog = pageSize === undefined ? 16 : parseInteger(pageSize.atom()).toString(2).length - 1;
    const pages = unsignedLeb(Math.ceil(bytes / 2 ** pageLog));
    this.sections.memory.push([
      (is64 ? 5 : 1) | (pageSize === undefined ? 0 : 8),
      ...pages,
      ...pages,
      ...(pageSize === undefined ? [] : [pageLog]),
    ]);
    this.data(
      new Cursor(
        [
          atom('data'),
          list(atom('memory'), atom(String(index))),
          list(atom(is64 ? 'i64.const' : 'i32.const'), atom('0')),
          ...inline.items.slice(1),
        ],
        1,
      ),
    );
  }

  /** A constant expression of all that remains, with its `end`. */
  private expression(cursor: Cursor): number[] {
    const assembler = new InstructionAssembler(this.spaces, this.types, new IndexSpace('local'));
    assembler.sequence(cursor);
    return [...assembler.code, 0x0b];
  }

  /** An offset: `(offset …)` or one folded instruction. */
  private offset(cursor: Cursor): number[] {
    const explicit = cursor.optionalList('offset');
    return this.expression(explicit ?? new Cursor([cursor.next()]));
  }

  private elem(cursor: Cursor): void {
    cursor.optionalId();
    const declarative = cursor.peekAtom() === 'declare';
    if (declarative) cursor.atom();
    const table = cursor.optionalList('table');
    // The oldest form names the table by a bare index.
    const bare = table === undefined && cursor.atIndex() && cursor.peek(1)?.kind === 'list' ? cursor.atom() : undefined;
    const tableIndex = this.spaces.table.resolve(table?.atom() ?? bare ?? '0');
    const startsWithList = cursor.peek()?.kind === 'list' && headOf(cursor.peek()) !== 'ref' && headOf(cursor.peek()) !== 'item';
    const active = !declarative && (table !== undefined || bare !== undefined || startsWithList);
    const offset = active ? this.offset(cursor) : [];
    const items = this.elemItems(cursor);
    const flags = (active ? 0 : declarative ? 3 : 1) | (items.expressions ? 4 : 0);
    const short = active && tableIndex === 0 && items.type === undefined;
    const head = short ? [flags] : active ? [flags | 2, ...unsignedLeb(tableIndex)] : [flags];
    const type = short ? [] : items.expressions ? (items.type ?? [0x70]) : [0];
    this.sections.elem.push([...head, ...offset, ...type, ...vector(items.encoded)]);
  }

  private elemItems(cursor: Cursor): { readonly expressions: boolean; readonly type: number[] | undefined; readonly encoded: number[][] } {
    const functions = cursor.peekAtom() === 'func';
    if (functions) cursor.atom();
    if (functions || cursor.done || cursor.atIndex()) {
      const encoded: number[][] = [];
      while (!cursor.done) encoded.push(unsignedLeb(this.spaces.func.resolve(cursor.atom())));
      return { expressions: false, type: undefined, encoded };
    }
    const type = this.types.valueType(cursor.next());
    const encoded: number[][] = [];
    while (!cursor.done) {
      const item = cursor.optionalList('item');
      encoded.push(this.expression(item ?? new Cursor([cursor.next()])));
    }
    return { expressions: true, type: type.length === 1 && type[0] === 0x70 ? undefined : type, encoded };
  }

  private data(cursor: Cursor): void {
    cursor.optionalId();
    const memory = cursor.optionalList('memory');
    const bare = memory === undefined && cursor.atIndex() ? cursor.atom() : undefined;
    const memoryIndex = this.spaces.memory.resolve(memory?.atom() ?? bare ?? '0');
    const active = memory !== undefined || bare !== undefined || cursor.peek()?.kind === 'list';
    const head = !active ? [1] : memoryIndex === 0 ? [0, ...this.offset(cursor)] : [2, ...unsignedLeb(memoryIndex), ...this.offset(cursor)];
    const bytes: number[] = [];
    while (!cursor.done) for (const byte of cursor.string()) bytes.push(byte);
    this.sections.data.push([...head, ...sized(bytes)]);
  }

  private encode(): Uint8Array {
    const { sections } = this;
    const out: number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
    const put = (id: number, content: number[]): void => {
      out.push(id);
      for (const byte of sized(content)) out.push(byte);
    };
    const putVector = (id: number, items: readonly number[][]): void => {
      if (items.length > 0) put(id, vector(items));
    };
    putVector(1, this.types.groups);
    putVector(2, this.imports);
    putVector(3, sections.func);
    putVector(4, sections.table);
    putVector(5, sections.memory);
    putVector(13, sections.tag);
    putVector(6, sections.global);
    putVector(7, sections.export);
    if (this.start !== undefined) put(8, unsignedLeb(this.start));
    putVector(9, sections.elem);
    if (this.usesData) put(12, unsignedLeb(sections.data.length));
    putVector(10, sections.code);
    putVector(11, sections.data);
    return Uint8Array.from(out);
  }
}

function vector(items: readonly number[][]): number[] {
  return [...unsignedLeb(items.length), ...items.flat()];
}

function sized(bytes: number[]): number[] {
  return unsignedLeb(bytes.length).concat(bytes);
}

function encodeName(bytes: Uint8Array): number[] {
  return sized([...bytes]);
}

/** Local declarations, neighbours of one type together. */
function encodeLocals(types: readonly number[][]): number[] {
  const groups: { count: number; readonly type: readonly number[] }[] = [];
  for (const type of types) {
    const last = groups.at(-1);
    if (last !== undefined && last.type.join() === type.join()) last.count++;
    else groups.push({ count: 1, type });
  }
  return [...unsignedLeb(groups.length), ...groups.flatMap(({ count, type }) => [...unsignedLeb(count), ...type])];
}

/** Binary of a module given as its fields. */
export function assembleFields(fields: readonly Node[]): Uint8Array {
  return new ModuleAssembler().assemble(fields);
}
