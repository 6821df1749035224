/**
 * Reads the WebAssembly text format into a tree of lists, atoms and strings.
 *
 * The source is a string with one character per byte, so that strings keep their bytes. Comments and annotations are dropped.
 * @module
 */

export type Atom = { readonly kind: 'atom'; readonly text: string };
export type Text = { readonly kind: 'string'; readonly bytes: Uint8Array };
export type List = { readonly kind: 'list'; readonly items: readonly Node[]; readonly line: number };
export type Node = Atom | Text | List;

export class TextError extends Error {}

const SEPARATORS = ' \t\r\n()";';

class Reader {
  position = 0;
  line = 1;
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  fail(message: string): never {
    throw new TextError(`line ${this.line}: ${message}`);
  }

  /** Passes over white space and comments. */
  space(): void {
    const { source } = this;
    for (;;) {
      const char = source[this.position];
      if (char === '\n') this.line++;
      if (char === ' ' || char === '\t' || char === '\r' || char === '\n') this.position++;
      else if (char === ';' && source[this.position + 1] === ';') this.lineComment();
      else if (char === '(' && source[this.position + 1] === ';') this.blockComment();
      else return;
    }
  }

  lineComment(): void {
    while (this.position < this.source.length && this.source[this.position] !== '\n' && this.source[this.position] !== '\r')
      this.position++;
  }

  blockComment(): void {
    let depth = 0;
    do {
      const two = this.source.slice(this.position, this.position + 2);
      if (two === '') this.fail('a comment does not end');
      if (two[0] === '\n') this.line++;
      if (two === '(;') depth++;
      if (two === ';)') depth--;
      this.position += two === '(;' || two === ';)' ? 2 : 1;
    } while (depth > 0);
  }

  /** The next node, or undefined at the end of the enclosing list. */
  node(): Node | undefined {
    for (;;) {
      this.space();
      const char = this.source[this.position];
      if (char === undefined || char === ')') return undefined;
      if (char === '"') return { kind: 'string', bytes: this.string() };
      if (char !== '(') return { kind: 'atom', text: this.atom() };
      if (this.source[this.position + 1] !== '@') return this.list();
      this.annotation();
    }
  }

  /** Passes over an annotation, whose words may contain what others may not. */
  annotation(): void {
    let depth = 0;
    do {
      this.space();
      const char = this.source[this.position];
      if (char === undefined) this.fail('an annotation does not end');
      if (char === '"') {
        this.string();
        continue;
      }
      if (char === '(') depth++;
      if (char === ')') depth--;
      this.position++;
    } while (depth > 0);
  }

  list(): List {
    const { line } = this;
    this.position++;
    const items: Node[] = [];
    for (let item = this.node(); item !== undefined; item = this.node()) items.push(item);
    if (this.source[this.position] !== ')') this.fail('a list does not end');
    this.position++;
    return { kind: 'list', items, line };
  }

  atom(): string {
    const start = this.position;
    if (this.source.startsWith('$"', start) || this.source.startsWith('@"', start)) {
      this.position++;
      return `$${String.fromCharCode(...this.string())}`;
    }
    while (this.position < this.source.length && !SEPARATORS.includes(this.source[this.position]!)) this.position++;
    if (this.position === start) this.fail(`unexpected character ${JSON.stringify(this.source[start])}`);
    return this.source.slice(start, this.position);
  }

  string(): Uint8Array {
    const bytes: number[] = [];
    this.position++;
    for (;;) {
      const char = this.source[this.position++];
      if (char === undefined) return this.fail('a string does not end');
      if (char === '"') return Uint8Array.from(bytes);
      if (char !== '\\') bytes.push(char.charCodeAt(0));
      else bytes.push(...this.escape());
    }
  }

  escape(): Iterable<number> {
    const char = this.source[this.position++]!;
    const simple: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, '\\': 92 };
    if (Object.hasOwn(simple, char)) return [simple[char]!];
    if (char === 'u') {
      const end = this.source.indexOf('}', this.position);
      const point = Number.parseInt(this.source.slice(this.position + 1, end).replaceAll('_', ''), 16);
      this.position = end + 1;
      return new TextEncoder().encode(String.fromCodePoint(point));
    }
    return [Number.parseInt(char + this.source[this.position++]!, 16)];
  }
}

/** All top-level nodes of a source with one character per byte. */
export function parseTree(source: string): Node[] {
  const reader = new Reader(source);
  const nodes: Node[] = [];
  for (let node = reader.node(); node !== undefined; node = reader.node()) nodes.push(node);
  if (reader.position < source.length) reader.fail('unbalanced parenthesis');
  return nodes;
}

/** First word of a list, or '' for anything else. */
export function headOf(node: Node | undefined): string {
  const first = node?.kind === 'list' ? node.items[0] : undefined;
  return first?.kind === 'atom' ? first.text : '';
}

/** Takes the items of a list one by one. */
export class Cursor {
  index: number;
  readonly items: readonly Node[];

  constructor(items: readonly Node[], index = 0) {
    this.items = items;
    this.index = index;
  }

  get done(): boolean {
    return this.index >= this.items.length;
  }

  peek(ahead = 0): Node | undefined {
    return this.items[this.index + ahead];
  }

  /** Text of the next atom, or undefined. */
  peekAtom(ahead = 0): string | undefined {
    const node = this.peek(ahead);
    return node?.kind === 'atom' ? node.text : undefined;
  }

  next(): Node {
    const node = this.items[this.index++];
    if (node === undefined) throw new TextError('unexpected end of list');
    return node;
  }

  atom(): string {
    const node = this.next();
    if (node.kind !== 'atom') throw new TextError(`a word is expected, found a ${node.kind}`);
    return node.text;
  }

  string(): Uint8Array {
    const node = this.next();
    if (node.kind !== 'string') throw new TextError(`a string is expected, found a ${node.kind}`);
    return node.bytes;
  }

  /** The next atom if it is an identifier. */
  optionalId(): string | undefined {
    return this.peekAtom()?.startsWith('$') ? this.atom() : undefined;
  }

  /** The next list if it begins with the word. */
  optionalList(head: string): Cursor | undefined {
    return headOf(this.peek()) === head ? this.list() : undefined;
  }

  /** The next list, past its first word. */
  list(): Cursor {
    const node = this.next();
    if (node.kind !== 'list') throw new TextError(`a list is expected, found a ${node.kind}`);
    return new Cursor(node.items, 1);
  }

  /** Whether the next atom is a number or an identifier. */
  atIndex(ahead = 0): boolean {
    return /^(\$|[0-9])/.test(this.peekAtom(ahead) ?? '');
  }
}
