import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runCommand, spawnCommand, startNetwork, temporaryFolder } from '../support/child-process.ts';
import { spawn } from 'node:child_process';

type Failure = { readonly ok: false; readonly error: { readonly code: string; readonly message: string; readonly remedy: string } };

function failureOf(stdout: string): Failure['error'] {
  const { ok, error } = JSON.parse(stdout) as Failure;
  assert.equal(ok, false);
  return error;
}

describe('myelin start', () => {
  it('keeps nothing with --memory, answers at both addresses of localhost, and ends in order', async (t) => {
    const folder = temporaryFolder(t);
    const network = await startNetwork(t, folder, ['--memory']);
    const { ready } = network;
    assert.equal(ready['ok'], true);
    assert.match(String(ready['rootKey']), /^30[0-9a-f]{264}$/);
    assert.equal(ready['state'], null);
    assert.equal(ready['replayed'], 0);
    const port = String(ready['port']);
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      const response = await fetch(`http://${host}:${port}/api/v2/status`);
      assert.equal(response.status, 200, host);
    }
    const landing = await fetch(`http://127.0.0.1:${port}/`);
    assert.match(await landing.text(), /<dt>Version<\/dt><dd>0\.1\.0<\/dd>/);
    const stopped = await network.stop('SIGTERM');
    assert.deepEqual(stopped, { code: 0, signal: null });
    assert.match(network.stderr(), /Stopping \(SIGTERM\)/);
    assert.equal(existsSync(join(folder, '.myelin')), false);
  });

  it('says after how long it was ready', async (t) => {
    const network = await startNetwork(t, temporaryFolder(t), ['--memory']);
    const readyMs = Number(network.ready['readyMs']);
    t.diagnostic(`ready after ${readyMs} ms`);
    assert.ok(readyMs > 0);
  });

  it('says who has the port, and what to do', async (t) => {
    const folder = temporaryFolder(t);
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')).listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const refused = await runCommand(folder, ['start', '--memory', '--port', String(port)]);
    assert.equal(refused.code, 1);
    assert.equal(
      refused.stderr,
      `error: port ${port} (127.0.0.1) is in use: another program listens there\n` +
        `what to do: stop it, or choose another port: --port ${port + 1} (0 takes any that is free)\n`,
    );
    const network = await startNetwork(t, folder, ['--memory']);
    const again = await runCommand(folder, ['start', '--memory', '--json'], { PORT: String(network.ready['port']) });
    assert.equal(again.code, 1);
    const error = failureOf(again.stdout);
    assert.equal(error.code, 'PORT_IN_USE');
    assert.match(error.message, /another Internet Computer network answers there/);
  });

  it('runs one process per state folder', async (t) => {
    const folder = temporaryFolder(t);
    const network = await startNetwork(t, folder);
    const second = await runCommand(folder, ['start', '--port', '0', '--json']);
    assert.equal(second.code, 0);
    const found = JSON.parse(second.stdout) as Record<string, unknown>;
    assert.deepEqual([found['ok'], found['alreadyRunning'], found['url'], found['pid']], [true, true, network.url, network.child.pid]);
    // --clean must not take the state of a running network away either.
    const third = await runCommand(folder, ['start', '--port', '0', '--clean', '--json']);
    assert.equal(third.code, 1);
    const error = failureOf(third.stdout);
    assert.equal(error.code, 'STATE_FOLDER_IN_USE');
    assert.match(
      error.message,
      new RegExp(`^process ${network.child.pid} \\(http://localhost:\\d+, since .*\\) runs the network in \\.myelin already$`),
    );
    assert.match(error.remedy, /myelin stop/);
    assert.equal((await fetch(`${network.url}/api/v2/status`)).status, 200);
    await network.stop('SIGINT');
    assert.equal(existsSync(join(folder, '.myelin', 'node.json')), false);
    const again = await startNetwork(t, folder);
    assert.equal(again.ready['rootKey'], network.ready['rootKey']);
  });

  it('begins a new network with --clean, and takes away nothing else', async (t) => {
    const folder = temporaryFolder(t);
    const first = await startNetwork(t, folder);
    await first.stop('SIGTERM');
    writeFileSync(join(folder, '.myelin', 'notes.txt'), 'mine');
    const second = await startNetwork(t, folder, ['--clean']);
    assert.notEqual(second.ready['rootKey'], first.ready['rootKey']);
    assert.equal(readFileSync(join(folder, '.myelin', 'notes.txt'), 'utf8'), 'mine');
  });

  it('does not start from a log without its keys, and leaves it as it is', async (t) => {
    const folder = temporaryFolder(t);
    const network = join(folder, '.myelin', 'network');
    mkdirSync(join(network, 'log'), { recursive: true });
    const log = join(network, 'log', '0000000000000001.log');
    appendFileSync(log, 'this is a log of something else entirely\n');
    const refused = await runCommand(folder, ['start', '--port', '0', '--json']);
    assert.equal(refused.code, 1);
    assert.equal(failureOf(refused.stdout).code, 'GENESIS_INVALID');
    assert.equal(readFileSync(log, 'utf8'), 'this is a log of something else entirely\n');
  });

  it('stops with a message when the disk is full', { skip: process.platform === 'win32' ? 'Windows has no ulimit' : false }, async (t) => {
    const folder = temporaryFolder(t);
    // A file size limit stands for the full disk: the write of the log fails in the same way.
    const limited = spawnCommand(folder, []);
    limited.kill();
    const { spawnargs } = limited;
    const program = spawnargs
      .slice(0, 3)
      .map((word) => `'${word}'`)
      .join(' ');
    const child = spawn('bash', ['-c', `ulimit -f 1024; exec ${program} start --port 0 --json`], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, MYELIN_CONFIG: join(folder, 'config') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const network = await startNetwork(t, folder, [], child);
    writeFileSync(join(folder, 'large.wasm'), Buffer.concat([Buffer.from('0061736d01000000', 'hex'), customSection(1_500_000)]));
    const deploying = runCommand(folder, ['deploy', 'large.wasm']);
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 1);
    assert.match(
      network.stderr(),
      /error: .* could not be written: the file would become larger .* Raise the limit \(ulimit -f\), then start again/,
    );
    assert.equal((await deploying).code, 1);
  });

  it('refuses options that contradict each other, or are wrong', async (t) => {
    const folder = temporaryFolder(t);
    for (const [words, message] of [
      [['start', '--memory', '--clean'], /--memory keeps nothing/],
      [['start', '--memory', '--background'], /--memory keeps nothing/],
      [['start', '--port', '99999'], /'99999' is not a port/],
      [['start', 'now'], /'now' is one word too many/],
    ] as const) {
      const { code, stderr } = await runCommand(folder, words);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    assert.match(
      (await runCommand(folder, ['start', '--host', '203.0.113.7', '--memory'])).stderr,
      /this machine has no address 203\.0\.113\.7/,
    );
  });
});

/** A custom section of this many bytes. */
function customSection(bytes: number): Buffer {
  const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >> 7)]);
  const content = Buffer.concat([Buffer.from([1, 0x78]), Buffer.alloc(bytes)]);
  return Buffer.concat([Buffer.from([0, ...leb(content.length)]), content]);
}
