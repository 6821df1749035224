/**
 * The test scripts of dfinity/candid, folder test/ (commit ffef7cbc): every assertion of every file.
 *
 * An assertion is `assert input : (types)` for an input that must decode, `!:` for one that must not, and `assert a == b : (types)` or
 * `!=` for two that must decode to the same value or to different ones. An input is a message, or values as text.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fromUtf8 } from '@myelin/core/base';
import { argsCodec, decodeUntyped, parseArgsText, printArgs, valuesOfText } from '@myelin/core/candid';
import type { TypeNode } from '@myelin/core/candid';
import { parseDefinitions } from '../../src/candid/did-parse.ts';
import { TokenStream } from '../../src/candid/text-tokens.ts';
import { checkScope, parseTypeTuple } from '../../src/candid/type-parse.ts';
import type { TypeParser } from '../../src/candid/type-parse.ts';

const folder = path.join(process.env['MYELIN_VECTORS'] ?? path.join(import.meta.dirname, '../../../../../shared/vectors'), 'candid');

/** Assertions of each file; a file that is not named here, or holds another number, fails the run. */
const FILES: Readonly<Record<string, number>> = {
  'construct.test.did': 164,
  'overshoot.test.did': 10,
  'prim.test.did': 168,
  'reference.test.did': 50,
  'spacebomb.test.did': 17,
  'subtypes.test.did': 58,
};

type Input = { readonly kind: 'message'; readonly bytes: Uint8Array } | { readonly kind: 'text'; readonly text: string };
type Relation = ':' | '!:' | '==' | '!=';
type Assertion = {
  readonly left: Input;
  readonly relation: Relation;
  readonly right?: Input;
  readonly types: readonly TypeNode[];
  readonly name: string;
};

function readInput(tokens: TokenStream): Input {
  const token = tokens.next();
  if (token.kind === 'name' && token.name === 'blob') {
    const literal = tokens.next();
    assert.ok(literal.kind === 'quoted');
    return { kind: 'message', bytes: literal.bytes };
  }
  assert.ok(token.kind === 'quoted', `an input at ${token.offset}`);
  return { kind: 'text', text: fromUtf8(token.bytes)! };
}

/** The tokens of Candid have no `!`: rewrite the relations to marks that they have. */
function parseScript(source: string): Assertion[] {
  const marked = source.replaceAll(/^(\/\/.*)$|("(?:[^"\\]|\\.)*")|(!:)|(==)|(!=)/gm, (all, comment, quoted, not, equal, different) =>
    comment !== undefined ? '' : quoted !== undefined ? quoted : not ? '- :' : equal ? '==' : different ? '-=' : all,
  );
  const parser: TypeParser = { tokens: new TokenStream(marked), scope: new Map(), depth: 0 };
  const { tokens } = parser;
  parseDefinitions(parser);
  const assertions: Assertion[] = [];
  while (tokens.peek().kind !== 'end') {
    assert.ok(tokens.isName('assert'), `an assertion at ${tokens.peek().offset}`);
    tokens.next();
    const left = readInput(tokens);
    let relation: Relation = ':';
    let right: Input | undefined;
    if (tokens.accept('-')) relation = tokens.isMark('=') ? '!=' : '!:';
    else if (tokens.isMark('=')) relation = '==';
    if (relation === '==' || relation === '!=') {
      tokens.expect('=');
      if (relation === '==') tokens.expect('=');
      right = readInput(tokens);
    }
    tokens.expect(':');
    const { types } = parseTypeTuple(parser);
    const description = tokens.peek();
    if (description.kind === 'quoted') tokens.next();
    tokens.expect(';');
    assertions.push({
      left,
      relation,
      types,
      name: description.kind === 'quoted' ? fromUtf8(description.bytes)! : `assertion ${assertions.length + 1}`,
      ...(right === undefined ? {} : { right }),
    });
  }
  checkScope(parser);
  return assertions;
}

function decode(input: Input, types: readonly TypeNode[]): readonly unknown[] {
  return input.kind === 'text' ? valuesOfText(types, parseArgsText(input.text)) : argsCodec(types).decode(input.bytes);
}

function check({ left, relation, right, types }: Assertion): void {
  if (relation === '!:') {
    assert.throws(
      () => decode(left, types),
      (error) => (error as { detail: { code: string } }).detail.code.startsWith('CANDID_'),
    );
    return;
  }
  const value = decode(left, types);
  // The second time a plan exists already: it must not change the answer.
  if (left.kind === 'message') {
    const codec = argsCodec(types);
    codec.decode(left.bytes);
    assert.deepStrictEqual(codec.decode(left.bytes), value);
    // What we write for these values reads the same, also without knowing the types, and as text.
    const ours = codec.encode(value);
    assert.deepStrictEqual(codec.decode(ours), value);
    const untyped = decodeUntyped(ours);
    assert.deepStrictEqual(valuesOfText(types, parseArgsText(printArgs(untyped.types, untyped.values))), value);
    assert.deepStrictEqual(valuesOfText(types, parseArgsText(printArgs(types, value))), value);
  }
  if (right === undefined) return;
  const other = decode(right, types);
  if (relation === '==') assert.deepStrictEqual(value, other);
  else assert.notDeepStrictEqual(value, other);
}

const present = existsSync(folder);
if (!present && process.env['CI']) assert.fail(`the vectors are missing: ${folder}`);

describe(
  'dfinity/candid test scripts',
  {
    skip: present
      ? false
      : 'get test/*.test.did of github.com/dfinity/candid, commit ffef7cbc, and name the folder above it in MYELIN_VECTORS',
  },
  () => {
    if (!present) return;
    it('knows every file', () => assert.deepEqual(readdirSync(folder).sort(), Object.keys(FILES)));
    for (const file of readdirSync(folder)) {
      const assertions = parseScript(readFileSync(path.join(folder, file), 'utf8'));
      it(`${file}: ${assertions.length} assertions`, () => assert.equal(assertions.length, FILES[file]));
      describe(file, () => {
        for (const [index, assertion] of assertions.entries()) {
          it(`${index + 1}: ${assertion.name}`, () => {
            const start = performance.now();
            check(assertion);
            assert.ok(performance.now() - start < 500, 'in no time');
          });
        }
      });
    }
  },
);
