/** What queries print: bounded on its way, bounded where it is kept, and in one sequence with the logs of canisters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PrincipalId, utf8 } from '@myelin/core/base';
import type { QueryPrint } from '@myelin/core/execution';
import { createNetwork, type QueryPrints } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { LogFeed, type PrintedLines, PrintedOutbox } from '../../src/canister-logs/index.ts';

const A = '00000000000000010101' as PrincipalId;
const B = '00000000000000020101' as PrincipalId;

/** What a query printed that had one message. */
function told(texts: readonly string[], parts: Partial<QueryPrint> = {}): QueryPrints {
  return { prints: [{ canister: A, by: 'query', methodName: 'look', texts: texts.map(utf8), unkept: 0, ...parts }], dropped: 0 };
}

function linesOf(...texts: string[]): PrintedLines['lines'] {
  return texts.map((text, index) => ({ canister: A, timestampNs: BigInt(index), text, source: { by: 'query', method: 'look' } }));
}

/** Lines of one canister, in pieces as they come from threads. */
function* flood(canister: PrincipalId, count: number, text = 'noise'): Generator<PrintedLines, void, undefined> {
  for (let left = count; left > 0; left -= 250) {
    const texts = Array.from({ length: Math.min(left, 250) }, () => text);
    yield { lines: linesOf(...texts).map((line) => ({ ...line, canister })), dropped: 0 };
  }
}

