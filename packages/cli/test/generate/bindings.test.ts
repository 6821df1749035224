import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bindingName } from '../../src/generate/binding-name.ts';
import { makeBindings } from '../../src/generate/bindings.ts';
import { generate, type GenerateRequest } from '../../src/generate/index.ts';
import { createTerminal } from '../../src/terminal/index.ts';
import { runCommand, runJson, temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';

const DID =
  'type Entry = record { who : text; at : opt nat64 };\nservice : (nat) -> { add : (Entry) -> (vec Entry); all : () -> (vec Entry) query }\n';

describe('bindingName', () => {
  it('is an identifier that collides with nothing', () => {
    const cases = {
      counter: 'counter',
      'my-counter': 'my_counter',
      'a.b c': 'a_b_c',
      '2048': '_2048',
      actor: 'actor_canister',
      Principal: 'Principal_canister',
    };
    for (const [canister, name] of Object.entries(cases)) assert.equal(bindingName(canister), name);
    for (const canister of ['', '---', 'ü', 'x'.repeat(101)]) assert.throws(() => bindingName(canister), hasCode('USAGE_OPTION_VALUE'));
  });
});

describe('makeBindings', () => {
  it('names its parts so that Node and every compiler find them', async () => {
    const files = await makeBindings('my_book', DID, 'typescript');
    assert.deepEqual([...files.keys()].toSorted(), ['declarations/my_book.did.d.ts', 'declarations/my_book.did.js', 'my_book.ts']);
    assert.match(files.get('my_book.ts') ?? '', /from "\.\/declarations\/my_book\.did\.js"/);
    const script = await makeBindings('my_book', DID, 'javascript');
    assert.ok(script.has('my_book.js') && script.has('my_book.d.ts') && !script.has('my_book.ts'));
  });

  it('says why the generator does not take an interface', async () => {
    await assert.rejects(makeBindings('x', 'service : { a : () -> (unknown) }', 'typescript'), hasCode('BINDINGS_FAILED'));
  });
});

describe('myelin generate', () => {
  it('needs no network for files, and writes only what has changed', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'guest-book.did'), DID);
    const first = await runJson(folder, ['generate', 'guest-book.did']);
    assert.deepEqual(first['bindings'], [{ name: 'guest-book', source: 'guest-book.did', file: 'src/bindings/guest_book.ts' }]);
    const written = first['files'] as { readonly path: string; readonly changed: boolean }[];
    assert.ok(written.length === 3 && written.every(({ path, changed }) => changed && existsSync(join(folder, path))));
    const path = join(folder, 'src/bindings/guest_book.ts');
    const before = statSync(path).mtimeMs;
    const again = await runJson(folder, ['generate', 'guest-book.did']);
    assert.ok((again['files'] as typeof written).every(({ changed }) => !changed));
    assert.equal(statSync(path).mtimeMs, before);
    writeFileSync(join(folder, 'guest-book.did'), DID.replace('all :', 'every :'));
    await runJson(folder, ['generate', 'guest-book.did']);
    assert.match(readFileSync(path, 'utf8'), /every\(\)/);
  });

  it('takes interfaces that the project names, or those of its Motoko, for all its canisters', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'guests.did'), DID);
    writeFileSync(join(folder, 'main.mo'), 'persistent actor { public query func one() : async Nat { 1 } }');
    const canisters = [
      { name: 'guests', recipe: { type: '@dfinity/rust@v3.0.0', configuration: { package: 'guests', candid: 'guests.did' } } },
      { name: 'one', recipe: { type: '@dfinity/motoko@v4.0.0', configuration: { main: 'main.mo' } } },
    ];
    writeFileSync(join(folder, 'icp.yaml'), JSON.stringify({ canisters }));
    const made = await runJson(folder, ['generate', '--network', 'http://127.0.0.1:2']);
    assert.deepEqual(made['bindings'], [
      { name: 'guests', source: 'guests.did', file: 'src/bindings/guests.ts' },
      { name: 'one', source: 'main.mo', file: 'src/bindings/one.ts' },
    ]);
    assert.match(readFileSync(join(folder, 'src/bindings/one.ts'), 'utf8'), /one\(\): Promise<bigint>/);
  });

  it('overwrites nothing that it did not write, and then writes nothing', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'book.did'), DID);
    mkdirSync(join(folder, 'out/declarations'), { recursive: true });
    writeFileSync(join(folder, 'out/book.ts'), '// mine\n');
    const refused = await runCommand(folder, ['generate', 'book.did', '--output', 'out']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /out\/book\.ts was not written by 'myelin generate'; nothing was changed/);
    assert.equal(readFileSync(join(folder, 'out/book.ts'), 'utf8'), '// mine\n');
    assert.ok(!existsSync(join(folder, 'out/declarations/book.did.js')));
    writeFileSync(join(folder, 'elsewhere.ts'), '// elsewhere\n');
    mkdirSync(join(folder, 'links'));
    symlinkSync(join(folder, 'elsewhere.ts'), join(folder, 'links/book.ts'));
    assert.equal((await runCommand(folder, ['generate', 'book.did', '--output', 'links'])).code, 1);
    assert.equal(readFileSync(join(folder, 'elsewhere.ts'), 'utf8'), '// elsewhere\n');
  });

  it('explains what goes wrong', async (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'broken.did'), 'service : { a : () -> (nat');
    writeFileSync(join(folder, 'types.did'), 'type T = nat;');
    writeFileSync(join(folder, 'a-b.did'), DID);
    writeFileSync(join(folder, 'a_b.did'), DID);
    writeFileSync(join(folder, 'empty.wasm'), Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    const at = (name: string): string => join(folder, name);
    const request = (words: readonly string[], name?: string): GenerateRequest => ({
      words: words.map(at),
      folder: at('src/bindings'),
      language: 'typescript',
      name,
      connection: { network: undefined, rootKey: undefined, stateFolder: at('.myelin'), identityName: undefined },
    });
    const terminal = createTerminal(true);
    await assert.rejects(generate(request(['broken.did']), terminal), hasCode('CANDID_TEXT_INVALID'));
    await assert.rejects(generate(request(['types.did']), terminal), hasCode('INTERFACE_MISSING'));
    await assert.rejects(generate(request(['missing.did']), terminal), { code: 'ENOENT' });
    await assert.rejects(generate(request(['empty.wasm']), terminal), hasCode('INTERFACE_MISSING'));
    await assert.rejects(generate(request(['a-b.did', 'a_b.did']), terminal), hasCode('BINDINGS_NAME_TAKEN'));
    await assert.rejects(generate(request(['a-b.did', 'types.did'], 'x'), terminal), hasCode('USAGE_OPTIONS_CONFLICT'));
    const language = await runCommand(folder, ['generate', 'a-b.did', '--language', 'rust']);
    assert.deepEqual([language.code, language.stdout], [2, '']);
    assert.match(language.stderr, /no bindings for 'rust'[^]*--language typescript \| javascript/);
    const nobody = await runCommand(folder, ['generate', 'nobody', '--network', 'http://127.0.0.1:2']);
    assert.match(nobody.stderr, /nothing listens there/);
    assert.ok(!existsSync(at('src')), 'what failed wrote nothing');
  });
});
