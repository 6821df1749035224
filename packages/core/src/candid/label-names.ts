/**
 * Names of labels, for printing messages of which only numbers are known.
 * @module
 */
import type { DidInterface } from './did-parse.ts';
import { propertyOfFieldId } from './field-id.ts';
import { partsOf } from './types.ts';
import type { TypeNode } from './types.ts';

/** Every named label in an interface, by its number: what `printArgs` takes as `names`. */
export function labelNamesOf(did: DidInterface): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const visited = new Set<TypeNode>();
  const pending: TypeNode[] = [...did.types.values(), ...(did.initArgs ?? []), ...(did.service === undefined ? [] : [did.service])];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (visited.has(node)) continue;
    visited.add(node);
    if (node.kind === 'record' || node.kind === 'variant') {
      for (const { id, name } of node.fields) if (name !== propertyOfFieldId(id)) names.set(id, name);
    }
    for (const part of partsOf(node)) pending.push(part);
  }
  return names;
}
