/**
 * Index spaces: identifiers to numbers.
 * @module
 */
import { parseInteger } from './numbers.ts';
import { TextError } from './tree.ts';

/** One index space of a module, or the locals or labels of a function. */
export class IndexSpace {
  readonly what: string;
  count = 0;
  private readonly ids = new Map<string, number>();

  constructor(what: string) {
    this.what = what;
  }

  /** Gives the next index to an item. */
  add(id: string | undefined): number {
    if (id !== undefined) {
      if (this.ids.has(id)) throw new TextError(`duplicate ${this.what} ${id}`);
      this.ids.set(id, this.count);
    }
    return this.count++;
  }

  /** The index that an identifier or number names; numbers may be out of range. */
  resolve(text: string): number {
    if (!text.startsWith('$')) return Number(parseInteger(text));
    const index = this.ids.get(text);
    if (index === undefined) throw new TextError(`unknown ${this.what} ${text}`);
    return index;
  }
}

/** The index spaces of a module. */
export type Spaces = Readonly<Record<'type' | 'func' | 'table' | 'memory' | 'global' | 'tag' | 'elem' | 'data', IndexSpace>>;

export function createSpaces(): Spaces {
  const space = (what: string): IndexSpace => new IndexSpace(what);
  return {
    type: space('type'),
    func: space('function'),
    table: space('table'),
    memory: space('memory'),
    global: space('global'),
    tag: space('tag'),
    elem: space('elem'),
    data: space('data'),
  };
}
