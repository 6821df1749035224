/**
 * Reads test scripts (.wast): modules, actions and assertions. Source: WebAssembly spec repository, interpreter README, "Scripts".
 * @module
 */
import { assembleFields } from './module.ts';
import { FLOAT32, FLOAT64, littleEndian, parseFloatBits, parseInteger } from './numbers.ts';
import { Cursor, TextError, headOf, parseTree } from './tree.ts';
import type { List, Node } from './tree.ts';
import { vectorBytes } from './instructions.ts';

/** A module of a script: binary, or text that the script says is malformed. */
export type ScriptModule =
  | {
      readonly form: 'binary';
      readonly id: string | undefined;
      readonly bytes: Uint8Array;
      /** The fields of a module that the script gives as text. */
      readonly fields?: readonly Node[];
    }
  | { readonly form: 'quote'; readonly id: string | undefined };

/** A number or vector as its bits, little-endian. */
export type BitsValue = { readonly kind: 'bits'; readonly type: 'i32' | 'i64' | 'f32' | 'f64' | 'v128'; readonly bytes: readonly number[] };
/** A reference: null, a host value, or any non-null reference of a heap type. */
export type ReferenceValue = { readonly kind: 'reference'; readonly heap: string; readonly value: 'null' | 'any' | number };
export type Value = BitsValue | ReferenceValue;

export type LanePattern = 'canonical' | 'arithmetic' | readonly number[];
/** What a result must be. */
export type Pattern =
  | { readonly kind: 'lanes'; readonly type: BitsValue['type']; readonly laneBytes: number; readonly lanes: readonly LanePattern[] }
  | ReferenceValue
  | { readonly kind: 'either'; readonly options: readonly Pattern[] };

export type Action = {
  readonly kind: 'invoke' | 'get';
  readonly module: string | undefined;
  readonly name: string;
  readonly args: readonly Value[];
};

