import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { azleCanister, compileMotoko } from '@myelin/test-canisters';
import { runCommand, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';
import { writeFiles } from '../support/files.ts';

const store = (variable: string, more: string = ''): string =>
  `persistent actor class Store(start : Nat) { var count : ${variable} = ${variable === 'Nat' ? 'start' : '""'};
  public func add(n : Nat) : async Nat { ${variable === 'Nat' ? 'count += n; count' : 'count #= "x"; n + start'} };
  public query func get() : async Text { debug_show count };${more} }\n`;

const SOURCES = {
  'first.wasm': store('Nat'),
  'wider.wasm': store('Nat', '\n  public query func twice() : async Nat { count * 2 };'),
  'narrower.wasm': store('Nat').replace('add(n : Nat)', 'add(n : Nat, twice : Bool)').replace('count += n', 'count += n; ignore twice'),
  'retyped.wasm': store('Text'),
  'trapping.wasm': store('Nat', '\n  system func postupgrade() { assert count == 0 };'),
};

type Failure = { readonly code: string; readonly message: string; readonly remedy?: string; readonly lines?: readonly string[] };

describe('canister install', () => {
  let folder: string;
  const suite = endsWithSuite();
  before(async () => {
    folder = temporaryFolder(suite);
    await startNetwork(suite, folder);
    for (const [file, source] of Object.entries(SOURCES)) writeFiles(folder, { [file]: (await compileMotoko(source)).wasm });
    await runJson(folder, ['canister', 'create', 'store']);
  });

  const install = (...words: string[]): Promise<Record<string, unknown>> => runJson(folder, ['canister', 'install', 'store', ...words]);
  const get = async (): Promise<unknown> => (await runJson(folder, ['canister', 'query', 'store', 'get']))['values'];

  async function failure(words: readonly string[], exitCode: number = 1): Promise<Failure> {
    const { code, stdout, stderr } = await runCommand(folder, ['canister', 'install', ...words, '--json']);
    assert.equal(code, exitCode, `${words.join(' ')}: ${stdout}${stderr}`);
    return (JSON.parse(stdout) as { readonly error: Failure }).error;
  }

  it('installs with arguments that are checked by the interface, and then upgrades with the state kept', async () => {
    const wrong = await failure(['store', 'first.wasm', '--argument', '("five")']);
    assert.deepEqual([wrong.code, wrong.remedy], ['ARGUMENTS_INVALID', 'write (nat)']);
    assert.equal((await failure(['store', 'first.wasm', '--mode', 'upgrade'])).code, 'CANISTER_EMPTY');
    const installed = await install('first.wasm', '--argument', '(5)');
    assert.deepEqual([installed['name'], installed['action'], installed['created']], ['store', 'install', false]);
    await runJson(folder, ['canister', 'call', 'store', 'add', '(2)']);
    const taken = await failure(['store', 'first.wasm', '--mode', 'install', '--argument', '(5)']);
    assert.equal(taken.code, 'CANISTER_NOT_EMPTY');
    assert.match(taken.remedy ?? '', /--mode upgrade to keep its state, or --mode reinstall/);
    assert.equal((await install('wider.wasm', '--argument', '(0)'))['action'], 'upgrade');
    assert.deepEqual(await get(), ['7']);
    const id = String((await runJson(folder, ['canister', 'id', 'store']))['canister']);
    const byId = await runJson(folder, ['canister', 'install', id, 'wider.wasm', '--mode', 'upgrade', '--argument', '(0)']);
    assert.deepEqual([byId['canister'], byId['name'], byId['action']], [id, 'store', 'upgrade']);
  });

  it('refuses what breaks clients or does not read the state, unless told otherwise', async () => {
    const narrower = await failure(['store', 'narrower.wasm', '--argument', '(0)']);
    assert.equal(narrower.code, 'DEPLOY_INCOMPATIBLE');
    assert.match(narrower.lines?.join('\n') ?? '', /store: the new interface breaks clients of the old one/);
    assert.equal(narrower.remedy, 'change it so that it fits, or install it all the same with --incompatible');
    assert.equal((await failure(['store', 'narrower.wasm', '--argument', '(0)', '--yes'])).code, 'DEPLOY_INCOMPATIBLE');
    const retyped = await failure(['store', 'retyped.wasm', '--argument', '(0)', '--incompatible']);
    assert.equal(retyped.code, 'CALL_REJECTED', 'the network refuses it, too');
    const unread = await failure(['store', 'retyped.wasm', '--argument', '(0)']);
    assert.match(unread.lines?.join('\n') ?? '', /the upgrade does not keep the state: \[M0170\]/);
    assert.deepEqual(await get(), ['7']);
    const forced = await runCommand(folder, ['canister', 'install', 'store', 'narrower.wasm', '--argument', '(0)', '--incompatible']);
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(forced.stderr, /warning: store: the new interface breaks clients/);
    assert.match(forced.stdout, /store +Upgraded, its state is kept\n/);
    await install('wider.wasm', '--argument', '(0)', '--incompatible');
    assert.deepEqual(await get(), ['7']);
  });

  it('--dry-run says what an upgrade of the state as it is would do, and changes nothing', async () => {
    const before = await runJson(folder, ['canister', 'status', 'store']);
    const tried = await install('wider.wasm', '--mode', 'upgrade', '--argument', '(0)', '--dry-run');
    const [canister] = tried['canisters'] as Record<string, unknown>[];
    assert.deepEqual([tried['succeeds'], canister?.['name'], canister?.['action']], [true, 'store', 'upgrade']);
    assert.ok(BigInt(String(canister?.['instructions'])) > 1_000_000n);
    const traps = await failure(['store', 'trapping.wasm', '--argument', '(0)', '--dry-run', '--incompatible']);
    assert.equal(traps.code, 'REHEARSAL_FAILED');
    assert.match(traps.lines?.join('\n') ?? '', /Failed +IC0503: [^]*assertion failed/);
    assert.equal((await failure(['stroe', 'wider.wasm', '--dry-run'])).code, 'CANISTER_UNKNOWN');
    assert.equal((await failure(['store', 'wider.wasm', '--dry-run', '--network', 'ic'], 2)).code, 'REHEARSAL_IMPOSSIBLE');
    const after = await runJson(folder, ['canister', 'status', 'store']);
    assert.deepEqual([after['moduleHash'], after['version']], [before['moduleHash'], before['version']]);
  });

  it('throws the state away only when that is meant', async () => {
    const asked = await failure(['store', 'first.wasm', '--mode', 'reinstall', '--argument', '(1)']);
    assert.equal(asked.code, 'CONFIRMATION_MISSING');
    assert.match(asked.message, /^store \([a-z2-7-]+\) would be reinstalled: its state would be gone; nothing was done$/);
    const reinstall = ['--mode', 'reinstall', '--argument', '(1)'];
    // That the state may go does not mean that clients may break, nor the other way round.
    assert.equal((await failure(['store', 'first.wasm', ...reinstall, '--incompatible'])).code, 'CONFIRMATION_MISSING');
    assert.equal((await failure(['store', 'first.wasm', ...reinstall, '--yes'])).code, 'DEPLOY_INCOMPATIBLE');
    assert.deepEqual(await get(), ['7']);
    assert.equal((await install('first.wasm', ...reinstall, '--yes', '--incompatible'))['action'], 'reinstall');
    assert.equal((await install('wider.wasm', ...reinstall, '--yes'))['action'], 'reinstall');
    assert.deepEqual(await get(), ['1']);
  });

  it('takes large modules in chunks, and explains what can not be installed', async () => {
    const azle = await azleCanister();
    writeFiles(folder, { 'large.wasm': azle.wasm, 'broken.wasm': azle.wasm.subarray(0, 1_000), 'source.mo': 'actor {}' });
    assert.ok(azle.wasm.length > 3_000_000);
    const id = String((await runJson(folder, ['canister', 'create']))['canister']);
    const large = await runJson(folder, ['canister', 'install', id, 'large.wasm']);
    assert.deepEqual([large['action'], large['name'], large['moduleSize']], ['install', id, azle.wasm.length]);
    assert.equal((await runJson(folder, ['canister', 'install', id, 'large.wasm']))['action'], 'unchanged');
    assert.equal((await failure([id, 'broken.wasm'])).code, 'MODULE_INVALID');
    assert.match((await failure([id, 'source.mo'], 2)).remedy ?? '', /myelin deploy source\.mo --id/);
    assert.match((await failure([id, 'missing.wasm'])).message, /missing\.wasm/);
    assert.equal((await failure(['store', 'first.wasm', '--mode', 'again'], 2)).code, 'USAGE_OPTION_VALUE');
    assert.equal((await failure(['store', 'wider.wasm', '--argument', '(0)', '--identity', 'anonymous'])).code, 'CALL_REJECTED');
    // A canister that was named by its id has no name afterwards.
    assert.equal(((await runJson(folder, ['canister', 'list']))['canisters'] as unknown[]).length, 1);
  });
});
