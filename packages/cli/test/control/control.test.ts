import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type ControlServer, findNode, type NodeFacts, openControlServer, stopNode } from '../../src/control/index.ts';
import { lockStateFolder, writeControlRecord } from '../../src/project/index.ts';
import { temporaryFolder } from '../support/child-process.ts';

const FACTS: NodeFacts = {
  phase: 'ready',
  version: '1.2.3',
  pid: process.pid,
  startedAt: '2026-01-02T03:04:05.000Z',
  uptimeSeconds: 5,
  isBackground: false,
  processMemoryBytes: 7,
  network: null,
};

async function openServer(t: TestContext): Promise<{ readonly server: ControlServer; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = await openControlServer({ facts: () => Promise.resolve(FACTS), stop: () => void asked.push('stop') });
  t.after(() => server.close());
  return { server, asked };
}

describe('the control interface', () => {
  it('answers who knows the secret of this start, and nobody else', async (t) => {
    const { server, asked } = await openServer(t);
    assert.match(server.url, /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/);
    const authorization = `Bearer ${server.secret}`;
    const known = await fetch(`${server.url}/facts`, { headers: { authorization } });
    assert.deepEqual(await known.json(), { instance: server.instance, ...FACTS });
    assert.equal(known.headers.get('access-control-allow-origin'), null);
    for (const wrong of [undefined, '', 'Bearer ', `Bearer ${'0'.repeat(64)}`, `${authorization}0`, server.secret]) {
      for (const [method, path] of [
        ['GET', '/facts'],
        ['POST', '/stop'],
      ] as const) {
        const refused = await fetch(`${server.url}${path}`, { method, headers: wrong === undefined ? {} : { authorization: wrong } });
        assert.equal(refused.status, 403);
        assert.ok(!(await refused.text()).includes(server.instance));
      }
    }
    for (const [method, path] of [
      ['GET', '/stop'],
      ['POST', '/facts'],
      ['GET', '/'],
    ] as const) {
      assert.equal((await fetch(`${server.url}${path}`, { method, headers: { authorization } })).status, 404);
    }
    assert.deepEqual(asked, []);
  });

  it('does not take what is too long', async (t) => {
    const { server } = await openServer(t);
    const socket = connect(Number(new URL(server.url).port), new URL(server.url).hostname.replaceAll(/[[\]]/g, ''));
    socket.on('error', () => {});
    socket.write(`GET /facts HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`);
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    await new Promise((resolve) => socket.once('close', resolve));
    assert.match(answer, /^(HTTP\/1\.1 431 |$)/);
  });
});

describe('findNode', () => {
  it('believes the record of who holds the lock, if it is answered by that name', async (t) => {
    const { server } = await openServer(t);
    const folder = temporaryFolder(t);
    const record = { pid: process.pid, url: server.url, instance: server.instance, secret: server.secret };
    assert.equal((await findNode(folder)).kind, 'none');
    const lock = await lockStateFolder(folder);
    t.after(() => lock.release());
    await writeControlRecord(folder, record);
    const found = await findNode(folder);
    assert.ok(found.kind === 'node');
    assert.equal(found.facts.version, '1.2.3');
    await writeControlRecord(folder, { ...record, instance: 'another' });
    assert.equal((await findNode(folder)).kind, 'silent');
    await writeControlRecord(folder, { ...record, secret: 'another' });
    assert.equal((await findNode(folder)).kind, 'silent');
  });

  it('does not believe what is left of a process that is gone', async (t) => {
    const { server } = await openServer(t);
    const folder = join(temporaryFolder(t), 'state');
    mkdirSync(folder);
    await writeControlRecord(folder, { pid: process.pid, url: server.url, instance: server.instance, secret: server.secret });
    assert.equal((await findNode(folder)).kind, 'none');
    const lock = await lockStateFolder(folder);
    t.after(() => lock.release());
    // Whoever takes the lock takes the record of the one before away.
    assert.deepEqual(await findNode(folder), { kind: 'silent', record: undefined });
    writeFileSync(join(folder, 'control.json'), '{"pid":1}');
    assert.deepEqual(await findNode(folder), { kind: 'silent', record: undefined });
  });
});

describe('stopNode', () => {
  it('waits for the lock, and says when the time is up', async (t) => {
    const { server, asked } = await openServer(t);
    const folder = temporaryFolder(t);
    const record = { pid: process.pid, url: server.url, instance: server.instance, secret: server.secret };
    const lock = await lockStateFolder(folder);
    assert.equal(await stopNode(folder, record, 300), false);
    assert.deepEqual(asked, ['stop']);
    const stopping = stopNode(folder, record, 60_000);
    setTimeout(() => lock.release(), 200);
    assert.equal(await stopping, true);
  });
});
