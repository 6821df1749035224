import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Cleanup, type Finished, runCommand, startNetwork, temporaryFolder } from '../support/child-process.ts';

const BIN = fileURLToPath(new URL('../../bin/myelin.js', import.meta.url));

/** Makes a program believe that it runs on an older Node. */
const OLD_NODE = '--import=data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"18.20.0"}})';

async function runBin(folder: string, bin: string, words: readonly string[], nodeArguments: readonly string[] = []): Promise<Finished> {
  const child = spawn(process.execPath, [...nodeArguments, bin, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, MYELIN_CONFIG: join(folder, 'config') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('bin/myelin.js', () => {
  it('starts the sources with the condition that they need, from any folder', async (t) => {
    const finished = await runBin(temporaryFolder(t), BIN, ['--version']);
    assert.deepEqual(finished, { code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('passes exit codes on', async (t) => {
    const folder = temporaryFolder(t);
    assert.equal((await runBin(folder, BIN, ['strat'])).code, 2);
    assert.equal((await runBin(folder, BIN, ['identity', 'show', 'nobody'])).code, 1);
  });

  it('tells programs in JSON that the command is missing', async (t) => {
    const folder = temporaryFolder(t);
    for (const words of [['--json'], ['canister', '--json']]) {
      const { code, stdout } = await runBin(folder, BIN, words);
      assert.equal(code, 2);
      const { ok, error } = JSON.parse(stdout) as { readonly ok: boolean; readonly error: { readonly code: string } };
      assert.deepEqual([ok, error.code], [false, 'USAGE_OPERANDS']);
    }
  });

  it('uses the Node of the package where the own one is too old', async (t) => {
    const finished = await runBin(temporaryFolder(t), BIN, ['--version', '--json'], [OLD_NODE]);
    assert.equal(finished.code, 0, finished.stderr);
    const { node } = JSON.parse(finished.stdout) as { readonly node: string };
    assert.ok(Number(node.split('.')[0]) >= 26);
  });

  it('says which Node it needs where there is none', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    copyFileSync(BIN, join(folder, 'bin', 'myelin.js'));
    const finished = await runBin(folder, join(folder, 'bin', 'myelin.js'), ['start'], [OLD_NODE]);
    assert.equal(finished.code, 1);
    assert.match(
      finished.stderr,
      /^error: Myelin needs Node 26 or newer; this is Node 18\.20\.0 .*\nwhat to do: install it from https:\/\/nodejs\.org/,
    );
  });

  it('passes signals on: the network below it ends in order', async (t: Cleanup) => {
    const folder = temporaryFolder(t);
    const child = spawn(process.execPath, [BIN, 'start', '--memory', '--port', '0', '--json'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const network = await startNetwork(t, folder, [], child);
    assert.deepEqual(await network.stop('SIGTERM'), { code: 0, signal: null });
    await assert.rejects(fetch(`${network.url}/api/v2/status`));
  });
});

describe('npm start', { skip: process.platform === 'win32' ? 'npm has no shell in between there' : false }, () => {
  it('ends in order when npm is told to end, though the shell in between does not pass it on', async (t: Cleanup) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: `node '${BIN}' start --memory --port 0 --json` } }));
    const child = spawn('npm', ['start', '--silent'], {
      cwd: folder,
      env: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const network = await startNetwork(t, folder, [], child);
    await network.stop('SIGTERM');
    await assert.rejects(fetch(`${network.url}/api/v2/status`));
  });
});

describe('the command line', () => {
  it('prints help where it is asked for, on standard output; on standard error where nothing was asked', async (t) => {
    const folder = temporaryFolder(t);
    for (const words of [['--help'], ['help'], ['-h']]) {
      const { code, stdout } = await runCommand(folder, words);
      assert.equal(code, 0);
      assert.match(stdout, /^Myelin 0\.1\.0: a whole Internet Computer/);
    }
    for (const words of [
      ['start', '--help'],
      ['help', 'start'],
      ['start', '-h', '--port', '1'],
    ]) {
      assert.match((await runCommand(folder, words)).stdout, /^Usage\n {2}myelin start \[options\]/);
    }
    const topic = await runCommand(folder, ['help', 'exit-codes']);
    assert.equal(topic.code, 0);
    assert.match(topic.stdout, /^exit-codes: .*\n\n {2}0 +it is done/);
    for (const words of [
      ['help', 'files', '--json'],
      ['help', '--json'],
      ['help', 'stop', '--json'],
      ['--json', 'help', 'stop'],
    ]) {
      const { ok, help } = JSON.parse((await runCommand(folder, words)).stdout) as { readonly ok: boolean; readonly help: string };
      assert.ok(ok && help.length > 100, words.join(' '));
    }
    const unknown = await runCommand(folder, ['help', 'exitcodes']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /neither a command nor a topic 'exitcodes'\nwhat to do: did you mean 'myelin help exit-codes'\?/);
    assert.match((await runCommand(folder, ['canister', '--help'])).stdout, /canister query ID\|NAME METHOD/);
    const nothing = await runCommand(folder, []);
    assert.deepEqual([nothing.code, nothing.stdout], [2, '']);
    assert.match(nothing.stderr, /Usage/);
    assert.equal((await runCommand(folder, ['canister'])).code, 2);
  });

  it('uses no colours away from terminals', async (t) => {
    const { stdout } = await runCommand(temporaryFolder(t), ['--help']);
    assert.ok(!stdout.includes('\u001b'));
  });

  it('gives one JSON object, for failures too', async (t) => {
    const folder = temporaryFolder(t);
    const made = await runCommand(folder, ['identity', 'new', 'alice', '--json', '--use']);
    const alice = JSON.parse(made.stdout) as Record<string, unknown>;
    assert.deepEqual([alice['ok'], alice['name'], alice['scheme']], [true, 'alice', 'ed25519']);
    const list = JSON.parse((await runCommand(folder, ['identity', 'list', '--json'])).stdout) as Record<string, unknown>;
    assert.equal(list['chosen'], 'alice');
    const failed = await runCommand(folder, ['--json', 'identity', 'new', 'alice']);
    assert.equal(failed.code, 1);
    const { ok, error } = JSON.parse(failed.stdout) as {
      readonly ok: boolean;
      readonly error: { readonly code: string; readonly remedy: string };
    };
    assert.deepEqual([ok, error.code], [false, 'IDENTITY_EXISTS']);
    assert.match(error.remedy, /choose another name/);
    const wrong = await runCommand(folder, ['identity', 'list', '--jason', '--json']);
    assert.equal(wrong.code, 2);
    assert.equal((JSON.parse(wrong.stdout) as { readonly error: { readonly remedy: string } }).error.remedy, "did you mean '--json'?");
  });
});
