/**
 * YAML and JSON with places: whoever reads a field can say in which file and line it stands.
 *
 * JSON is read as YAML, of which it is a part.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import type { IcError } from '@myelin/core/base';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { nearestWord } from '../command-line/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { PROJECT_FILE_BYTES_MAX, PROJECT_FILE_DEPTH_MAX } from './limits.ts';

type Source = { readonly file: string; readonly lines: LineCounter; readonly resolve: (node: unknown) => Node | undefined };

function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') ? file : path;
}

function invalid(message: string, remedy?: string): IcError {
  return commandFailure('PROJECT_FILE_INVALID', message, remedy);
}

/** A value of a project file. Reading it as something that it is not is refused with its place. */
export class ManifestValue {
  readonly #source: Source;
  readonly #node: Node | undefined;
  /** `canisters[0].build`, or '' for the whole file. */
  readonly path: string;
  readonly #offset: number;
  readonly #depth: number;

  constructor(source: Source, node: Node | undefined, path: string, offset: number, depth: number) {
    this.#source = source;
    this.#node = node;
    this.path = path;
    this.#offset = offset;
    this.#depth = depth;
    if (depth > PROJECT_FILE_DEPTH_MAX) throw this.refuse(`is nested more than ${PROJECT_FILE_DEPTH_MAX} levels deep`);
  }

  /** `icp.yaml:12: canisters[0].name` */
  get place(): string {
    const { line } = this.#source.lines.linePos(this.#offset);
    return `${shownPath(this.#source.file)}:${line}:${this.path === '' ? '' : ` ${this.path}`}`;
  }

  /** Why the value can not be used: a part of a sentence that begins with the value's place. */
  refuse(why: string, remedy?: string): IcError {
    return invalid(`${this.place} ${why}`, remedy);
  }

  /** What can be written down, but not be done here. */
  unsupported(why: string, remedy: string): IcError {
    return commandFailure('PROJECT_UNSUPPORTED', `${this.place} ${why}`, remedy);
  }

  #child(node: unknown, path: string, offset: number): ManifestValue {
    const resolved = this.#source.resolve(node);
    return new ManifestValue(this.#source, resolved, path, offset, this.#depth + 1);
  }

  get isNull(): boolean {
    return this.#node === undefined || (isScalar(this.#node) && this.#node.value === null);
  }

  get isText(): boolean {
    return isScalar(this.#node) && typeof this.#node.value === 'string';
  }

  get isMap(): boolean {
    return isMap(this.#node);
  }

  get isList(): boolean {
    return isSeq(this.#node);
  }

  /** A field; undefined when it is absent or null. */
  get(name: string): ManifestValue | undefined {
    return this.fields().find(([field]) => field === name)?.[1];
  }

  /** A field that has to be there. */
  need(name: string): ManifestValue {
    const value = this.get(name);
    if (value === undefined) throw this.refuse(`has no field '${name}'`);
    return value;
  }

  /** The fields that are not null, in their order. */
  fields(): (readonly [name: string, value: ManifestValue])[] {
    if (!isMap(this.#node)) throw this.refuse('is not a map of fields');
    const fields: (readonly [string, ManifestValue])[] = [];
    for (const { key, value } of this.#node.items) {
      const resolved = this.#source.resolve(key);
      if (!isScalar(resolved)) throw this.refuse('has a field whose name is not a text');
      const name = String(resolved.value);
      const path = this.path === '' ? name : `${this.path}.${name}`;
      const field = this.#child(value, path, resolved.range?.[0] ?? this.#offset);
      if (!field.isNull) fields.push([name, field]);
    }
    return fields;
  }

  /** Refuses fields that are none: mistakes of typing would be passed over in silence. */
  allow(names: readonly string[]): void {
    for (const [name, field] of this.fields()) {
      if (names.includes(name)) continue;
      const meant = nearestWord(name, names);
      throw field.refuse(
        'is not a field that is known here',
        meant === undefined ? `there are: ${names.join(', ')}` : `did you mean '${meant}'?`,
      );
    }
  }

  items(): ManifestValue[] {
    if (!isSeq(this.#node)) throw this.refuse('is not a list');
    return this.#node.items.map((item, index) => {
      const resolved = this.#source.resolve(item);
      return this.#child(item, `${this.path}[${index}]`, resolved?.range?.[0] ?? this.#offset);
    });
  }

  text(): string {
    if (isScalar(this.#node) && typeof this.#node.value === 'string') return this.#node.value;
    throw this.refuse('is not a text', isScalar(this.#node) ? 'put it in quotes' : undefined);
  }

  /** A text, or a number as it is written: `30`, `4gib`, `1_000`. */
  word(): string {
    if (isScalar(this.#node) && ['string', 'number', 'bigint'].includes(typeof this.#node.value)) {
      return this.#node.source ?? String(this.#node.value);
    }
    throw this.refuse('is neither a number nor a text');
  }

  /** A text, number or switch as it is written. */
  scalar(): string {
    if (isScalar(this.#node) && this.#node.value !== null) return this.#node.source ?? JSON.stringify(this.#node.value);
    throw this.refuse('is not a text');
  }

  flag(): boolean {
    if (isScalar(this.#node) && typeof this.#node.value === 'boolean') return this.#node.value;
    throw this.refuse('is neither true nor false');
  }

  texts(): string[] {
    return this.items().map((item) => item.text());
  }

  /** A text, or a list of texts. */
  textOrTexts(): string[] {
    return this.isList ? this.texts() : [this.text()];
  }
}

/** Parses a project file. @throws IcError `PROJECT_FILE_INVALID` */
export function parseManifest(text: string, file: string): ManifestValue {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, intAsBigInt: true, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    const what = error.message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
    throw invalid(`${shownPath(file)}:${lines.linePos(error.pos[0]).line}: ${what}`, 'correct the file there');
  }
  const resolve = (node: unknown): Node | undefined => {
    const resolved: unknown = isAlias(node) ? node.resolve(document) : node;
    return isScalar(resolved) || isMap(resolved) || isSeq(resolved) ? resolved : undefined;
  };
  return new ManifestValue({ file, lines, resolve }, resolve(document.contents), '', 0, 0);
}

/** Reads a project file. @throws IcError `PROJECT_FILE_INVALID`, and the system's errors */
export async function readManifest(file: string): Promise<ManifestValue> {
  const { size } = await stat(file);
  if (size > PROJECT_FILE_BYTES_MAX) throw invalid(`${shownPath(file)} is larger than ${PROJECT_FILE_BYTES_MAX} bytes`);
  return parseManifest(await readFile(file, 'utf8'), file);
}
