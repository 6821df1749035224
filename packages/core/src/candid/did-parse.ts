/**
 * Interfaces of canisters: `.did` texts, as in the metadata `candid:service`.
 * Source: Candid specification, "Core Grammar".
 * @module
 */
import { TokenStream } from './text-tokens.ts';
import { checkMethods, checkScope, nameOfToken, namedType, parseMethods, parseType, parseTypeTuple } from './type-parse.ts';
import type { TypeParser } from './type-parse.ts';
import { resolveType } from './types.ts';
import type { ServiceNode, TypeNode } from './types.ts';

/** What an interface declares. */
export type DidInterface = {
  /** Named types, in the order of their definitions. */
  readonly types: ReadonlyMap<string, TypeNode>;
  /** The methods of the service, if one is declared. */
  readonly service?: ServiceNode;
  /** The service's name in the text, if it is declared under one of the named types. */
  readonly serviceName?: string;
  /** Types of the arguments for installing the canister, if they are declared. */
  readonly initArgs?: readonly TypeNode[];
};

/**
 * Parses an interface.
 * @throws IcError `CANDID_TEXT_INVALID`, `CANDID_TYPE_INVALID`, `CANDID_LIMIT_EXCEEDED`
 */
export function parseDid(text: string): DidInterface {
  const parser: TypeParser = { tokens: new TokenStream(text), scope: new Map(), depth: 0 };
  const types = parseDefinitions(parser);
  const actor = parser.tokens.peek().kind === 'end' ? undefined : parseActor(parser);
  if (parser.tokens.peek().kind !== 'end') throw parser.tokens.unexpected('the end');
  checkScope(parser);
  if (actor === undefined) return { types };
  const service = resolveType(actor.service);
  if (service.kind !== 'service') throw parser.tokens.invalid('the type of the service is not a service', actor.offset);
  checkMethods(service);
  for (const type of actor.initArgs ?? []) checkMethods(type);
  return {
    types,
    service,
    ...(actor.service.kind === 'knot' && actor.service.name !== undefined ? { serviceName: actor.service.name } : {}),
    ...(actor.initArgs === undefined ? {} : { initArgs: actor.initArgs }),
  };
}

/** `type name = type; …` */
export function parseDefinitions(parser: TypeParser): Map<string, TypeNode> {
  const { tokens } = parser;
  const types = new Map<string, TypeNode>();
  for (let token = tokens.peek(); token.kind === 'name' && (token.name === 'type' || token.name === 'import'); token = tokens.peek()) {
    if (token.name === 'import')
      throw tokens.invalid('imports cannot be followed: put the imported definitions in their place', token.offset);
    tokens.next();
    const nameToken = tokens.next();
    if (nameToken.kind !== 'name') throw tokens.invalid('a name is expected', nameToken.offset);
    const knot = namedType(parser, nameToken);
    if (knot.target !== undefined) throw tokens.invalid(`the type '${nameToken.name}' is defined twice`, nameToken.offset);
    tokens.expect('=');
    knot.target = parseType(parser);
    types.set(nameToken.name, knot);
    // The last definition often stands without a semicolon.
    if (!tokens.accept(';') && tokens.peek().kind !== 'end' && !tokens.isName('service')) throw tokens.unexpected("';'");
  }
  return types;
}

type Actor = { readonly service: TypeNode; readonly initArgs: readonly TypeNode[] | undefined; readonly offset: number };

/** `service name : (init args) -> { methods }` */
function parseActor(parser: TypeParser): Actor {
  const { tokens } = parser;
  const { offset } = tokens.peek();
  if (!tokens.isName('service')) throw tokens.unexpected("'type', 'service' or the end");
  tokens.next();
  if (!tokens.isMark(':')) nameOfToken(tokens, tokens.next());
  tokens.expect(':');
  let initArgs: readonly TypeNode[] | undefined;
  if (tokens.isMark('(')) {
    initArgs = parseTypeTuple(parser).types;
    tokens.expect('->');
  }
  const token = tokens.peek();
  let service: TypeNode;
  if (token.kind === 'name') {
    tokens.next();
    service = namedType(parser, token);
  } else {
    service = parseMethods(parser);
  }
  tokens.accept(';');
  return { service, initArgs, offset };
}
