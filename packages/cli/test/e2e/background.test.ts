import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isStateFolderLocked } from '../../src/project/index.ts';
import { holdLock, objectOf, projectFolder, startBackground } from '../support/background-network.ts';
import { runCommand, runJson } from '../support/child-process.ts';

type Failure = { readonly error: { readonly code: string; readonly message: string; readonly lines?: readonly string[] } };

const answers = async (url: unknown): Promise<boolean> => (await fetch(`${String(url)}/api/v2/status`)).ok;

async function assertSilent(url: unknown): Promise<void> {
  await assert.rejects(fetch(`${String(url)}/api/v2/status`));
}

describe('myelin start --background', () => {
  it('returns when the network answers, which goes on, keeps its state and is stopped in order', async (t) => {
    const folder = projectFolder(t);
    const started = objectOf(await startBackground(folder));
    assert.deepEqual([started['ok'], started['alreadyRunning'], started['background']], [true, false, true]);
    assert.ok(await answers(started['url']));
    const stopped = await runJson(folder, ['stop']);
    assert.deepEqual([stopped['stopped'], stopped['pid'], stopped['url']], [true, started['pid'], started['url']]);
    await assertSilent(started['url']);
    const again = objectOf(await startBackground(folder));
    assert.equal(again['rootKey'], started['rootKey']);
    // It had ended in order: there was nothing to run again.
    assert.equal(again['replayed'], 0);
    const log = readFileSync(String(again['log']), 'utf8');
    assert.match(log, /^\d{4}-\d\d-\d\dT[\d:.]+Z Process \d+ starts the network of /);
    assert.match(log, /Stopping \(myelin stop\)[^\n]*\n\S+ Process \d+ ends with 0\.\n/);
  });

  it('is the same a second time, from the foreground too', async (t) => {
    const folder = projectFolder(t);
    const first = objectOf(await startBackground(folder));
    for (const words of [['--background'], []]) {
      const again = await runJson(folder, ['start', ...words]);
      assert.deepEqual([again['alreadyRunning'], again['url'], again['pid']], [true, first['url'], first['pid']]);
    }
    const shown = await runCommand(folder, ['start', '--port', '1']);
    assert.equal(shown.code, 0);
    assert.ok(shown.stdout.includes(`${String(first['url'])}/`), shown.stdout);
    assert.match(shown.stderr, /warning: it listens on port \d+, not on 1/);
  });

  it('is one network when two start it at the same moment', async (t) => {
    const folder = projectFolder(t);
    const both = (await Promise.all([startBackground(folder), startBackground(folder)])).map(objectOf);
    assert.deepEqual(both.map((one) => one['alreadyRunning']).toSorted(), [false, true]);
    assert.equal(both[0]?.['pid'], both[1]?.['pid']);
    assert.equal(both[0]?.['url'], both[1]?.['url']);
  });

  it('begins a new network with --clean, and refuses that while it runs', async (t) => {
    const folder = projectFolder(t);
    const first = objectOf(await startBackground(folder));
    const refused = await startBackground(folder, ['--clean']);
    assert.equal(refused.code, 1);
    assert.equal((JSON.parse(refused.stdout) as Failure).error.code, 'STATE_FOLDER_IN_USE');
    assert.ok(await answers(first['url']));
    await runJson(folder, ['stop']);
    const second = objectOf(await startBackground(folder, ['--clean']));
    assert.notEqual(second['rootKey'], first['rootKey']);
  });

  it('fails with the reason and the end of the log', async (t) => {
    const folder = projectFolder(t);
    const other = createServer().listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const taken = await runCommand(folder, ['start', '--background', '--json', '--port', String(port)]);
    assert.equal(taken.code, 1);
    const { error } = JSON.parse(taken.stdout) as Failure;
    assert.equal(error.code, 'PORT_IN_USE');
    assert.match(error.lines?.[0] ?? '', /the end of .*node\.log/);
    assert.ok(error.lines?.some((line) => /Z error: port \d+ .* is in use/.test(line)));
    mkdirSync(join(folder, '.myelin', 'network'), { recursive: true });
    writeFileSync(join(folder, '.myelin', 'network', 'genesis.json'), '{');
    const damaged = await runCommand(folder, ['start', '--background', '--port', '0']);
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /^error: .*genesis\.json can not be used/m);
    // Of this start alone.
    assert.doesNotMatch(damaged.stderr, /is in use/);
    assert.equal((await runCommand(folder, ['status'])).code, 3);
  });

  it('fails with what Node says when the process dies', async (t) => {
    const folder = projectFolder(t);
    const program = `if (process.argv[1]?.includes('background-process')) process.abort();`;
    const die = `data:text/javascript,${encodeURIComponent(program)}`;
    const died = await runCommand(folder, ['start', '--background', '--port', '0', '--json'], { NODE_OPTIONS: `--import=${die}` });
    assert.equal(died.code, 1);
    const { error } = JSON.parse(died.stdout) as Failure;
    assert.equal(error.code, 'START_FAILED');
    assert.ok((error.lines?.length ?? 0) > 1, died.stdout);
  });

  it('keeps its log small, and to its owner', async (t) => {
    const folder = projectFolder(t);
    const log = join(folder, '.myelin', 'node.log');
    mkdirSync(join(folder, '.myelin'));
    writeFileSync(log, 'before\n'.repeat(700_000), { mode: 0o600 });
    await startBackground(folder);
    assert.ok(statSync(log).size < 10_000);
    assert.match(readFileSync(`${log}.1`, 'utf8').slice(-20), /before\n$/);
    if (process.platform !== 'win32') assert.equal(statSync(log).mode & 0o777, 0o600);
  });

  it('is not stopped by the end of npm, nor of the shell that started it', async (t) => {
    const folder = projectFolder(t);
    const started = await runCommand(folder, ['start', '--background', '--port', '0', '--json'], { npm_lifecycle_event: 'start' });
    const { url } = objectOf(started);
    // npm's end is noticed within a second.
    await delay(2_500);
    assert.ok(await answers(url));
  });
});

