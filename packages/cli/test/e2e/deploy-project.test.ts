import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { motokoCanister } from '@myelin/test-canisters';
import { runCommand, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';
import { writeFiles } from '../support/files.ts';

type Canister = { readonly name: string; readonly canister: string; readonly action: string; readonly created: boolean };

async function deployProject(folder: string, words: readonly string[] = []): Promise<Canister[]> {
  return (await runJson(folder, ['deploy', ...words]))['canisters'] as Canister[];
}

const summary = (canisters: readonly Canister[]): string[] => canisters.map(({ name, action }) => `${name} ${action}`);

const STORE =
  'import Half "mo:half/Half";\n' +
  'persistent actor class Store(word : Text) { var count = 0;\n' +
  '  public func add(n : Nat) : async Nat { count += Half.half(n); count };\n' +
  '  public query func say() : async Text { word };\n' +
  '}\n';
const CALLER =
  'import Store "canister:store";\n' +
  'persistent actor { public func twice() : async (Nat, Text) { ignore await Store.add(2); (await Store.add(2), await Store.say()) } }\n';

describe('deploy of a project', () => {
  let wasm: Uint8Array;
  /** Of the one network that the projects share. */
  let state: string;
  const suite = endsWithSuite();
  before(async () => {
    ({ wasm } = await motokoCanister('counter'));
    const folder = temporaryFolder(suite);
    state = join(folder, '.myelin');
    await startNetwork(suite, folder);
  });

  it('icp.yaml: builds, creates, installs in the order of imports, and leaves alone what is there', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, {
      'icp.yaml': `
canisters:
  - name: caller
    recipe: { type: "@dfinity/motoko@v4.1.0", configuration: { main: src/caller.mo } }
    sync:
      steps: [{ type: script, command: 'echo "$ICP_CLI_CID_STORE $ICP_CLI_CID" > synced.txt' }]
  - name: store
    recipe: { type: "@dfinity/motoko@v4.1.0", configuration: { main: src/store.mo, metadata: [{ name: note, value: hello }] } }
    init_args: '("first")'
    settings:
      freezing_threshold: 90d
      environment_variables: { MODE: test }
  - name: counter
    build:
      steps:
        - type: script
          commands: ['cp counter.wasm "$ICP_WASM_OUTPUT_PATH"', 'echo "$ICP_CLI_ENVIRONMENT $CANISTER_ID_STORE" > built.txt']
`,
      'counter.wasm': wasm,
      'mops.toml': '[dependencies]\nhalf = "1.2.3"\n',
      '.mops/half@1.2.3/src/Half.mo': 'module { public func half(n : Nat) : Nat { n / 2 } }',
      'src/store.mo': STORE,
      'src/caller.mo': CALLER,
    });
    const at = ['--state', state];
    const first = await deployProject(folder, at);
    assert.deepEqual(summary(first), ['store install', 'caller install', 'counter install']);
    const ids = Object.fromEntries(first.map(({ name, canister }) => [name, canister]));
    const called = await runJson(folder, ['canister', 'call', 'caller', 'twice', ...at]);
    assert.deepEqual(called['values'], ['2', 'first']);
    assert.equal(readFileSync(join(folder, 'synced.txt'), 'utf8'), `${ids['store']} ${ids['caller']}\n`);
    assert.equal(readFileSync(join(folder, 'built.txt'), 'utf8'), `local ${ids['store']}\n`);
    const statusOf = (id: string): ReturnType<typeof runJson> =>
      runJson(folder, ['canister', 'call', 'aaaaa-aa', 'canister_status', `(record { canister_id = principal "${id}" })`, ...at]);
    const status = await statusOf(String(ids['store']));
    const reply = String(status['reply']).replaceAll(/\s+/g, ' ');
    assert.match(reply, /freezing_threshold = 7_776_000 : nat/);
    for (const [name, value] of [['MODE', 'test'], ...Object.entries(ids).map(([other, id]) => [`PUBLIC_CANISTER_ID:${other}`, id])]) {
      assert.match(reply, new RegExp(`record { value = "${value}"; name = "${name}";? }`));
    }
    // A setting alone is changed without touching the module; what is not named is left out.
    const yaml = readFileSync(join(folder, 'icp.yaml'), 'utf8');
    writeFiles(folder, {
      'icp.yaml': yaml.replace('90d', '60d'),
      'src/store.mo': STORE.replace('n : Nat) : async Nat', 'n : Nat) : async Int'),
    });
    const named = await runCommand(folder, ['deploy', 'counter', 'nowhere', ...at]);
    assert.match(named.stderr, /icp\.yaml has no canister 'nowhere'[^]*there are: caller, store, counter/);
    assert.deepEqual(summary(await deployProject(folder, ['counter', ...at])), ['counter unchanged']);
    writeFiles(folder, { 'src/store.mo': STORE });
    assert.deepEqual(summary(await deployProject(folder, at)), ['store unchanged', 'caller unchanged', 'counter unchanged']);
    const again = await statusOf(String(ids['store']));
    assert.match(String(again['reply']), /freezing_threshold = 5_184_000 : nat/);
  });

  it('dfx.json: custom builds, remote canisters, argument files, metadata, and the files that dfx writes', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, {
      'dfx.json': JSON.stringify({
        output_env_file: '.env',
        defaults: { build: { packtool: 'mops sources' } },
        canisters: {
          app: {
            type: 'custom',
            candid: 'app.did',
            wasm: 'out/app.wasm',
            build: [
              'mkdir -p out',
              'cp counter.wasm out/app.wasm',
              'echo "$DFX_NETWORK $CANISTER_ID_APP $CANISTER_ID_OTHER $CANISTER_ID" > built.txt',
            ],
            dependencies: ['greeter', 'other'],
            gzip: true,
            metadata: [{ name: 'build:note', content: 'made here' }],
            post_install: 'cat .env > seen.txt 2>/dev/null; true',
          },
          greeter: { main: 'greeter.mo', init_arg_file: 'greeter.arg', initialization_values: { freezing_threshold: '20days' } },
          other: {
            type: 'custom',
            candid: 'app.did',
            wasm: 'nowhere.wasm',
            build: [],
            remote: { id: { local: 'qjdve-lqaaa-aaaaa-aaaeq-cai' } },
          },
        },
      }),
      'app.did': 'service : { inc : () -> (nat); get : () -> (nat) query }',
      'counter.wasm': wasm,
      'greeter.mo': 'persistent actor class Greeter(word : Text) { public query func say() : async Text { word } }',
      'greeter.arg': '("from a file")',
    });
    const at = ['--state', state];
    const deployed = await deployProject(folder, at);
    assert.deepEqual(summary(deployed), ['greeter install', 'app install']);
    const ids = Object.fromEntries(deployed.map(({ name, canister }) => [name, canister]));
    assert.equal(readFileSync(join(folder, 'built.txt'), 'utf8'), `local ${ids['app']} qjdve-lqaaa-aaaaa-aaaeq-cai ${ids['app']}\n`);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'greeter', 'say', ...at]))['values'], ['from a file']);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc', ...at]))['values'], ['1']);
    const filed = JSON.parse(readFileSync(join(folder, '.dfx/local/canister_ids.json'), 'utf8')) as object;
    assert.deepEqual(filed, {
      app: { local: ids['app'] },
      greeter: { local: ids['greeter'] },
      other: { local: 'qjdve-lqaaa-aaaaa-aaaeq-cai' },
    });
    const variables = readFileSync(join(folder, '.env'), 'utf8');
    assert.match(variables, /^DFX_NETWORK='local'\n/);
    assert.ok(variables.includes(`CANISTER_ID_GREETER='${ids['greeter']}'\n`));
    assert.deepEqual(summary(await deployProject(folder, at)), ['greeter unchanged', 'app unchanged']);
  });

  it('refuses by name what it can not do, before anything is made', async (t) => {
    const folder = temporaryFolder(t);
    const local = join(folder, '.myelin');
    const cases: (readonly [file: string, content: string, stderr: RegExp, env?: Readonly<Record<string, string>>])[] = [
      [
        'dfx.json',
        '{\n "canisters": {\n  "front": { "type": "assets", "source": ["dist"] },\n  "back": { "type": "motoko", "main": "ok.mo" }\n }\n}',
        /dfx\.json:3: canisters\.front\.type is 'assets'[^]*deploy the other canisters by their names/,
      ],
      [
        'icp.yaml',
        'canisters:\n  - name: a\n    recipe: { type: "@dfinity/motoko@v4", configuration: { main: gone.mo } }\n',
        /there is no file gone\.mo/,
      ],
      [
        'icp.yaml',
        'canisters:\n  - name: a\n    recipe: { type: "@dfinity/motoko@v4", configuration: { main: ok.mo, args: "--sanity-checks" } }\n',
        /icp\.yaml:2: canisters\[0\]: the arguments of the Motoko compiler: has '--sanity-checks'/,
      ],
      [
        'icp.yaml',
        'canisters:\n  - name: a\n    recipe: { type: "@dfinity/rust@v3", configuration: { package: a } }\n',
        /icp\.yaml:2: canisters\[0\]: it is written in Rust, and cargo is not installed/,
        { PATH: '' },
      ],
      [
        'icp.yaml',
        'canisters:\n  - { name: a, build: { steps: [{ type: pre-built, path: no.wasm }] } }\n',
        /icp\.yaml:2: .*there is no file .*no\.wasm/,
      ],
      ['icp.yaml', 'canisters: []\n', /has no canisters to deploy/],
    ];
    writeFiles(folder, { 'ok.mo': 'persistent actor {}' });
    for (const [file, content, stderr, env] of cases) {
      writeFiles(folder, { [file]: content });
      const { code, stderr: said } = await runCommand(folder, ['deploy'], env ?? {});
      assert.notEqual(code, 0, content);
      assert.match(said, stderr);
      assert.ok(!existsSync(local), 'nothing was made');
    }
    const failing = 'canisters:\n  - { name: a, build: { steps: [{ type: script, commands: ["echo one", "echo two >&2; exit 3"] }] } }\n';
    writeFiles(folder, { 'icp.yaml': failing });
    const { code, stderr } = await runCommand(folder, ['deploy', '--state', state]);
    assert.equal(code, 1);
    assert.match(stderr, /the command failed with exit code 3: echo two >&2; exit 3\ntwo\n/);
  });
});
