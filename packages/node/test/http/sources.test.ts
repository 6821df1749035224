import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { shortageOf } from '../../src/http/body.ts';
import { createBacklog } from '../../src/http/backlog.ts';
import { Chunks } from '../../src/http/chunks.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { createFairTurns } from '../../src/http/fair-turns.ts';
import type { Slot } from '../../src/http/gauges.ts';
import { connectionsThatFit } from '../../src/http/open-files.ts';
import type { IngressMessage, ReplicaPort } from '../../src/http/index.ts';
import { createSources, sourceName } from '../../src/http/sources.ts';

/** A connection as far as sources look at it: an address, and an end. */
const connectionFrom = (remoteAddress: string): Socket => Object.assign(new EventEmitter(), { remoteAddress }) as unknown as Socket;

describe('names of sources', () => {
  for (const [address, name] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8::2:3:4:5:6', '2001:db8:0:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ] as const) {
    it(`${address} is of ${name}`, () => assert.equal(sourceName(address), name));
  }
});

describe('sources', () => {
  const limits = { ...HTTP_LIMITS, sourceConnectionsMax: 2, sourceRequestsInFlightMax: 2, sourceBodiesBytesMax: 100 };

  it('have so many connections and requests each, and no more', () => {
    const sources = createSources(limits, { bytesLeft: 1_000 });
    const first = connectionFrom('192.0.2.1');
    const source = sources.admit(first);
    assert.ok(source !== undefined);
    assert.equal(sources.admit(connectionFrom('192.0.2.1')), source);
    assert.equal(sources.admit(connectionFrom('192.0.2.1')), undefined);
    assert.notEqual(sources.admit(connectionFrom('192.0.2.2')), undefined);
    first.emit('close');
    assert.equal(sources.admit(connectionFrom('192.0.2.1')), source);
    const places = [sources.enter(source), sources.enter(source)];
    assert.equal(sources.enter(source), undefined);
    places[0]?.leave();
    assert.notEqual(sources.enter(source), undefined);
  });

  it('are forgotten when nothing of them is left, and not before', () => {
    const sources = createSources(limits, { bytesLeft: 1_000 });
    const connection = connectionFrom('192.0.2.1');
    const source = sources.admit(connection)!;
    const place = sources.enter(source);
    connection.emit('close');
    // A client that leaves and comes back does not get new places for what still runs.
    assert.equal(sources.admit(connectionFrom('192.0.2.1')), source);
    assert.equal(sources.count, 1);
    place?.leave();
    assert.equal(sources.count, 1);
    const other = createSources(limits, { bytesLeft: 1_000 });
    const gone = connectionFrom('192.0.2.1');
    other.admit(gone);
    gone.emit('close');
    assert.equal(other.count, 0);
  });

  it('are shut out with all connections that are idle, for a while', async () => {
    const ended: string[] = [];
    const sources = createSources({ ...limits, shutMs: 30 }, { bytesLeft: 1_000 });
    const connection = (name: string, address: string): Socket =>
      Object.assign(connectionFrom(address), { destroy: () => ended.push(name) }) as unknown as Socket;
    const busy = connection('busy', '192.0.2.1');
    const source = sources.admit(busy)!;
    source.idle.delete(busy);
    sources.admit(connection('idle', '192.0.2.1'));
    sources.admit(connection('other', '192.0.2.2'));
    sources.shut(source);
    assert.deepEqual(ended, ['idle']);
    busy.emit('close');
    assert.equal(sources.admit(connectionFrom('192.0.2.1')), undefined);
    assert.notEqual(sources.admit(connectionFrom('192.0.2.2')), undefined);
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.notEqual(sources.admit(connectionFrom('192.0.2.1')), undefined);
  });

  it('take bytes from their own share and from that of all, and give back to both', () => {
    const total = { bytesLeft: 150 };
    const sources = createSources(limits, total);
    const [one, two] = ['192.0.2.1', '192.0.2.2'].map((address) => sources.admit(connectionFrom(address))!);
    one!.bodies.bytesLeft -= 90;
    assert.deepEqual([one!.bodies.bytesLeft, two!.bodies.bytesLeft, total.bytesLeft], [10, 60, 60]);
    assert.equal(shortageOf(one!.bodies).status, 429);
    two!.bodies.bytesLeft -= 60;
    assert.equal(shortageOf(two!.bodies).status, 503);
    one!.bodies.bytesLeft += 90;
    two!.bodies.bytesLeft += 60;
    assert.deepEqual([one!.bodies.bytesLeft, two!.bodies.bytesLeft, total.bytesLeft], [100, 100, 150]);
  });
});