describe('what a killed network leaves', () => {
  it('hinders nobody: not the status, not a stop, not the next start', async (t) => {
    const folder = projectFolder(t);
    const first = objectOf(await startBackground(folder));
    process.kill(Number(first['pid']), 'SIGKILL');
    await untilStopped(folder);
    assert.ok(existsSync(join(folder, '.myelin', 'control.json')));
    assert.equal((await runJson(folder, ['stop']))['stopped'], false);
    const next = objectOf(await startBackground(folder));
    assert.deepEqual([next['alreadyRunning'], next['rootKey']], [false, first['rootKey']]);
  });

  it('is not mistaken for another process that has its id or its address now', async (t) => {
    const folder = projectFolder(t);
    const state = join(folder, '.myelin');
    mkdirSync(state);
    // Another program at the address of the record, which says yes to everything.
    const asked: string[] = [];
    const other = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end('{"instance":"another","phase":"ready","pid":1}');
    }).listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const record = { pid: process.pid, url, instance: 'gone', secret: 'gone' };
    writeFileSync(join(state, 'control.json'), JSON.stringify(record));
    writeFileSync(join(state, 'node.json'), JSON.stringify({ pid: process.pid, url, rootKey: '00', startedAt: '' }));
    assert.equal((await runCommand(folder, ['status'])).code, 3);
    assert.equal((await runJson(folder, ['stop']))['stopped'], false);
    assert.deepEqual(asked, []);
    const started = objectOf(await startBackground(folder));
    assert.equal(started['alreadyRunning'], false);
    // Written while somebody holds the lock it is asked, and not believed.
    await runJson(folder, ['stop']);
    await holdLock(t, state);
    writeFileSync(join(state, 'control.json'), JSON.stringify(record));
    const status = await runCommand(folder, ['status', '--json']);
    assert.deepEqual([status.code, objectOf(status)['state']], [3, 'silent']);
    assert.ok(asked.length > 0 && asked.every((line) => line === 'GET /facts'));
  });
});

/** A killed process lets go of its lock when the system has cleared it away. */
async function untilStopped(folder: string): Promise<void> {
  while (isStateFolderLocked(join(folder, '.myelin'))) await delay(50);
}
