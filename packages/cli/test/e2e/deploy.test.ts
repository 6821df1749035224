import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { azleCanister, motokoCanister } from '@myelin/test-canisters';
import { runCommand, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';

const COUNTER = fileURLToPath(new URL('../../../../testing/canisters/motoko/counter.mo', import.meta.url));

describe('deploy, call, query, status', () => {
  let folder: string;
  const suite = endsWithSuite();
  before(async () => {
    folder = temporaryFolder(suite);
    await startNetwork(suite, folder);
    copyFileSync(COUNTER, join(folder, 'counter.mo'));
  });

  it('deploys Motoko, then leaves it alone, then upgrades it with its state', async () => {
    const first = await runJson(folder, ['deploy', 'counter.mo']);
    assert.deepEqual([first['name'], first['action'], first['created']], ['counter', 'install', true]);
    const id = String(first['canister']);
    assert.match(String(first['url']), new RegExp(`^http://${id}\\.localhost:\\d+/$`));
    assert.ok(BigInt(String(first['cycles'])) > 1_000_000_000_000n);
    const added = await runJson(folder, ['canister', 'call', 'counter', 'add', '(41)']);
    assert.deepEqual([added['reply'], added['values'], added['certified']], ['(41 : nat)', ['41'], true]);
    const again = await runJson(folder, ['deploy', 'counter.mo']);
    assert.deepEqual([again['canister'], again['action'], again['created']], [id, 'unchanged', false]);
    const upgraded = await runJson(folder, ['deploy', 'counter.mo', '--mode', 'upgrade']);
    assert.deepEqual([upgraded['canister'], upgraded['action']], [id, 'upgrade']);
    assert.deepEqual((await runJson(folder, ['canister', 'query', 'counter', 'get']))['values'], ['41']);
    const emptied = await runJson(folder, ['deploy', 'counter.mo', '--mode', 'reinstall']);
    assert.equal(emptied['action'], 'reinstall');
    assert.deepEqual((await runJson(folder, ['canister', 'query', 'counter', 'get']))['values'], ['0']);
  });

  it('prints replies for people, and warns of what is not certified', async () => {
    const called = await runCommand(folder, ['canister', 'call', 'counter', 'inc']);
    assert.deepEqual([called.code, called.stdout, called.stderr], [0, '(1 : nat)\n', '']);
    const queried = await runCommand(folder, ['canister', 'query', 'counter', 'greet', '("Ada")']);
    assert.equal(queried.stdout, '("Hello, Ada!")\n');
    assert.match(queried.stderr, /^warning: one node answered; its signature is valid, but the network has not certified it/);
  });

  it('explains what goes wrong', async () => {
    const cases: (readonly [words: readonly string[], code: number, stderr: RegExp])[] = [
      [['canister', 'call', 'counter', 'incThenTrap'], 1, /rejected \(IC0503, code 5\).*trapped on purpose/],
      [['canister', 'call', 'counter', 'icn'], 1, /no method 'icn'[^]*add : \(amount : nat\) -> \(nat\)[^]*did you mean 'inc'/],
      [['canister', 'call', 'counter', 'add', '(true)'], 1, /true is not a nat\n {2}\(true\)\n {3}\^\nwhat to do: write \(nat\)/],
      [['canister', 'call', 'cuonter', 'inc'], 1, /did you mean 'counter'/],
      [['canister', 'query', 'counter', 'inc'], 1, /update method: it cannot be queried/],
      [['canister', 'call', 'counter'], 2, /inc : \(\) -> \(nat\)[^]*the method is missing/],
      [['canister', 'status', 'aaaaa-aa'], 1, /there is no canister aaaaa-aa/],
      [
        ['canister', 'status', 'counter', '--network', 'http://127.0.0.1:2'],
        1,
        /no network answers at http:\/\/127\.0\.0\.1:2: nothing listens there/,
      ],
      [['deploy', 'missing.mo'], 1, /no file missing\.mo/],
      [['deploy', 'notes.txt'], 2, /not something that can be deployed/],
      [['deploy', 'counter.mo', '--mode', 'upgarde'], 2, /'upgarde' is not a mode/],
      [['deploy', 'counter.mo', '--identity', 'nobody'], 1, /there is no identity 'nobody'; there are: default/],
      [
        ['deploy', 'counter.mo', '--mode', 'upgrade', '--identity', 'anonymous'],
        1,
        /only controllers may do this|Only (the )?controllers/i,
      ],
    ];
    for (const [words, code, stderr] of cases) {
      const finished = await runCommand(folder, words);
      assert.equal(finished.code, code, `${words.join(' ')}: ${finished.stderr}`);
      assert.match(finished.stderr, stderr, words.join(' '));
      assert.equal(finished.stdout, '', words.join(' '));
    }
  });

  it('shows where a source is wrong', async () => {
    writeFileSync(join(folder, 'wrong.mo'), 'persistent actor {\n  public func f() : async Nat { "text" };\n};\n');
    const finished = await runCommand(folder, ['deploy', 'wrong.mo']);
    assert.equal(finished.code, 1);
    assert.match(finished.stderr, /error: wrong\.mo does not compile\nwrong\.mo:2:33: error \[M0050\] literal of type/);
    const json = await runCommand(folder, ['deploy', 'wrong.mo', '--json']);
    const { error } = JSON.parse(json.stdout) as { readonly error: { readonly code: string; readonly lines: readonly string[] } };
    assert.equal(error.code, 'MOTOKO_INVALID');
    assert.match(error.lines[0] ?? '', /^wrong\.mo:2:33: error/);
  });

  it('installs with arguments, and checks them before anything is made', async () => {
    writeFileSync(
      join(folder, 'greeter.mo'),
      'persistent actor class Greeter(word : Text) { public query func say() : async Text { word } }',
    );
    const missing = await runCommand(folder, ['deploy', 'greeter.mo']);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /the arguments are not right: .*\nwhat to do: write \(text\)/);
    await runJson(folder, ['deploy', 'greeter.mo', '--argument', '("hello")']);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'greeter', 'say']))['values'], ['hello']);
    await runJson(folder, ['deploy', 'greeter.mo', '--argument', '("good bye")']);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'greeter', 'say']))['values'], ['good bye']);
  });

  it('compiles imports of other canisters by name, and the management canister', async () => {
    writeFileSync(
      join(folder, 'caller.mo'),
      'import Counter "canister:counter"; import IC "ic:aaaaa-aa";\n' +
        'persistent actor {\n' +
        '  public func both() : async (Nat, Nat) { (await Counter.inc(), (await IC.raw_rand()).size()) };\n' +
        '}\n',
    );
    await runJson(folder, ['deploy', 'caller.mo']);
    const [count, random] = (await runJson(folder, ['canister', 'call', 'caller', 'both']))['values'] as [string, string];
    assert.ok(BigInt(count) >= 1n);
    assert.equal(random, '32');
    writeFileSync(
      join(folder, 'lost.mo'),
      'import Other "canister:other"; persistent actor { public func f() : async () { ignore Other } }',
    );
    assert.match((await runCommand(folder, ['deploy', 'lost.mo'])).stderr, /no canister was deployed as 'other'/);
  });

  it('deploys WebAssembly, compressed and in chunks', async () => {
    const { wasm } = await motokoCanister('counter');
    writeFileSync(join(folder, 'plain.wasm'), wasm);
    assert.equal((await runJson(folder, ['deploy', 'plain.wasm']))['action'], 'install');
    const azle = await azleCanister();
    writeFileSync(join(folder, 'guests.wasm.gz'), azle.gzipped);
    assert.equal((await runJson(folder, ['deploy', 'guests.wasm.gz']))['action'], 'install');
    writeFileSync(join(folder, 'large.wasm'), azle.wasm);
    const large = await runJson(folder, ['deploy', 'large.wasm', '--name', 'guests']);
    assert.deepEqual([large['action'], large['moduleSize']], ['upgrade', azle.wasm.length]);
    assert.ok(azle.wasm.length > 3_000_000);
    const status = await runJson(folder, ['canister', 'status', 'guests']);
    assert.equal(status['moduleHash'], large['moduleHash']);
    writeFileSync(join(folder, 'broken.wasm'), wasm.subarray(0, 1000));
    assert.match(
      (await runCommand(folder, ['deploy', 'broken.wasm'])).stderr,
      /broken\.wasm is not a WebAssembly module that can be installed/,
    );
  });

  it('shows a canister to its controllers and to others', async () => {
    const mine = await runJson(folder, ['canister', 'status', 'counter']);
    assert.equal(mine['isController'], true);
    assert.equal(mine['status'], 'running');
    assert.ok((mine['methods'] as string[]).includes('inc : () -> (nat)'));
    const theirs = await runJson(folder, ['canister', 'status', 'counter', '--identity', 'anonymous']);
    assert.equal(theirs['isController'], false);
    assert.equal(theirs['moduleHash'], mine['moduleHash']);
    assert.equal(theirs['cycles'], undefined);
  });

  it('refuses answers that another key has signed', async () => {
    const id = String((await runJson(folder, ['canister', 'status', 'counter']))['canister']);
    const refused = await runCommand(folder, ['canister', 'status', id, '--root-key', await otherKey()]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /error: the answer does not prove itself/);
  });

  /** The key of another network. */
  async function otherKey(): Promise<string> {
    const { createGenesis } = await import('@myelin/network');
    const { nobleHasher, toHex } = await import('@myelin/core/base');
    const genesis = createGenesis(
      { seed: new Uint8Array(32).fill(7), subnetType: 'application', nodes: 13, timeNs: 1n, firstCanisterIndex: 0n },
      nobleHasher,
    );
    return toHex(genesis.rootKeyDer);
  }
});