describe('turns', () => {
  const sourceOf = (address: string) => createSources(HTTP_LIMITS, { bytesLeft: 1_000 }).admit(connectionFrom(address))!;
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('go to the sources in turn, whatever each has sent', async () => {
    const turns = createFairTurns(1, 1);
    const [many, single] = [sourceOf('192.0.2.1'), sourceOf('192.0.2.2')];
    const order: string[] = [];
    let slot: Slot = await turns.take(many);
    for (let count = 0; count < 5; count++)
      void turns.take(many).then((taken) => {
        order.push('many');
        slot = taken;
      });
    void turns.take(single).then((taken) => {
      order.push('single');
      slot = taken;
    });
    assert.equal(turns.waiting, 6);
    for (let count = 0; count < 6; count++) {
      slot.leave();
      slot.leave();
      await settled();
      assert.equal(order.length, count + 1, 'a turn that is left twice is left once');
    }
    assert.deepEqual(order, ['many', 'single', 'many', 'many', 'many', 'many']);
    assert.equal(turns.waiting, 0);
  });

  it('are never all taken by one source', async () => {
    const turns = createFairTurns(4, 3);
    const many = sourceOf('192.0.2.1');
    const taken: Slot[] = [];
    for (let count = 0; count < 10; count++) void turns.take(many).then((slot) => taken.push(slot));
    await settled();
    assert.equal(taken.length, 3);
    const other = await turns.take(sourceOf('192.0.2.2'));
    assert.equal(turns.waiting, 7);
    other.leave();
    await settled();
    assert.equal(taken.length, 3);
    while (taken.length > 0) {
      taken.shift()?.leave();
      await settled();
    }
    assert.equal(turns.waiting, 0);
  });
});

describe('backlog', () => {
  const message = {} as IngressMessage;

  it('is long when more than a batch waits and the oldest has waited too long', async () => {
    let now = 0;
    const taken: (() => void)[] = [];
    const submit = (): ReturnType<ReplicaPort['submit']> =>
      new Promise((resolve) => taken.push(() => resolve({ kind: 'accepted', certificate: undefined })));
    const backlog = createBacklog(submit, { waitingCallsMin: 2, waitingMsMax: 100 }, () => now);
    const calls = [backlog.submit(message)];
    now = 500;
    assert.equal(backlog.isLong, false, 'one call is no backlog, however long it waits');
    calls.push(backlog.submit(message), backlog.submit(message));
    assert.equal(backlog.count, 3);
    assert.equal(backlog.isLong, true);
    taken[0]?.();
    await calls[0];
    assert.equal(backlog.isLong, false, 'the oldest has just come');
    now = 601;
    assert.equal(backlog.isLong, true);
    for (const take of taken) take();
    await Promise.all(calls);
    assert.deepEqual([backlog.count, backlog.isLong], [0, false]);
  });

  it('does not count calls that failed', async () => {
    const backlog = createBacklog(
      () => Promise.reject(new Error('stopped')),
      { waitingCallsMin: 0, waitingMsMax: 0 },
      () => 1,
    );
    await assert.rejects(backlog.submit(message), /stopped/);
    assert.deepEqual([backlog.count, backlog.isLong], [0, false]);
  });
});

describe('chunks', () => {
  it('keep their order, whatever their sizes', () => {
    const chunks = new Chunks();
    const sent: number[] = [];
    let length = 0;
    for (let index = 0; index < 3_000; index++) {
      const piece = new Uint8Array(index % 500 === 499 ? 9_000 : 1 + (index % 40)).fill(index);
      chunks.add(piece);
      sent.push(...piece);
      length += piece.length;
    }
    assert.deepEqual(Buffer.from(chunks.join(length)), Buffer.from(sent));
  });

  it('of a byte each take few pieces of memory', () => {
    const chunks = new Chunks();
    for (let index = 0; index < 100_000; index++) chunks.add(Uint8Array.of(index));
    assert.ok(chunks.count < 30, `${chunks.count} pieces`);
    assert.equal(chunks.join(100_000).length, 100_000);
  });
});

describe('connections', () => {
  it('leave files for the node itself', () => {
    assert.equal(connectionsThatFit(10_000, 1_024), 768);
    assert.equal(connectionsThatFit(10_000, 1_048_576), 10_000);
    assert.equal(connectionsThatFit(10_000, 100), 1);
    assert.ok(connectionsThatFit(10) <= 10);
  });
});
