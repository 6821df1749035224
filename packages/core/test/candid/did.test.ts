import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MANAGEMENT_CANISTER_ID } from '@myelin/core/base';
import * as c from '@myelin/core/candid';
import { descriptionArbitrary, typeOf } from './arbitrary-types.ts';

const refuses = (text: string, message: RegExp, code = 'CANDID_TEXT_INVALID') =>
  assert.throws(
    () => c.parseDid(text),
    (error) => {
      assert.equal((error as { detail?: { code?: string } }).detail?.code, code, String(error));
      assert.match((error as Error).message, message);
      return true;
    },
  );

const LEDGER = `
// A ledger.
type Account = record { owner : principal; subaccount : opt blob };
type Error = variant { InsufficientFunds : record { balance : nat }; "Temporarily unavailable"; 7 : text };
type List = opt record { head : nat; tail : List };
type Callback = func (Account) -> () oneway;
/* Its service. */
service ledger : (record { minter : Account }, opt nat64) -> {
  transfer : (to : Account, amount : nat) -> (variant { Ok : nat; Err : Error });
  balance : (Account) -> (nat) query;
  subscribe : (Callback) -> ();
  notify : Callback;
  "☃" : () -> (List) composite_query;
}
`;

describe('interfaces', () => {
  const did = c.parseDid(LEDGER);
  it('knows types, methods and arguments for installing', () => {
    assert.deepEqual([...did.types.keys()], ['Account', 'Error', 'List', 'Callback']);
    assert.deepEqual(
      did.service!.methods.map((method) => [method.name, c.methodType(method).annotations.join()]),
      [
        ['balance', 'query'],
        ['notify', 'oneway'],
        ['subscribe', ''],
        ['transfer', ''],
        ['☃', 'composite_query'],
      ],
    );
    assert.deepEqual(c.methodType(did.service!.methods[3]!).argNames, ['to', 'amount']);
    assert.equal(did.initArgs!.length, 2);
    assert.equal(c.typeToText(did.initArgs![0]!), 'record { minter : Account }');
  });
  it('encodes and prints calls', () => {
    const { args, results } = c.methodType(did.service!.methods.find(({ name }) => name === 'transfer')!);
    const bytes = c.encodeArgsText('(record { owner = principal "aaaaa-aa" }, 1_000)', args, { exact: true });
    assert.deepEqual(c.decodeArgs(args, bytes), [{ owner: '', subaccount: [] }, 1000n]);
    const reply = c.encodeArgs(results, [{ Err: { InsufficientFunds: { balance: 5n } } }]);
    assert.equal(
      c.printArgs(results, c.decodeArgs(results, reply)),
      '(variant { Err = variant { InsufficientFunds = record { balance = 5 : nat } } })',
    );
    assert.equal(
      c.printArgs(results, [{ Err: { 'Temporarily unavailable': null } }]),
      '(variant { Err = variant { "Temporarily unavailable" } })',
    );
    assert.equal(c.printArgs(results, [{ Err: { _7_: 'x' } }]), '(variant { Err = variant { 7 = "x" } })');
  });
  it('names the labels of messages whose types are unknown', () => {
    const { results } = c.methodType(did.service!.methods.find(({ name }) => name === 'transfer')!);
    const { types, values } = c.decodeUntyped(c.encodeArgs(results, [{ Err: { _7_: 'x' } }]));
    assert.equal(c.printArgs(types, values), '(variant { 3_456_837 = variant { 7 = "x" } })');
    assert.equal(c.printArgs(types, values, { names: c.labelNamesOf(did) }), '(variant { Err = variant { 7 = "x" } })');
  });
  it('prints itself', () => {
    const printed = c.printDid(did);
    assert.match(
      printed,
      /^type Account = record \{ subaccount : opt blob; owner : principal \};$|^type Account = record \{ owner : principal; subaccount : opt blob \};$/m,
    );
    const again = c.parseDid(printed);
    assert.deepEqual(again.service, c.parseDid(c.printDid(again)).service);
    assert.deepEqual(c.serviceCompatible(again, did), { ok: true, value: [] });
    assert.deepEqual(c.serviceCompatible(did, again), { ok: true, value: [] });
    assert.deepEqual(
      again.initArgs!.map((type) => c.typeToText(type)),
      did.initArgs!.map((type) => c.typeToText(type)),
    );
  });
  it('accepts every form of a service', () => {
    for (const text of [
      'service : {}',
      'service : {};',
      'service s : {}',
      'type S = service {}; service : S',
      'type S = service {}\nservice : S',
      'service : () -> {}',
      'type S = service { a : () -> () }; service : (nat) -> S;',
      'type F = func () -> (); service : { f : F; g : func (nat) -> () query }',
    ]) {
      assert.ok(c.parseDid(text).service !== undefined, text);
    }
    assert.equal(c.parseDid('type A = nat').service, undefined);
    assert.equal(c.parseDid('').types.size, 0);
  });
  it('refuses what is not an interface, and says where', () => {
    refuses('type A = B; service : {}', /line 1, column 10: the type 'B' is not defined/);
    refuses('type A = nat; type A = int;', /'A' is defined twice/);
    refuses('type A = B; type B = A;', /only a name for itself/, 'CANDID_TYPE_INVALID');
    refuses('type A = A;', /only a name for itself/, 'CANDID_TYPE_INVALID');
    refuses('type A = nat; service : A', /not a service/);
    refuses('type A = nat; service : { a : A }', /'a' is not a function/, 'CANDID_TYPE_INVALID');
    refuses('type A = record { s : service { a : B } }; type B = nat;', /'a' is not a function/, 'CANDID_TYPE_INVALID');
    refuses('service : { a : () -> (); a : () -> () }', /declared twice/, 'CANDID_TYPE_INVALID');
    refuses('type A = record { a : nat; 97 : nat };', /the same number 97/, 'CANDID_TYPE_INVALID');
    refuses('import "other.did"; service : {}', /imports cannot be followed/);
    refuses('service : {} service : {}', /the end is expected/);
    refuses('type A = record { a : nat', /';' or '}' is expected, found the end/);
    refuses('type A = ' + 'opt '.repeat(10_000) + 'nat', /nested/, 'CANDID_LIMIT_EXCEEDED');
    refuses(
      Array.from({ length: 1000 }, (_, index) => `type T${index} = T${index + 1};`).join('') + 'type T1000 = nat',
      /in a row/,
      'CANDID_LIMIT_EXCEEDED',
    );
  });
  it('keeps every type through text', () => {
    fc.assert(
      fc.property(descriptionArbitrary({ references: true }), (description) => {
        const type = typeOf(description);
        const text = c.printDid({ types: new Map([['T', { kind: 'knot', name: 'T', target: type }]]) });
        const parsed = c.parseDid(text).types.get('T')!;
        assert.equal(c.checkSubtype(type, parsed).reason, undefined, text);
        assert.equal(c.checkSubtype(parsed, type).reason, undefined, text);
        assert.deepEqual(
          c.encodeArgs([c.func([parsed], [])], [[MANAGEMENT_CANISTER_ID, 'm']]),
          c.encodeArgs([c.func([type], [])], [[MANAGEMENT_CANISTER_ID, 'm']]),
        );
      }),
      { numRuns: 500 },
    );
  });
  it('takes large ones', () => {
    const fields = Array.from({ length: 200_000 }, (_, index) => `${index} : nat;`).join('');
    const did = c.parseDid(`type A = record { ${fields} }; service : { a : () -> (A) }`);
    assert.equal(c.labelNamesOf(did).size, 0);
  });
  it('is the management canister too', () => {
    const printed = c.printDid({ types: new Map(), service: c.managementService });
    const parsed = c.parseDid(printed);
    assert.deepEqual(c.serviceCompatible(parsed, { types: new Map(), service: c.managementService }), { ok: true, value: [] });
    assert.deepEqual(c.serviceCompatible({ types: new Map(), service: c.managementService }, parsed), { ok: true, value: [] });
  });
});