describe('state', () => {
  it('outlives SIGKILL right after an answer, again and again', async (t) => {
    const folder = temporaryFolder(t);
    copyFileSync(COUNTER, join(folder, 'counter.mo'));
    const first = await startNetwork(t, folder);
    const { canister } = await runJson(folder, ['deploy', 'counter.mo']);
    await first.stop('SIGTERM');
    let replayed = 0;
    for (let round = 1; round <= 3; round++) {
      const network = await startNetwork(t, folder);
      assert.equal(network.ready['rootKey'], first.ready['rootKey']);
      // A clean stop leaves nothing to run again, each kill a little more.
      if (round === 1) assert.equal(network.ready['replayed'], 0);
      else assert.ok(Number(network.ready['replayed']) > replayed);
      replayed = Number(network.ready['replayed']);
      assert.deepEqual((await runJson(folder, ['canister', 'call', 'counter', 'inc']))['values'], [String(round)]);
      const { signal } = await network.stop('SIGKILL');
      assert.equal(signal, 'SIGKILL');
    }
    await startNetwork(t, folder);
    assert.deepEqual((await runJson(folder, ['canister', 'query', 'counter', 'get']))['values'], ['3']);
    const again = await runJson(folder, ['deploy', 'counter.mo']);
    assert.deepEqual([again['canister'], again['action']], [canister, 'unchanged']);
  });
});
