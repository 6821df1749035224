import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { holdLock, objectOf, projectFolder, startBackground } from '../support/background-network.ts';
import { runCommand, runJson, startNetwork, temporaryFolder } from '../support/child-process.ts';

type Failure = { readonly error: { readonly code: string; readonly message: string } };

describe('myelin stop', () => {
  it('stops a network in the foreground, which ends as after Ctrl-C', async (t) => {
    const folder = temporaryFolder(t);
    const network = await startNetwork(t, folder);
    const ended = once(network.child, 'close');
    const stopped = await runJson(folder, ['stop']);
    assert.deepEqual([stopped['stopped'], stopped['pid']], [true, network.child.pid]);
    assert.deepEqual(await ended, [0, null]);
    assert.match(network.stderr(), /Stopping \(myelin stop\)/);
    assert.equal(existsSync(join(folder, '.myelin', 'control.json')), false);
  });

  it('has nothing to do where none runs', async (t) => {
    const folder = temporaryFolder(t);
    const stopped = await runCommand(folder, ['stop']);
    assert.equal(stopped.code, 0);
    assert.match(stopped.stdout, /^No network runs in .*\.myelin\.\n$/);
    assert.equal(existsSync(join(folder, '.myelin')), false);
  });

  it('says that what holds the folder does not answer', async (t) => {
    const folder = temporaryFolder(t);
    const state = join(folder, '.myelin');
    mkdirSync(state);
    await holdLock(t, state);
    const refused = await runCommand(folder, ['stop', '--json']);
    assert.equal(refused.code, 1);
    assert.equal((JSON.parse(refused.stdout) as Failure).error.code, 'NODE_SILENT');
  });

  it('says that the time is up when a process does not end', { skip: process.platform === 'win32' ? 'no SIGSTOP' : false }, async (t) => {
    const folder = temporaryFolder(t);
    const network = await startNetwork(t, folder);
    // Found while it answers, then it hangs: the control interface takes the request and nothing follows.
    const stopping = runCommand(folder, ['stop', '--timeout', '2', '--json'], { NODE_OPTIONS: `--import=${HANG_AFTER_FACTS}` });
    const refused = await stopping;
    network.child.kill('SIGCONT');
    assert.equal(refused.code, 1, refused.stdout);
    assert.equal((JSON.parse(refused.stdout) as Failure).error.code, 'STOP_TIMEOUT');
    assert.match((JSON.parse(refused.stdout) as Failure).error.message, /has not ended after 2 s/);
  });

  it('refuses times that are none', async (t) => {
    const folder = temporaryFolder(t);
    for (const text of ['0', 'soon', '1.5', '999999']) assert.equal((await runCommand(folder, ['stop', '--timeout', text])).code, 2, text);
  });
});

describe('myelin status', () => {
  it('tells by its exit code whether the network runs, and what it is like', async (t) => {
    const folder = projectFolder(t);
    const before = await runCommand(folder, ['status', '--json']);
    assert.equal(before.code, 3);
    assert.deepEqual([objectOf(before)['running'], objectOf(before)['state'], objectOf(before)['stateFolderBytes']], [false, 'stopped', 0]);
    const started = objectOf(await startBackground(folder));
    const status = await runJson(folder, ['status']);
    assert.deepEqual(
      [status['running'], status['state'], status['url'], status['pid'], status['rootKey']],
      [true, 'running', started['url'], started['pid'], started['rootKey']],
    );
    assert.deepEqual([status['version'], status['canisters'], status['background']], ['0.1.0', 0, true]);
    assert.match(String(status['height']), /^[1-9]\d*$/);
    assert.ok(Math.abs(Date.parse(String(status['lastBatchAt'])) - Date.now()) < 600_000);
    assert.ok(Number(status['processMemoryBytes']) > 1e6);
    assert.ok(Number(status['stateFolderBytes']) > 1_000);
    assert.ok(Number(status['uptimeSeconds']) >= 0);
    const wasm = join(folder, 'empty.wasm');
    writeFileSync(wasm, Buffer.from('0061736d01000000', 'hex'));
    await runJson(folder, ['deploy', wasm]);
    const after = await runJson(folder, ['status']);
    assert.equal(after['canisters'], 1);
    assert.ok(BigInt(String(after['height'])) > BigInt(String(status['height'])));
    assert.ok(Date.parse(String(after['lastBatchAt'])) > Date.parse(String(status['lastBatchAt'])));
    const text = await runCommand(folder, ['status']);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /^The network runs\.\n/);
    for (const head of ['Address', 'Process', 'Running', 'Height', 'Canisters', 'Version', 'Log', 'State'])
      assert.match(text.stdout, new RegExp(`^ {2}${head} +\\S`, 'm'));
  });
});

/** Preloaded into a `myelin stop`: after the network has said who it is, it is halted, as a process that hangs. */
const HANG_AFTER_FACTS = `data:text/javascript,${encodeURIComponent(`
  const ask = globalThis.fetch;
  globalThis.fetch = async (url, init) => {
    const response = await ask(url, init);
    if (!String(url).endsWith('/facts')) return response;
    const text = await response.text();
    process.kill(JSON.parse(text).pid, 'SIGSTOP');
    return new Response(text);
  };
`)}`;
