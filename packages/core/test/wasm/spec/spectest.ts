/**
 * The host module `spectest` that test scripts import, in two parts: functions that stay imports, and tables, memories and globals.
 *
 * Canisters import functions only, so the instrumentation has no place for imported tables, memories and globals. Modules that import those of
 * `spectest` get them as definitions of their own with the same content, which no script can tell apart as long as no other module shares them.
 * @module
 */
import { Cursor, headOf } from '../text/tree.ts';
import type { List, Node } from '../text/tree.ts';

const atom = (text: string): Node => ({ kind: 'atom', text });
const list = (...items: Node[]): List => ({ kind: 'list', items, line: 0 });
const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** Functions that do nothing. */
export const spectestFunctions: Readonly<Record<string, () => void>> = {
  print: () => {},
  print_i32: () => {},
  print_i64: () => {},
  print_f32: () => {},
  print_f64: () => {},
  print_i32_f32: () => {},
  print_f64_f64: () => {},
};

const DEFINITIONS: Readonly<Record<string, readonly Node[]>> = {
  global_i32: [atom('i32'), list(atom('i32.const'), atom('666'))],
  global_i64: [atom('i64'), list(atom('i64.const'), atom('666'))],
  global_f32: [atom('f32'), list(atom('f32.const'), atom('666.6'))],
  global_f64: [atom('f64'), list(atom('f64.const'), atom('666.6'))],
  table: [atom('10'), atom('20'), atom('funcref')],
  table64: [atom('i64'), atom('10'), atom('20'), atom('funcref')],
  memory: [atom('1'), atom('2')],
};

/** The fields with imports of `spectest` tables, memories and globals turned into definitions; undefined when there are none. */
export function defineSpectestImports(fields: readonly Node[]): Node[] | undefined {
  let changed = false;
  const imports: Node[] = [];
  const others: Node[] = [];
  for (const field of fields) {
    const defined = field.kind === 'list' ? definedHere(field) : undefined;
    if (defined !== undefined) changed = true;
    // Imports are numbered before definitions, wherever they stand.
    (headOf(field) === 'import' || isInlineImport(field) ? imports : others).push(defined ?? field);
  }
  return changed ? [...imports, ...others] : undefined;
}

function isInlineImport(field: Node): boolean {
  return field.kind === 'list' && field.items.some((item) => headOf(item) === 'import');
}

function definedHere(field: List): List | undefined {
  const cursor = new Cursor(field.items, 1);
  if (headOf(field) === 'import') {
    const module = latin(cursor.string());
    const definition = DEFINITIONS[latin(cursor.string())];
    const kind = headOf(cursor.peek());
    if (module !== 'spectest' || definition === undefined) return undefined;
    const id = cursor.list().optionalId();
    return list(atom(kind), ...(id === undefined ? [] : [atom(id)]), ...definition);
  }
  const index = field.items.findIndex((item) => headOf(item) === 'import');
  if (index < 0) return undefined;
  const inline = new Cursor((field.items[index] as List).items, 1);
  const module = latin(inline.string());
  const definition = DEFINITIONS[latin(inline.string())];
  if (module !== 'spectest' || definition === undefined) return undefined;
  return list(...field.items.slice(0, index), ...definition);
}

/** Names of the modules that the fields import tables, memories or globals from. */
export function modulesSharedBy(fields: readonly Node[]): Set<string> {
  const names = new Set<string>();
  for (const field of fields) {
    if (field.kind !== 'list') continue;
    const inline = field.items.find((item) => headOf(item) === 'import');
    const [entry, kind] = headOf(field) === 'import' ? [field, headOf(field.items[3])] : [inline, headOf(field)];
    if (entry?.kind === 'list' && kind !== 'func') names.add(latin(new Cursor(entry.items, 1).string()));
  }
  return names;
}
