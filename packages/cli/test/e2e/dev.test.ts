import assert from 'node:assert/strict';
import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { runCommand, runJson, spawnCommand, temporaryFolder } from '../support/child-process.ts';
import { writeFiles } from '../support/files.ts';

type Round = {
  readonly ok: boolean;
  readonly canisters?: readonly { readonly name: string; readonly action: string }[];
  readonly error?: { readonly code: string; readonly lines?: readonly string[] };
};

const source = (step: number): string =>
  `persistent actor { var count = 0; public func inc() : async Nat { count += ${step}; count }; public query func get() : async Nat { count } }\n`;

describe('dev', { skip: process.platform === 'win32' ? 'there are no signals to end it in order' : false }, () => {
  it('starts a network, deploys, and upgrades after changes with the state kept, until it is told to stop', async (t) => {
    const folder = temporaryFolder(t);
    writeFiles(folder, {
      'icp.yaml': 'canisters:\n  - name: app\n    recipe: { type: "@dfinity/motoko@v4", configuration: { main: app.mo } }\n',
      'app.mo': source(1),
    });
    const child: ChildProcess = spawnCommand(folder, ['dev', '--json', '--port', '0']);
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
    const round = async (): Promise<Round> => {
      const { value, done } = await lines.next();
      assert.ok(done !== true, stderr);
      return JSON.parse(value) as Round;
    };
    const summary = ({ canisters }: Round): unknown => canisters?.map(({ name, action }) => [name, action]);
    assert.deepEqual(summary(await round()), [['app', 'install']]);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['1']);

    writeFiles(folder, { 'app.mo': source(10) });
    assert.deepEqual(summary(await round()), [['app', 'upgrade']]);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['11']);

    writeFiles(folder, { 'app.mo': source(10).replace('count += 10', 'count += true') });
    const broken = await round();
    assert.equal(broken.error?.code, 'MOTOKO_INVALID');
    assert.match(broken.error?.lines?.join('\n') ?? '', /app\.mo:1:\d+: error/);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['21']);

    writeFiles(folder, { 'app.mo': source(10).replace('get() : async Nat { count }', 'put() : async Nat { 0 }') });
    const unfit = await round();
    assert.equal(unfit.error?.code, 'DEPLOY_INCOMPATIBLE');
    assert.match(unfit.error?.lines?.join('\n') ?? '', /the method 'get' is missing/);

    // Something that is imported from a new file.
    writeFiles(folder, {
      'step.mo': 'module { public let step = 100 }\n',
      'app.mo': `import S "step";\n${source(10).replace('count += 10', 'count += S.step')}`,
    });
    assert.deepEqual(summary(await round()), [['app', 'upgrade']]);
    writeFiles(folder, { 'step.mo': 'module { public let step = 1_000 }\n' });
    assert.deepEqual(summary(await round()), [['app', 'upgrade']]);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'app', 'inc']))['values'], ['1021']);

    child.kill('SIGINT');
    assert.deepEqual((await ended)[0], 0);
    assert.match(stderr, /The network runs at http:\/\/localhost:\d+; it ends with this command[^]*Stopping the network/);
    assert.match((await runCommand(folder, ['canister', 'query', 'app', 'get'])).stderr, /no network answers/);
  });

  it('says when there is nothing to deploy, before it starts a network', async (t) => {
    const { code, stderr } = await runCommand(temporaryFolder(t), ['dev']);
    assert.equal(code, 2);
    assert.match(stderr, /there is no icp\.yaml or dfx\.json here/);
    assert.doesNotMatch(stderr, /network/);
  });
});
