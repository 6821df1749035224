/**
 * Interfaces as `.did` text: what a canister without one of its own shows as `candid:service`.
 * @module
 */
import type { DidInterface } from './did-parse.ts';
import { nameToText, signatureToText, typeToText } from './type-text.ts';
import type { TypeNode } from './types.ts';

const LINE_LENGTH_MAX = 100;

/** The interface as text; parsing it gives the same types again. */
export function printDid({ types, service, serviceName, initArgs }: DidInterface): string {
  const lines: string[] = [];
  for (const [name, type] of types) lines.push(`type ${name} = ${definition(type)};`);
  if (service !== undefined) {
    const init = initArgs === undefined ? '' : `(${initArgs.map((type) => typeToText(type)).join(', ')}) -> `;
    lines.push(`service : ${init}${serviceName ?? methodsBlock(service)}`);
  }
  return `${lines.join('\n')}\n`;
}

function definition(named: TypeNode): string {
  const type = named.kind === 'knot' && named.target !== undefined ? named.target : named;
  const line = typeToText(type);
  if (line.length <= LINE_LENGTH_MAX) return line;
  if (type.kind === 'service') return `service ${methodsBlock(type)}`;
  if (type.kind !== 'record' && type.kind !== 'variant') return line;
  const inner = line.slice(line.indexOf('{') + 2, -2);
  return `${type.kind} {\n${splitAtTop(inner)
    .map((field) => `  ${field};\n`)
    .join('')}}`;
}

/** Splits the fields of a block, which may hold blocks and quoted names themselves. */
function splitAtTop(fields: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < fields.length; index++) {
    const char = fields[index]!;
    if (char === '"') {
      for (index++; fields[index] !== '"'; index++) if (fields[index] === '\\') index++;
    } else if (char === '{' || char === '(') depth++;
    else if (char === '}' || char === ')') depth--;
    else if (char === ';' && depth === 0) {
      parts.push(fields.slice(start, index));
      start = index + 2;
    }
  }
  return [...parts, fields.slice(start)];
}

function methodsBlock(service: TypeNode & { readonly kind: 'service' }): string {
  const methods = service.methods.map(({ name, type }) => {
    const signature = type.kind === 'func' ? signatureToText(type) : typeToText(type);
    return `  ${nameToText(name)} : ${signature};\n`;
  });
  return `{\n${methods.join('')}}`;
}
