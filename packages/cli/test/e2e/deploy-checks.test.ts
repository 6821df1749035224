import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { runCommand, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';
import { writeFiles } from '../support/files.ts';

const first =
  'persistent actor { var count : Nat = 0;\n  public func add(n : Nat) : async Nat { count += n; count };\n  public query func get() : async Nat { count };\n}\n';
/** Clients of `add` are broken. */
const narrower = first.replace('add(n : Nat)', 'add(n : Nat, twice : Bool)').replace('count += n', 'count += n; ignore twice');
/** The variable can not be read. */
const retyped =
  'persistent actor { var count : Text = "";\n  public func add(n : Nat) : async Nat { count #= "x"; n };\n  public query func get() : async Nat { count.size() };\n}\n';
const wider = first.replace('}\n}\n', '}\n').replace(/}\n$/, '  public query func twice() : async Nat { count * 2 };\n}\n');
const trapping = `${first.replace(/}\n$/, '')}  system func postupgrade() { assert count == 0 };\n}\n`;

describe('deploy: what fits, and what would happen', () => {
  let folder: string;
  const suite = endsWithSuite();
  const source = (text: string): void => writeFiles(folder, { 'store.mo': text });
  const get = async (): Promise<unknown> => (await runJson(folder, ['canister', 'query', 'store', 'get']))['values'];
  before(async () => {
    folder = temporaryFolder(suite);
    await startNetwork(suite, folder);
    source(first);
    await runJson(folder, ['deploy', 'store.mo']);
    await runJson(folder, ['canister', 'call', 'store', 'add', '(7)']);
  });

  it('refuses an interface that breaks clients, and says how to install it all the same', async () => {
    source(narrower);
    const refused = await runCommand(folder, ['deploy', 'store.mo']);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /error: what is to be installed does not fit what is there; nothing was installed\nstore: the new interface breaks clients of the old one: at add argument 2: it is missing and not optional\nwhat to do: .*--yes/,
    );
    assert.deepEqual(await get(), ['7']);
    const forced = await runCommand(folder, ['deploy', 'store.mo', '--yes']);
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(forced.stderr, /warning: store: the new interface breaks clients/);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'store', 'add', '(1, true)']))['values'], ['8']);
    source(first);
    await runJson(folder, ['deploy', 'store.mo', '--yes']);
  });

  it('refuses variables that do not read what was kept, before it is installed', async () => {
    source(retyped);
    const refused = await runCommand(folder, ['deploy', 'store.mo', '--json']);
    const { error } = JSON.parse(refused.stdout) as { readonly error: { readonly code: string; readonly lines: readonly string[] } };
    assert.equal(error.code, 'DEPLOY_INCOMPATIBLE');
    assert.match(error.lines.join('\n'), /store: the upgrade does not keep the state: \[M0170\].*`count`[^]*var Nat[^]*var Text/);
    assert.deepEqual(await get(), ['8']);
    // Without its state the canister takes any variables.
    const emptied = await runJson(folder, ['deploy', 'store.mo', '--mode', 'reinstall']);
    assert.equal(emptied['action'], 'reinstall');
    source(first);
    await runJson(folder, ['deploy', 'store.mo', '--mode', 'reinstall']);
    await runJson(folder, ['canister', 'call', 'store', 'add', '(7)']);
  });

  it('--dry-run says what an upgrade of the state as it is would use, and changes nothing', async () => {
    const before = await runJson(folder, ['canister', 'status', 'store']);
    source(wider);
    const tried = await runJson(folder, ['deploy', 'store.mo', '--dry-run']);
    assert.equal(tried['succeeds'], true);
    const [canister] = tried['canisters'] as Record<string, unknown>[];
    assert.ok(canister !== undefined);
    assert.deepEqual([canister['name'], canister['action'], canister['created']], ['store', 'upgrade', false]);
    assert.ok(BigInt(String(canister['instructions'])) > 1_000_000n);
    const { heap } = canister['memoryAfter'] as { readonly heap: string };
    assert.ok(BigInt(heap) > 0n);
    const after = await runJson(folder, ['canister', 'status', 'store']);
    assert.deepEqual([after['moduleHash'], after['version']], [before['moduleHash'], before['version']]);
    assert.match((await runCommand(folder, ['canister', 'query', 'store', 'twice'])).stderr, /no method 'twice'/);
    // A canister that is not there yet is made in the copy alone.
    const other = await runJson(folder, ['deploy', 'store.mo', '--name', 'other', '--dry-run']);
    assert.deepEqual((other['canisters'] as Record<string, unknown>[])[0]?.['action'], 'install');
    assert.match((await runCommand(folder, ['canister', 'status', 'other'])).stderr, /neither the id of a canister nor the name/);
  });

  it('--dry-run finds a trap after the upgrade, with its message', async () => {
    source(trapping);
    const tried = await runCommand(folder, ['deploy', 'store.mo', '--dry-run']);
    assert.equal(tried.code, 1);
    assert.match(
      tried.stderr,
      /error: the deployment would fail: store can not be installed\. The network was not touched\nInstructions +\d+\.\d\d billion[^]*\nFailed +IC0503: [^]*assertion failed/,
    );
    assert.deepEqual(await get(), ['7']);
    const elsewhere = await runCommand(folder, ['deploy', 'store.mo', '--dry-run', '--network', 'ic']);
    assert.match(elsewhere.stderr, /--dry-run needs the whole state of the network/);
  });
});
