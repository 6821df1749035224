import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { motokoCanister } from '@myelin/test-canisters';
import { type NetworkProcess, runCommand, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';
import { writeFiles } from '../support/files.ts';

type Failure = { readonly code: string; readonly message: string; readonly remedy?: string };

const PROGRAM = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

describe('canisters by hand', () => {
  let folder: string;
  let network: NetworkProcess;
  const suite = endsWithSuite();
  before(async () => {
    folder = temporaryFolder(suite);
    network = await startNetwork(suite, folder);
    writeFiles(folder, { 'counter.wasm': (await motokoCanister('counter')).wasm });
  });

  /** What a command that has to fail says. */
  async function failure(words: readonly string[], exitCode: number = 1): Promise<Failure> {
    const { code, stdout, stderr } = await runCommand(folder, [...words, '--json']);
    assert.equal(code, exitCode, `${words.join(' ')}: ${stdout}${stderr}`);
    return (JSON.parse(stdout) as { readonly error: Failure }).error;
  }

  const statusOf = async (name: string): Promise<unknown> => (await runJson(folder, ['canister', 'status', name]))['status'];

  it('creates an empty canister, prints its id, and keeps its name', async () => {
    const made = await runJson(folder, ['canister', 'create', 'hello', '--cycles', '300T', '--freezing-threshold', '7d']);
    const id = String(made['canister']);
    assert.deepEqual([made['name'], made['url']], ['hello', `http://${id}.localhost:${new URL(network.url).port}/`]);
    assert.equal((await runCommand(folder, ['canister', 'id', 'hello'])).stdout, `${id}\n`);
    assert.equal((await runCommand(folder, ['canister', 'id', id])).stdout, `${id}\n`);
    const status = await runJson(folder, ['canister', 'status', 'hello']);
    assert.deepEqual([status['canister'], status['moduleHash'], status['status']], [id, null, 'running']);
    assert.ok(BigInt(String(status['cycles'])) <= 300_000_000_000_000n);
    const { settings } = await runJson(folder, ['canister', 'settings', 'hello']);
    assert.equal((settings as Record<string, unknown>)['freezingThreshold'], '604800');
    const nameless = await runCommand(folder, ['canister', 'create']);
    assert.match(nameless.stdout, /^[a-z2-7-]{27}\n$/);
    assert.match(nameless.stderr, /Made a canister\. It is empty: 'myelin canister install [a-z2-7-]{27} FILE\.wasm'/);
    const chosen = await runJson(folder, ['canister', 'create', 'chosen', '--specified-id', String(await freeId())]);
    assert.equal((await runJson(folder, ['canister', 'id', 'chosen']))['canister'], chosen['canister']);
  });

  /** An id that the network has to give: that of a canister which was deleted. */
  async function freeId(): Promise<unknown> {
    const { canister } = await runJson(folder, ['canister', 'create', 'gone']);
    await runJson(folder, ['canister', 'stop', 'gone']);
    await runJson(folder, ['canister', 'delete', 'gone', '--yes']);
    return canister;
  }

  it('refuses names that are taken or none, and canisters that nobody here would control', async () => {
    const taken = await failure(['canister', 'create', 'hello']);
    assert.equal(taken.code, 'CANISTER_NAME_TAKEN');
    assert.match(taken.message, /there is a canister hello on http:\/\/localhost:\d+ already: [a-z2-7-]{27}/);
    assert.match(taken.remedy ?? '', /myelin canister install hello FILE\.wasm/);
    assert.equal((await failure(['canister', 'create', 'aaaaa-aa'], 2)).code, 'USAGE_OPERANDS');
    assert.equal((await failure(['canister', 'create', 'a\nb'], 2)).code, 'USAGE_OPERANDS');
    const lost = await failure(['canister', 'create', 'theirs', '--controller', 'anonymous']);
    assert.equal(lost.code, 'CONTROL_LOST');
    assert.match(lost.remedy ?? '', /add --controller [a-z2-7-]+, or give --yes/);
    assert.equal((await failure(['canister', 'create', 'theirs', '--controller', 'nobody'], 2)).code, 'USAGE_OPTION_VALUE');
    assert.match((await failure(['canister', 'create', 'x', '--memory-allocation', 'much'], 2)).remedy ?? '', /4GiB/);
    assert.equal((await failure(['canister', 'create', 'x', '--specified-id', 'y'], 2)).code, 'USAGE_OPTION_VALUE');
    assert.equal((await failure(['canister', 'create', 'x', '--network', 'ic'])).code, 'DEPLOY_CREATION_IMPOSSIBLE');
    const shared = await runJson(folder, ['canister', 'create', 'shared', '--controller', 'anonymous', '--controller', 'default']);
    assert.equal((shared['controllers'] as string[]).length, 2);
    assert.equal((await runJson(folder, ['canister', 'status', 'shared', '--identity', 'anonymous']))['isController'], true);
  });

  it('makes what the project file says of the canister, and tells the files of dfx', async () => {
    const named = { initialization_values: { compute_allocation: 1 }, type: 'custom', wasm: 'counter.wasm', candid: 'counter.did' };
    writeFiles(folder, { 'dfx.json': JSON.stringify({ canisters: { filed: { ...named, build: '' } } }), 'counter.did': 'service : {}' });
    const made = await runJson(folder, ['canister', 'create', 'filed', '--memory-allocation', '1 MiB']);
    const { settings } = await runJson(folder, ['canister', 'settings', 'filed']);
    const { computeAllocation, memoryAllocation } = settings as Record<string, unknown>;
    assert.deepEqual([computeAllocation, memoryAllocation], ['1', String(1 << 20)]);
    const file = join(folder, '.dfx', 'local', 'canister_ids.json');
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), { filed: { local: made['canister'] } });
    await runJson(folder, ['canister', 'stop', 'filed']);
    await runJson(folder, ['canister', 'delete', 'filed', '--yes']);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), {});
    assert.ok(existsSync(file));
  });

  it('stops and starts a canister', async () => {
    await runJson(folder, ['canister', 'install', 'hello', 'counter.wasm']);
    assert.equal((await runJson(folder, ['canister', 'start', 'hello']))['changed'], false);
    assert.equal((await runJson(folder, ['canister', 'stop', 'hello']))['changed'], true);
    assert.equal(await statusOf('hello'), 'stopped');
    assert.match((await runCommand(folder, ['canister', 'call', 'hello', 'inc'])).stderr, /is stopped/);
    assert.equal((await runJson(folder, ['canister', 'stop', 'hello']))['changed'], false);
    const started = await runCommand(folder, ['canister', 'start', 'hello']);
    assert.deepEqual([started.code, started.stdout], [0, 'Started hello.\n']);
    assert.deepEqual((await runJson(folder, ['canister', 'call', 'hello', 'inc']))['values'], ['1']);
    const stranger = await failure(['canister', 'stop', 'hello', '--identity', 'anonymous']);
    assert.equal(stranger.code, 'CALL_REJECTED');
    assert.match(stranger.remedy ?? '', /--identity/);
    assert.equal((await failure(['canister', 'start', 'helo'])).code, 'CANISTER_UNKNOWN');
  });

  it('shows settings, and changes those that are named', async () => {
    const before = (await runJson(folder, ['canister', 'settings', 'hello']))['settings'] as Record<string, unknown>;
    assert.equal(before['logVisibility'], 'controllers');
    const words = [
      '--compute-allocation',
      '1',
      '--memory-allocation',
      '512MiB',
      '--freezing-threshold',
      '90d',
      '--wasm-memory-limit',
      '1GiB',
    ];
    const more = [
      '--log-visibility',
      'anonymous',
      '--status-visibility',
      'public',
      '--reserved-cycles-limit',
      '7T',
      '--variable',
      'MODE=a=b',
    ];
    const changed = await runJson(folder, ['canister', 'settings', 'hello', ...words, ...more, '--log-memory-limit', '8KiB']);
    assert.equal((changed['changed'] as string[]).length, 9);
    const { settings } = await runJson(folder, ['canister', 'settings', 'hello']);
    assert.deepEqual(settings, {
      ...before,
      computeAllocation: '1',
      memoryAllocation: String(512 << 20),
      freezingThreshold: String(90 * 86_400),
      wasmMemoryLimit: String(1 << 30),
      logVisibility: ['2vxsx-fae'],
      statusVisibility: 'public',
      reservedCyclesLimit: '7000000000000',
      environmentVariables: { MODE: 'a=b' },
      logMemoryLimit: '8192',
    });
    assert.deepEqual(changed['settings'], settings);
    const again = await runCommand(folder, ['canister', 'settings', 'hello', '--freezing-threshold', '90days']);
    assert.deepEqual([again.code, again.stdout], [0, 'The settings of hello are so already.\n']);
    const shown = await runCommand(folder, ['canister', 'settings', 'hello', '--freezing-threshold', '1d 1s', '--remove-variable', 'MODE']);
    assert.match(shown.stdout, /^Changed hello\.\nFreezing threshold +1 d 1 s\nVariables +none\n$/);
    // The status is for everybody now, the settings are not.
    assert.equal(
      (await failure(['canister', 'settings', 'hello', '--compute-allocation', '0', '--identity', 'anonymous'])).code,
      'CALL_REJECTED',
    );
  });

  it('refuses settings that are none, with what to write', async () => {
    const cases: (readonly [words: readonly string[], code: string, exitCode: number])[] = [
      [['--compute-allocation', '101'], 'USAGE_OPTION_VALUE', 2],
      [['--freezing-threshold', 'soon'], 'USAGE_OPTION_VALUE', 2],
      [['--reserved-cycles-limit', '5X'], 'USAGE_OPTION_VALUE', 2],
      [['--log-visibility', 'everybody'], 'USAGE_OPTION_VALUE', 2],
      [['--variable', 'MODE'], 'USAGE_OPTION_VALUE', 2],
      [['--remove-variable', 'MODES'], 'VARIABLE_UNKNOWN', 1],
      [['--remove-controller', 'anonymous'], 'CONTROLLER_UNKNOWN', 1],
      [['--log-memory-limit', '1'], 'CALL_REJECTED', 1],
    ];
    for (const [words, code, exitCode] of cases)
      assert.equal((await failure(['canister', 'settings', 'hello', ...words], exitCode)).code, code, words.join(' '));
  });

  it('adds and removes controllers, but not the last one or yourself without --yes', async () => {
    const alice = (await runJson(folder, ['identity', 'new', 'alice']))['principal'];
    const mine = (await runJson(folder, ['identity', 'principal']))['principal'];
    const settings = async (...words: string[]): Promise<unknown> =>
      ((await runJson(folder, ['canister', 'settings', 'hello', ...words]))['settings'] as Record<string, unknown>)['controllers'];
    const last = await failure(['canister', 'settings', 'hello', '--remove-controller', 'default']);
    assert.deepEqual([last.code, last.message], ['CONTROL_LOST', 'nobody would control hello any more; nothing was changed']);
    assert.deepEqual(new Set((await settings('--add-controller', 'alice')) as string[]), new Set([mine, alice]));
    const own = await failure(['canister', 'settings', 'hello', '--remove-controller', String(mine)]);
    assert.match(own.message, /^you would not control hello any more/);
    assert.deepEqual(await settings('--remove-controller', 'default', '--yes'), [alice]);
    assert.deepEqual((await runJson(folder, ['canister', 'status', 'hello']))['controllers'], [alice]);
    assert.deepEqual(await settings('--add-controller', 'default', '--remove-controller', 'alice', '--identity', 'alice', '--yes'), [mine]);
  });

  it('empties a canister when that is meant', async () => {
    const asked = await failure(['canister', 'uninstall', 'hello']);
    assert.equal(asked.code, 'CONFIRMATION_MISSING');
    assert.match(asked.message, /^hello \([a-z2-7-]+\) would be emptied: its module and its state would be gone; nothing was done$/);
    assert.notEqual((await runJson(folder, ['canister', 'status', 'hello']))['moduleHash'], null);
    assert.equal((await runJson(folder, ['canister', 'uninstall', 'hello', '--yes']))['changed'], true);
    assert.equal((await runJson(folder, ['canister', 'status', 'hello']))['moduleHash'], null);
    assert.equal((await runJson(folder, ['canister', 'uninstall', 'hello']))['changed'], false);
  });

  it('asks on a terminal', { skip: hasScript ? false : 'there is no program that makes one (script of util-linux)' }, () => {
    const answer = (text: string, words: readonly string[]): { readonly code: number | null; readonly said: string } => {
      const command = [process.execPath, '--conditions=myelin-source', PROGRAM, ...words].map((word) => `'${word}'`).join(' ');
      const env = { PATH: process.env['PATH'] ?? '', HOME: folder, MYELIN_CONFIG: join(folder, 'config'), TERM: 'dumb' };
      const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: folder, env, encoding: 'utf8', input: text });
      return { code: status, said: stdout };
    };
    const refused = answer('n\n', ['identity', 'remove', 'alice']);
    assert.equal(refused.code, 1);
    assert.match(refused.said, /private key of alice \([a-z2-7-]+\) would be gone\. Go on\? \[y\/N\][^]*nothing was done/);
    const done = answer('yes\n', ['identity', 'remove', 'alice']);
    assert.equal(done.code, 0, done.said);
    assert.match(done.said, /Removed alice/);
  });

  it('deletes a canister that is stopped, with its name', async () => {
    const id = String((await runJson(folder, ['canister', 'id', 'hello']))['canister']);
    const running = await failure(['canister', 'delete', 'hello', '--yes']);
    assert.deepEqual(
      [running.code, running.message, running.remedy],
      ['CANISTER_NOT_STOPPED', 'hello is running: only a stopped canister can be deleted', 'stop it first: myelin canister stop hello'],
    );
    await runJson(folder, ['canister', 'stop', 'hello']);
    const asked = await failure(['canister', 'delete', 'hello']);
    assert.equal(asked.code, 'CONFIRMATION_MISSING');
    assert.match(asked.message, /would be deleted: its code, its state and [\d.]+ T cycles would be gone/);
    const deleted = await runJson(folder, ['canister', 'delete', 'hello', '--yes']);
    assert.deepEqual([deleted['canister'], deleted['deleted'], deleted['names']], [id, true, ['hello']]);
    assert.equal((await failure(['canister', 'id', 'hello'])).code, 'CANISTER_UNKNOWN');
    assert.equal((await failure(['canister', 'delete', id, '--yes'])).code, 'CANISTER_MISSING');
  });

  it('lists what is known by name, also where no network answers', async () => {
    await runJson(folder, ['canister', 'create', 'full']);
    await runJson(folder, ['canister', 'install', 'full', 'counter.wasm']);
    await runJson(folder, ['canister', 'settings', 'shared', '--remove-controller', 'default', '--yes']);
    const { canisters } = await runJson(folder, ['canister', 'list']);
    const listed = canisters as {
      readonly name: string;
      readonly exists: boolean;
      readonly status: string | null;
      readonly moduleHash: unknown;
    }[];
    assert.deepEqual(
      listed.map(({ name, exists, status, moduleHash }) => [name, exists, status, moduleHash !== null]),
      [
        ['chosen', true, 'running', false],
        ['full', true, 'running', true],
        ['shared', true, null, false],
      ],
    );
    const text = await runCommand(folder, ['canister', 'list']);
    assert.match(
      text.stdout,
      /^chosen +[a-z2-7-]{27} +empty, running, [\d.]+ T cycles\nfull +[a-z2-7-]{27} +running, .*\nshared .* empty, controlled by others\n$/,
    );
    const id = String((await runJson(folder, ['canister', 'id', 'full']))['canister']);
    await network.stop('SIGTERM');
    const away = ['--network', 'http://127.0.0.1:2'];
    const offline = await runCommand(folder, ['canister', 'list', ...away]);
    assert.equal(offline.code, 0, offline.stderr);
    assert.match(offline.stderr, /^warning: no network answers at http:\/\/127\.0\.0\.1:2: nothing listens there; these are the names/);
    assert.match(offline.stdout, new RegExp(`full +${id} +was at http://localhost:\\d+`));
    assert.equal((await runCommand(folder, ['canister', 'id', 'full', ...away])).stdout, `${id}\n`);
    assert.equal((await failure(['canister', 'id', 'nobody', ...away])).code, 'NETWORK_UNREACHABLE');
    const none = temporaryFolder(suite);
    assert.equal((await runCommand(none, ['canister', 'list', ...away])).stdout, 'No canister is known by name here.\n');
  });
});