describe('lines that queries print', () => {
  it('go out at once, then together', async () => {
    const sent: PrintedLines[] = [];
    const outbox = new PrintedOutbox((printed) => sent.push(printed));
    outbox.add(told(['one', 'two']), 5n);
    assert.deepEqual(sent, [
      {
        lines: ['one', 'two'].map((text) => ({ canister: A, timestampNs: 5n, text, source: { by: 'query', method: 'look' } })),
        dropped: 0,
      },
    ]);
    for (let count = 0; count < 20; count++) outbox.add(told([`${count}`], { canister: B }), 6n);
    assert.equal(sent.length, 1);
    outbox.taken();
    for (let waited = 0; sent.length === 1; waited += 5) {
      assert.ok(waited < 5_000);
      await sleep(5);
    }
    assert.equal(sent[1]?.lines.length, 20);
    assert.deepEqual(structuredClone(sent), sent);
  });

  it('are dropped when too many come at once, and counted', () => {
    const sent: PrintedLines[] = [];
    const outbox = new PrintedOutbox((printed) => sent.push(printed));
    outbox.add(told(Array.from({ length: 100_000 }, (_, index) => `${index}`)), 1n);
    assert.equal(sent.length, 1);
    assert.equal(sent[0]!.lines.length + sent[0]!.dropped, 100_000);
    assert.ok(sent[0]!.lines.length < 1_000);
    outbox.taken();
    outbox.add(told(Array.from({ length: 200 }, () => 'x'.repeat(16_000))), 1n);
    outbox.flush();
    const characters = sent[1]!.lines.reduce((total, { text }) => total + text.length, 0);
    assert.ok(characters < 512 * 1024, `${characters}`);
    assert.ok(sent[1]!.dropped > 100);
  });

  it('wait until what went before was taken, and are dropped and counted meanwhile', async () => {
    const sent: PrintedLines[] = [];
    const outbox = new PrintedOutbox((printed) => sent.push(printed));
    outbox.add(told(['first']), 1n);
    for (let count = 0; count < 10; count++) {
      outbox.add(told(Array.from({ length: 100 }, () => `${count}`)), 1n);
      await sleep(10);
    }
    outbox.flush();
    assert.equal(sent.length, 1, 'nothing was taken, so nothing more is under way');
    outbox.add({ ...told(['last']), dropped: 7 }, 1n);
    outbox.taken();
    assert.equal(sent.length, 2);
    assert.equal(sent[1]!.lines.length, 250);
    assert.equal(sent[1]!.dropped, 750 + 1 + 7);
    outbox.taken();
    outbox.flush();
    assert.equal(sent.length, 2, 'there is nothing more');
  });

  it('are cut where they are long, and say what the canister had no room for', () => {
    const sent: PrintedLines[] = [];
    const outbox = new PrintedOutbox((printed) => sent.push(printed));
    outbox.add(told(['y'.repeat(100_000)], { by: 'inspect_message', methodName: 'm'.repeat(20_000), unkept: 3 }), 1n);
    const [long, remark] = sent[0]!.lines;
    assert.ok(long!.text.length < 20_000 && long!.source.method.length < 1_000);
    assert.match(remark!.text, /3 more texts found no room/);
  });

  it('are kept for who asks later, the newest ones, and follow what is in the logs', async () => {
    const { canisters } = createNetwork().state;
    const feed = new LogFeed(() => canisters);
    const read = (canister: PrincipalId = A) => feed.read({ after: undefined, canisters: [canister], linesMax: 10_000, waitMs: 0 });
    feed.print({ lines: linesOf('first', 'second'), dropped: 3 });
    feed.print({ lines: linesOf('third'), dropped: 0 });
    const early = await read();
    assert.deepEqual(
      early.lines.map(({ text, lost, index }) => [text, lost, index]),
      [
        ['first', 0, 0],
        ['third', 3, 2],
        ['second', 0, 1],
      ],
      'in the order of time',
    );
    assert.deepEqual((await read(B)).lines, []);
    const coming = feed.read({ after: early.position, canisters: undefined, linesMax: 10, waitMs: 10_000 });
    feed.print({ lines: linesOf('later'), dropped: 0 });
    assert.deepEqual(
      (await coming).lines.map(({ text, index, source }) => [text, index, source?.method]),
      [['later', 3, 'look']],
    );
    feed.close();
    for (let count = 0; count < 50; count++) feed.print({ lines: linesOf(...Array.from({ length: 100 }, () => `${count}`)), dropped: 1 });
    const { lines } = await read();
    assert.ok(lines.length >= 500 && lines.length <= 1_000, `${lines.length}`);
    assert.equal(lines.filter(({ text }) => text === '49').length, 100);
    feed.close();
    for (let count = 0; count < 500; count++) feed.print({ lines: linesOf('z'.repeat(16_000)), dropped: 0 });
    assert.ok((await read()).lines.reduce((total, { text }) => total + text.length, 0) <= 1024 * 1024);
    assert.deepEqual(feed.printed, { lines: 4 + 5_000 + 500, dropped: 53 });
    feed.close();
  });

  it('of one canister do not push out those of others', async () => {
    const { canisters } = createNetwork().state;
    const feed = new LogFeed(() => canisters);
    const textsOf = async (canister: PrincipalId): Promise<readonly string[]> => {
      const { lines } = await feed.read({ after: undefined, canisters: [canister], linesMax: 10_000, waitMs: 0 });
      return lines.map(({ text }) => text);
    };
    const quiet = Array.from({ length: 20 }, (_, index) => `line ${index}`);
    feed.print({ lines: linesOf(...quiet), dropped: 0 });
    for (const piece of flood(B, 20_000)) feed.print(piece);
    assert.deepEqual(await textsOf(A), quiet, 'of a feed that begins');
    for (const piece of flood(B, 20_000)) feed.print(piece);
    for (const piece of flood(B, 500, 'z'.repeat(16_000))) feed.print(piece);
    assert.deepEqual(await textsOf(A), quiet, 'of a feed that is read');
    const many = Array.from({ length: 100 }, (_, index) => `${(10 + index).toString(16).padStart(16, '0')}0101` as PrincipalId);
    for (const id of many) for (const piece of flood(id, 50)) feed.print(piece);
    const kept = await Promise.all(many.slice(0, 80).map((id) => textsOf(id)));
    assert.ok(
      kept.every(({ length }) => length >= 4),
      `${Math.min(...kept.map(({ length }) => length))} lines of a canister`,
    );
    assert.ok((await textsOf(A)).length >= 4);
    feed.close();
  });

  it('never displace a record of a log', { timeout: 60_000 }, async () => {
    const network = createNetwork();
    const id = await network.deploy(await universalCanister(), { arg: script.program() });
    await network.update(id, 'update', script.program(script.debugPrint('certified'), script.reply()));
    const feed = new LogFeed(() => network.state.canisters);
    const records = async (): Promise<readonly string[]> => {
      const { lines } = await feed.read({ after: undefined, canisters: [id], linesMax: 10_000, waitMs: 0 });
      return lines.filter(({ source }) => source === undefined).map(({ text }) => text);
    };
    for (const piece of flood(id, 10_000)) feed.print(piece);
    assert.deepEqual(await records(), ['certified']);
    for (const piece of flood(B, 10_000)) feed.print(piece);
    for (const piece of flood(id, 1_000, 'z'.repeat(16_000))) feed.print(piece);
    await network.update(id, 'update', script.program(script.debugPrint('once more'), script.reply()));
    feed.afterBatch();
    for (const piece of flood(B, 10_000)) feed.print(piece);
    assert.deepEqual(await records(), ['certified', 'once more']);
    feed.close();
  });

  it('that made room are told to a reader who had not read them, once', async () => {
    const { canisters } = createNetwork().state;
    const feed = new LogFeed(() => canisters);
    const question = { canisters: undefined, linesMax: 100, waitMs: 0 };
    feed.print({ lines: linesOf('first'), dropped: 0 });
    let { position } = await feed.read({ ...question, after: undefined });
    for (const piece of flood(B, 5_000)) feed.print(piece);
    const sums = { lines: 0, dropped: 0 };
    for (let isMore = true; isMore;) {
      const answer = await feed.read({ ...question, after: position });
      sums.lines += answer.lines.length;
      sums.dropped += answer.dropped;
      isMore = answer.lines.length > 0;
      ({ position } = answer);
    }
    assert.ok(sums.lines >= 500 && sums.lines <= 1_000, `${sums.lines}`);
    assert.equal(sums.lines + sums.dropped, 5_000);
    assert.equal((await feed.read({ ...question, after: undefined })).dropped, 0, 'nothing to a reader who begins');
    feed.close();
  });
});