export type Command = { readonly line: number } & (
  | { readonly kind: 'module'; readonly module: ScriptModule; readonly definition: boolean }
  | { readonly kind: 'instance'; readonly id: string | undefined; readonly definition: string | undefined }
  | { readonly kind: 'register'; readonly name: string; readonly id: string | undefined }
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'assert_return'; readonly action: Action; readonly results: readonly Pattern[] }
  | { readonly kind: 'assert_trap' | 'assert_exhaustion'; readonly action: Action; readonly message: string }
  | { readonly kind: 'assert_exception'; readonly action: Action }
  /** About annotations of the text format, which no module carries. */
  | { readonly kind: 'assert_annotation' }
  | {
      readonly kind: 'assert_invalid' | 'assert_malformed' | 'assert_unlinkable' | 'assert_trap_module';
      readonly module: ScriptModule;
      readonly message: string;
    }
  /** A command that cannot be expressed here. */
  | { readonly kind: 'unreadable'; readonly reason: string }
);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Names are UTF-8; those that are not occur only in malformed modules. */
function text(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** All commands of a script. A script may also be the bare fields of one module. */
export function parseScript(source: string): Command[] {
  const nodes = parseTree(source);
  const fields = new Set(['type', 'rec', 'import', 'func', 'table', 'memory', 'global', 'tag', 'export', 'start', 'elem', 'data']);
  if (nodes.length > 0 && nodes.every((node) => fields.has(headOf(node)))) {
    return [
      {
        line: 1,
        kind: 'module',
        definition: false,
        module: { form: 'binary', id: undefined, bytes: assembleFields(nodes), fields: nodes },
      },
    ];
  }
  return nodes.map((node) => {
    if (node.kind !== 'list') throw new TextError('a command is expected');
    try {
      return command(node);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      return { line: node.line, kind: 'unreadable', reason: error.message };
    }
  });
}

function command(node: List): Command {
  const cursor = new Cursor(node.items, 1);
  const { line } = node;
  const head = headOf(node);
  switch (head) {
    case 'module': {
      if (cursor.peekAtom() !== 'instance') {
        const definition = cursor.peekAtom() === 'definition';
        if (definition) cursor.atom();
        return { line, kind: 'module', definition, module: readModule(cursor) };
      }
      cursor.atom();
      return { line, kind: 'instance', id: cursor.optionalId(), definition: cursor.optionalId() };
    }
    case 'register':
      return { line, kind: 'register', name: text(cursor.string()), id: cursor.optionalId() };
    case 'invoke':
    case 'get':
      return { line, kind: 'action', action: readAction(node) };
    case 'assert_return':
      return { line, kind: head, action: readAction(cursor.next()), results: rest(cursor).map(readPattern) };
    case 'assert_trap':
      if (headOf(cursor.peek()) === 'module')
        return { line, kind: 'assert_trap_module', module: readModule(cursor.list()), message: text(cursor.string()) };
      return { line, kind: head, action: readAction(cursor.next()), message: text(cursor.string()) };
    case 'assert_exhaustion':
      return { line, kind: head, action: readAction(cursor.next()), message: text(cursor.string()) };
    case 'assert_exception':
      return { line, kind: head, action: readAction(cursor.next()) };
    case 'assert_invalid':
    case 'assert_malformed':
    case 'assert_unlinkable':
      return { line, kind: head, module: readModule(cursor.list(), head === 'assert_malformed'), message: text(cursor.string()) };
    case 'assert_malformed_custom':
    case 'assert_invalid_custom':
      return { line, kind: 'assert_annotation' };
    default:
      throw new TextError(`unknown command ${head}`);
  }
}

function rest(cursor: Cursor): Node[] {
  const nodes: Node[] = [];
  while (!cursor.done) nodes.push(cursor.next());
  return nodes;
}

function readModule(cursor: Cursor, malformed = false): ScriptModule {
  if (cursor.peekAtom() === 'definition') cursor.atom();
  const id = cursor.optionalId();
  const form = cursor.peekAtom();
  if (form === 'quote') {
    cursor.atom();
    return malformed ? { form, id } : { form: 'binary', id, bytes: assembleText(quotedText(cursor)) };
  }
  if (form === 'binary') {
    cursor.atom();
    return { form, id, bytes: Uint8Array.from(rest(cursor).flatMap((node) => (node.kind === 'string' ? [...node.bytes] : []))) };
  }
  const fields = rest(cursor);
  return { form: 'binary', id, bytes: assembleFields(fields), fields };
}

function quotedText(cursor: Cursor): string {
  return rest(cursor)
    .map((node) => (node.kind === 'string' ? Array.from(node.bytes, (byte) => String.fromCharCode(byte)).join('') : ''))
    .join(' ');
}

/** A module from its text, with or without `(module …)` around it. */
export function assembleText(source: string): Uint8Array {
  const nodes = parseTree(source);
  const [first] = nodes;
  if (nodes.length !== 1 || first?.kind !== 'list' || headOf(first) !== 'module') return assembleFields(nodes);
  const cursor = new Cursor(first.items, 1);
  cursor.optionalId();
  return assembleFields(rest(cursor));
}

function readAction(node: Node): Action {
  if (node.kind !== 'list') throw new TextError('an action is expected');
  const cursor = new Cursor(node.items, 1);
  const kind = headOf(node);
  if (kind !== 'invoke' && kind !== 'get') throw new TextError(`unknown action ${kind}`);
  const module = cursor.optionalId();
  return { kind, module, name: text(cursor.string()), args: rest(cursor).map(readValue) };
}

const NUMBERS: Readonly<Record<string, number>> = { i32: 4, i64: 8, f32: 4, f64: 8 };

function readValue(node: Node): Value {
  const pattern = readPattern(node);
  if (pattern.kind === 'reference') return pattern;
  if (pattern.kind === 'either') throw new TextError('a value is expected');
  const bytes = pattern.lanes.flatMap((lane) => {
    if (typeof lane === 'string') throw new TextError('a value is expected, not a pattern');
    return [...lane];
  });
  return { kind: 'bits', type: pattern.type, bytes };
}

function readPattern(node: Node): Pattern {
  if (node.kind !== 'list') throw new TextError('a value is expected');
  const cursor = new Cursor(node.items, 1);
  const head = headOf(node);
  const type = head.replace('.const', '');
  if (head === 'either') return { kind: 'either', options: rest(cursor).map(readPattern) };
  if (head === 'v128.const') return vectorPattern(cursor);
  if (head.endsWith('.const') && NUMBERS[type] !== undefined) {
    return {
      kind: 'lanes',
      type: type as BitsValue['type'],
      laneBytes: NUMBERS[type],
      lanes: [lanePattern(type, NUMBERS[type], cursor.atom())],
    };
  }
  switch (head) {
    case 'ref.null':
      return { kind: 'reference', heap: cursor.done ? 'any' : cursor.atom(), value: 'null' };
    case 'ref.extern':
    case 'ref.host':
      return { kind: 'reference', heap: 'extern', value: cursor.done ? 'any' : Number(parseInteger(cursor.atom())) };
    default:
      if (!head.startsWith('ref.')) throw new TextError(`unknown value ${head}`);
      return { kind: 'reference', heap: head.slice(4), value: 'any' };
  }
}

function lanePattern(type: string, bytes: number, word: string): LanePattern {
  if (word === 'nan:canonical') return 'canonical';
  if (word === 'nan:arithmetic') return 'arithmetic';
  if (!type.startsWith('f')) return littleEndian(parseInteger(word), bytes);
  return littleEndian(parseFloatBits(word, bytes === 4 ? FLOAT32 : FLOAT64), bytes);
}

function vectorPattern(cursor: Cursor): Pattern {
  const shape = cursor.peekAtom() ?? '';
  const laneBytes = 16 / Number(shape.split('x')[1]);
  if (shape.startsWith('i')) {
    const bytes = vectorBytes(cursor);
    return { kind: 'lanes', type: 'v128', laneBytes, lanes: [bytes] };
  }
  cursor.atom();
  return {
    kind: 'lanes',
    type: 'v128',
    laneBytes,
    lanes: rest(cursor).map((node) => lanePattern(shape, laneBytes, node.kind === 'atom' ? node.text : '')),
  };
}
