import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { principalFromText } from '@myelin/core/base';
import { findProject, inOrder, isRemote, type Project, type ProjectCanister, readCanisters } from '../../src/manifest/index.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';
import { writeFiles } from '../support/files.ts';

async function open(t: TestContext, files: Readonly<Record<string, string>>, environment = 'local'): Promise<Project> {
  const folder = temporaryFolder(t);
  writeFiles(folder, files);
  const project = await findProject(folder, environment);
  assert.ok(project !== undefined);
  return project;
}

async function readOne(project: Project, name: string): Promise<ProjectCanister> {
  const canister = (await readCanisters(project, [name])).find((candidate) => candidate.name === name);
  assert.ok(canister !== undefined && !isRemote(canister));
  return canister;
}

/** The message with which reading ends. */
async function refusal(t: TestContext, yaml: string, code = 'PROJECT_FILE_INVALID'): Promise<string> {
  let message = '';
  await assert.rejects(
    async () => {
      const project = await open(t, { 'icp.yaml': yaml });
      await readCanisters(project, []);
    },
    (error) => {
      message = (error as Error).message;
      return hasCode(code)(error);
    },
  );
  return message;
}

describe('icp.yaml', () => {
  it('reads steps, settings and arguments', async (t) => {
    const yaml = `
canisters:
  - name: backend
    build:
      steps:
        - type: pre-built
          path: dist/backend.wasm
          sha256: ${'ab'.repeat(32)}
        - type: script
          commands: ["true", "gzip x"]
    sync: { steps: [{ type: script, command: echo done }] }
    settings:
      compute_allocation: 5
      memory_allocation: 2.5gib
      freezing_threshold: 90d
      reserved_cycles_limit: 1.5t
      log_visibility: { allowed_viewers: [aaaaa-aa] }
      environment_variables: { A: x, B: 3, KEY: { path: secret } }
    init_args: "(1)"
    upgrade_args: { path: args.hex, format: hex }
`;
    const project = await open(t, { 'icp.yaml': yaml, secret: ' s3 \n', 'args.hex': '44494400' });
    const canister = await readOne(project, 'backend');
    assert.deepEqual(canister.source, {
      kind: 'steps',
      steps: [
        { kind: 'pre-built', from: { path: join(project.folder, 'dist/backend.wasm') }, sha256: 'ab'.repeat(32) },
        { kind: 'script', commands: ['true', 'gzip x'] },
      ],
    });
    assert.deepEqual(canister.settings, {
      compute_allocation: 5n,
      memory_allocation: 2_684_354_560n,
      freezing_threshold: 7_776_000n,
      reserved_cycles_limit: 1_500_000_000_000n,
      log_visibility: { allowed_viewers: [principalFromText('aaaaa-aa')] },
      environment_variables: [
        { name: 'A', value: 'x' },
        { name: 'B', value: '3' },
        { name: 'KEY', value: 's3' },
      ],
    });
    assert.deepEqual(canister.initArgument, { format: 'candid', text: '(1)' });
    assert.deepEqual(canister.upgradeArgument, { format: 'bytes', bytes: Uint8Array.of(0x44, 0x49, 0x44, 0) });
    assert.deepEqual(canister.afterwards, ['echo done']);
  });

  it('reads the known recipes and refuses the others by name and line', async (t) => {
    const recipe = (text: string): string => `canisters:\n  - name: a\n    recipe:\n      ${text}\n`;
    const motoko = await open(t, {
      'icp.yaml': recipe(
        '{ type: "@dfinity/motoko@v4.1.0", configuration: { main: src/a.mo, args: "--default-persistent-actors -W M0223" } }',
      ),
    });
    assert.deepEqual((await readOne(motoko, 'a')).source, {
      kind: 'motoko',
      main: join(motoko.folder, 'src/a.mo'),
      arguments: ['--default-persistent-actors', '-W', 'M0223'],
    });
    const inMops = await open(t, {
      'icp.yaml': recipe('{ type: "@dfinity/motoko@v5.0.0" }'),
      'mops.toml': '[canisters.a]\nmain = "b.mo"\ncandid = "b.did"\nargs = ["-Werror"]\n',
    });
    const fromMops = await readOne(inMops, 'a');
    assert.deepEqual(fromMops.source, { kind: 'motoko', main: join(inMops.folder, 'b.mo'), arguments: ['-Werror'] });
    assert.deepEqual(fromMops.treatment.metadata, [
      { name: 'candid:service', isPublic: true, content: { path: join(inMops.folder, 'b.did') } },
    ]);
    const named = await open(t, { 'icp.yaml': recipe('{ type: "@dfinity/rust@v3.3.0" }') });
    assert.deepEqual((await readOne(named, 'a')).source, { kind: 'rust', package: 'a', isLocked: false });
    assert.match(await refusal(t, recipe('{ type: "@dfinity/static-site@v0.3.1" }'), 'PROJECT_UNSUPPORTED'), /to an assets canister/);
    const rust = await open(t, { 'icp.yaml': recipe('{ type: "@dfinity/rust@v3.4.0", configuration: { package: a-b, shrink: true } }') });
    const { source, treatment } = await readOne(rust, 'a');
    assert.deepEqual([source, treatment.shrink], [{ kind: 'rust', package: 'a-b', isLocked: false }, true]);
    assert.match(
      await refusal(t, recipe('{ type: "@dfinity/asset-canister@v2.2.1", configuration: { dir: dist } }'), 'PROJECT_UNSUPPORTED'),
      /icp\.yaml:4: canisters\[0\]\.recipe\.type deploys files to an assets canister/,
    );
    assert.match(await refusal(t, recipe('{ type: "./mine.hb.yaml" }'), 'PROJECT_UNSUPPORTED'), /is the recipe \.\/mine\.hb\.yaml/);
  });

  it('says where the file is wrong', async (t) => {
    assert.match(await refusal(t, 'canisters:\n  - name: [a\n'), /icp\.yaml:\d+: /);
    assert.match(await refusal(t, 'canister: []\n'), /icp\.yaml:1: canister is not a field that is known here/);
    assert.match(await refusal(t, 'canisters:\n  - build: {}\n'), /icp\.yaml:2: canisters\[0\] has no field 'name'/);
    const steps = 'canisters:\n  - name: a\n    build:\n      steps:\n';
    assert.match(
      await refusal(t, `${steps}        - type: scirpt\n`),
      /icp\.yaml:5: canisters\[0\]\.build\.steps\[0\] has the type 'scirpt'/,
    );
    assert.match(await refusal(t, `${steps}        - { type: pre-built, url: "http://example.com/a" }\n`), /\.url is not an https address/);
    assert.match(
      await refusal(t, `${steps}        - { type: script, command: x }\n    settings: { freezing_threshold: soon }\n`),
      /icp\.yaml:6: .*freezing_threshold is not a time: soon/,
    );
    const plugin = `${steps}        - { type: script, command: x }\n    sync: { steps: [{ type: plugin, path: p.wasm }] }\n`;
    assert.match(await refusal(t, plugin, 'PROJECT_UNSUPPORTED'), /sync\.steps\[0\] is a plugin/);
    assert.match(await refusal(t, 'a: &a [*a]\ncanisters: *a\n'), /a is not a field|nested more than/);
  });

  it('takes what an environment says over what the canister says', async (t) => {
    const yaml = `
canisters:
  - { name: a, build: { steps: [{ type: script, command: x }] }, settings: { compute_allocation: 1, wasm_memory_limit: 1gib }, init_args: "(1)" }
  - { name: b, build: { steps: [{ type: script, command: x }] } }
networks:
  - { name: test, mode: connected, url: "https://test.example", root-key: ${'00'.repeat(50)} }
environments:
  - { name: staging, network: test, canisters: [a], settings: { a: { compute_allocation: 9 } }, init_args: { a: "(2)" } }
`;
    const project = await open(t, { 'icp.yaml': yaml }, 'staging');
    assert.deepEqual(project.network, { url: 'https://test.example', rootKey: '00'.repeat(50) });
    assert.deepEqual(
      project.entries.map(({ name }) => name),
      ['a'],
    );
    const { settings, initArgument } = await readOne(project, 'a');
    assert.deepEqual([settings.compute_allocation, settings.wasm_memory_limit], [9n, 1n << 30n]);
    assert.deepEqual(initArgument, { format: 'candid', text: '(2)' });
    await assert.rejects(open(t, { 'icp.yaml': yaml }, 'prod'), hasCode('PROJECT_FILE_INVALID'));
  });

  it('reads canisters in files of their own, found by path and pattern', async (t) => {
    const canister = 'build: { steps: [{ type: pre-built, path: a.wasm }] }\n';
    const project = await open(t, {
      'icp.yaml': 'canisters: [one, "more/*"]\n',
      'one/canister.yaml': `name: one\n${canister}`,
      'more/two/canister.yaml': `name: two\n${canister}`,
      'more/notes/readme.md': '',
    });
    assert.deepEqual(
      project.entries.map(({ name }) => name),
      ['one', 'two'],
    );
    assert.equal((await readOne(project, 'two')).folder, join(project.folder, 'more/two'));
    assert.match(await refusal(t, 'canisters: [nowhere]\n'), /names nowhere, which does not exist/);
  });
});

describe('inOrder', () => {
  const items = [
    { name: 'c', needs: ['a'] },
    { name: 'a', needs: ['b', 'elsewhere'] },
    { name: 'b', needs: [] as string[] },
  ];

  it('puts what is needed first', () => {
    assert.deepEqual(
      inOrder(items, ({ needs }) => needs).map(({ name }) => name),
      ['b', 'a', 'c'],
    );
  });

  it('refuses circles by name', () => {
    const circle = [...items.slice(0, 2), { name: 'b', needs: ['c'] }];
    assert.throws(
      () => inOrder(circle, ({ needs }) => needs),
      (error) => hasCode('PROJECT_DEPENDENCIES_CIRCULAR')(error) && (error as Error).message.includes('c → a → b → c'),
    );
  });
});