describe('compatibility of services', () => {
  const check = (newMethods: string, oldMethods: string) =>
    c.serviceCompatible(`service : { ${newMethods} }`, `service : { ${oldMethods} }`);
  const accepts = (newMethods: string, oldMethods: string) => assert.deepEqual(check(newMethods, oldMethods), { ok: true, value: [] });
  const rejects = (newMethods: string, oldMethods: string, reason: RegExp) => {
    const result = check(newMethods, oldMethods);
    assert.ok(!result.ok);
    assert.match(result.error, reason);
  };
  it('new methods, more results, optional arguments, fewer fields asked for', () => {
    accepts('a : () -> (); b : () -> ()', 'a : () -> ()');
    accepts('a : (nat) -> (nat, text)', 'a : (nat) -> (nat)');
    accepts('a : (nat, opt text) -> ()', 'a : (nat) -> ()');
    accepts('a : (record { x : nat; y : opt nat }) -> (record { p : nat; q : text })', 'a : (record { x : nat }) -> (record { p : nat })');
    accepts('a : (int) -> (nat)', 'a : (nat) -> (int)');
    accepts('a : (variant { x; y }) -> (variant { x })', 'a : (variant { x }) -> (variant { x; y })');
  });
  it('says what breaks old clients', () => {
    rejects('', 'a : () -> ()', /the method 'a' is missing/);
    rejects('a : (nat, text) -> ()', 'a : (nat) -> ()', /^at a argument 2: it is missing and not optional$/);
    rejects('a : () -> ()', 'a : () -> (nat)', /result 1: it is missing/);
    rejects('a : () -> (text)', 'a : () -> (nat)', /at a result 1: text is not a subtype of nat/);
    rejects('a : () -> () query', 'a : () -> ()', /the function is query and not an update/);
    rejects('a : (record { x : nat; y : nat }) -> ()', 'a : (record { x : nat }) -> ()', /the field y is missing and not optional/);
    rejects('a : () -> (variant { x; y })', 'a : () -> (variant { x })', /the tag y is not expected/);
    rejects(
      'a : () -> (record { r : record { s : text } })',
      'a : () -> (record { r : record { s : nat } })',
      /result 1\.r\.s: text is not a subtype of nat/,
    );
  });
  it('warns of values that get lost under opt', () => {
    const result = check('a : () -> (record { x : opt text })', 'a : () -> (record { x : opt nat })');
    assert.deepEqual(result, { ok: true, value: ['at a result 1.x: text is not a subtype of nat'] });
    assert.deepEqual(check('a : () -> (opt variant { x; y })', 'a : () -> (opt variant { x })'), {
      ok: true,
      value: ['at a result 1: the tag y is not expected'],
    });
  });
  it('compares recursive types, and forgets what it assumed under a failed opt', () => {
    const list = (item: string) => `type L = opt record { head : ${item}; tail : L }; service : { a : () -> (L) }`;
    assert.deepEqual(c.serviceCompatible(list('nat'), list('int')), { ok: true, value: [] });
    const lost = c.serviceCompatible(list('text'), list('int'));
    assert.ok(lost.ok && lost.value.length > 0);
    // B is first met under opt, where it fails; then it is asked for outright.
    const twice = (item: string) => `type B = record { x : ${item} }; service : { a : () -> (record { 0 : opt B; 1 : B }) }`;
    assert.ok(!c.serviceCompatible(twice('text'), twice('nat')).ok);
    const deep = (item: string) =>
      `type B = record { 0 : C; 1 : ${item} }; type C = record { x : opt B; y : nat }; service : { a : () -> (record { 0 : opt B; 1 : C }) }`;
    assert.ok(c.serviceCompatible(deep('text'), deep('nat')).ok);
  });
  it('is fast where types share parts', () => {
    const shared = (leaf: string) =>
      Array.from({ length: 200 }, (_, index) => `type T${index} = record { a : opt T${index + 1}; b : opt T${index + 1} };`).join('') +
      `type T200 = ${leaf}; service : { a : () -> (T0) }`;
    const start = performance.now();
    assert.ok(c.serviceCompatible(shared('nat'), shared('int')).ok);
    assert.ok(c.serviceCompatible(shared('text'), shared('int')).ok);
    assert.ok(performance.now() - start < 500);
  });
  it('asks for a service', () => {
    assert.throws(() => c.serviceCompatible('type A = nat', 'service : {}'), /new interface declares no service/);
  });
});

describe('labels', () => {
  it('hash as published', () => {
    // From the test scripts of dfinity/candid.
    for (const [name, hash] of [
      ['foo', 5097222],
      ['bar', 4895187],
      ['Ok', 17724],
      ['Err', 3456837],
      ['☃', 11272781],
      ['', 0],
      ['a', 97],
    ] as const)
      assert.equal(c.hashFieldName(name), hash);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        let hash = 0n;
        for (const byte of new TextEncoder().encode(name)) hash = (hash * 223n + BigInt(byte)) % (1n << 32n);
        assert.equal(c.hashFieldName(name), Number(hash));
      }),
    );
  });
  it('of unnamed ones are numbers', () => {
    assert.equal(c.fieldIdOfProperty('_5_'), 5);
    assert.equal(c.fieldIdOfProperty('_4294967295_'), 4294967295);
    for (const name of ['_4294967296_', '_05_', '_5', '5', '__', '_-1_']) assert.equal(c.fieldIdOfProperty(name), c.hashFieldName(name));
    assert.throws(() => c.record({ a: c.nat, _97_: c.nat }), /the same number 97/);
  });
});
