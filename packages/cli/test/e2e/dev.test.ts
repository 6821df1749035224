import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { utf8 } from '@myelin/core/base';
import { motokoCanister } from '@myelin/test-canisters';
import { putMetadata } from '../../src/build/index.ts';
import { runCommand, runJson, spawnCommand, temporaryFolder } from '../support/child-process.ts';
import { writeFiles } from '../support/files.ts';

type Round = {
  readonly ok: boolean;
  readonly canisters?: readonly { readonly name: string; readonly action: string }[];
  readonly error?: { readonly code: string; readonly lines?: readonly string[] };
};

const source = (step: number): string =>
  `persistent actor { var count = 0; public func inc() : async Nat { count += ${step}; count }; public query func get() : async Nat { count } }\n`;

type Dev = {
  /** The next line of JSON. */
  readonly round: () => Promise<Round>;
  readonly stderr: () => string;
  /** Sends a signal and waits for the exit code. */
  readonly stop: (signal: NodeJS.Signals) => Promise<number | null>;
};

function startDev(t: TestContext, folder: string): Dev {
  const child = spawnCommand(folder, ['dev', '--json', '--port', '0']);
  const ended = once(child, 'close') as Promise<[number | null]>;
  t.after(async () => {
    // In order, so that the network below it ends, too.
    child.kill('SIGTERM');
    await ended;
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  assert.ok(child.stdout !== null);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    round: async () => {
      const { value, done } = await lines.next();
      assert.ok(done !== true, stderr);
      return JSON.parse(value) as Round;
    },
    stderr: () => stderr,
    stop: async (signal) => {
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

const summary = ({ canisters }: Round): unknown => canisters?.map(({ name, action }) => [name, action]);

/**
 * `dev` ends in order when its terminal tells it to (Ctrl-C), which reaches it on Windows, too. One process can not tell another that there: a
 * signal ends it at once, and the network that it has started with it would go on after the test.
 */
const WINDOWS =
  process.platform === 'win32' ? 'on Windows a test can not press Ctrl-C: a signal would kill dev and leave its network running' : false;

describe('dev', { skip: WINDOWS }, () => {
  it('starts a network, deploys, upgrades after a change with the state kept, and ends both when it is told to', async (t) => {
    const folder = temporaryFolder(t);
    const { wasm } = await motokoCanister('counter');
    const yaml = 'canisters:\n  - { name: app, build: { steps: [{ type: pre-built, path: app.wasm }] } }\n';
    writeFiles(folder, { 'icp.yaml': yaml, 'app.wasm': wasm });
    const dev = startDev(t, folder);
    assert.deepEqual(summary(await dev.round()), [['app', 'install']]);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['1']);
    writeFiles(folder, { 'app.wasm': putMetadata(wasm, 'note', true, utf8('changed')) });
    assert.deepEqual(summary(await dev.round()), [['app', 'upgrade']]);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['2']);
    // What can not be read is told; the version before stays, and the next one is taken up.
    writeFiles(folder, { 'icp.yaml': yaml.replace('pre-built', 'prebuilt') });
    const unreadable = await dev.round();
    assert.deepEqual([unreadable.ok, unreadable.error?.code], [false, 'PROJECT_FILE_INVALID']);
    writeFiles(folder, { 'icp.yaml': `${yaml}    # again\n`.replace('    #', '#') });
    assert.deepEqual(summary(await dev.round()), [['app', 'unchanged']]);
    assert.equal(await dev.stop('SIGINT'), 0);
    assert.match(dev.stderr(), /The network runs at http:\/\/localhost:\d+; it ends with this command[^]*Stopping the network/);
    assert.match((await runCommand(folder, ['canister', 'query', 'app', 'get'])).stderr, /no network answers/);
  });

  it('compiles, and shows what is wrong while the old version stays', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, {
      'icp.yaml': 'canisters:\n  - name: app\n    recipe: { type: "@dfinity/motoko@v4", configuration: { main: app.mo } }\n',
      'app.mo': source(1),
    });
    const dev = startDev(t, folder);
    assert.deepEqual(summary(await dev.round()), [['app', 'install']]);

    writeFiles(folder, { 'app.mo': source(10).replace('count += 10', 'count += true') });
    const broken = await dev.round();
    assert.equal(broken.error?.code, 'MOTOKO_INVALID');
    assert.match(broken.error?.lines?.join('\n') ?? '', /app\.mo:1:\d+: error/);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['1']);

    writeFiles(folder, { 'app.mo': source(10).replace('get() : async Nat { count }', 'put() : async Nat { 0 }') });
    const unfit = await dev.round();
    assert.equal(unfit.error?.code, 'DEPLOY_INCOMPATIBLE');
    assert.match(unfit.error?.lines?.join('\n') ?? '', /the method 'get' is missing/);

    // Something that is imported from a new file.
    writeFiles(folder, {
      'step.mo': 'module { public let step = 100 }\n',
      'app.mo': `import S "step";\n${source(10).replace('count += 10', 'count += S.step')}`,
    });
    assert.deepEqual(summary(await dev.round()), [['app', 'upgrade']]);
    writeFiles(folder, { 'step.mo': 'module { public let step = 1_000 }\n' });
    assert.deepEqual(summary(await dev.round()), [['app', 'upgrade']]);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['1001']);
  });
});

describe('dev without a project', () => {
  it('says when there is nothing to deploy, before it starts a network', async (t) => {
    const { code, stderr } = await runCommand(temporaryFolder(t), ['dev']);
    assert.equal(code, 2);
    assert.match(stderr, /there is no icp\.yaml or dfx\.json here/);
    assert.doesNotMatch(stderr, /network/);
  });
});
