/** What queries print: bounded on its way, bounded where it is kept, and in one sequence with the logs of canisters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PrincipalId, utf8 } from '@myelin/core/base';
import type { QueryPrint } from '@myelin/core/execution';
import { createNetwork } from '@myelin/network';
import { LogFeed, type PrintedLines, PrintedOutbox } from '../../src/canister-logs/index.ts';

const A = '00000000000000010101' as PrincipalId;
const B = '00000000000000020101' as PrincipalId;

function printOf(texts: readonly string[], parts: Partial<QueryPrint> = {}): QueryPrint {
  return { canister: A, by: 'query', methodName: 'look', texts: texts.map(utf8), unkept: 0, ...parts };
}

function linesOf(...texts: string[]): PrintedLines['lines'] {
  return texts.map((text, index) => ({ canister: A, timestampNs: BigInt(index), text, source: { by: 'query', method: 'look' } }));
}

describe('lines that queries print', () => {
  it('go out at once, then together', async () => {
    const sent: PrintedLines[] = [];
    const outbox = new PrintedOutbox((printed) => sent.push(printed));
    outbox.add([printOf(['one', 'two'])], 5n);
    assert.deepEqual(sent, [
      {
        lines: ['one', 'two'].map((text) => ({ canister: A, timestampNs: 5n, text, source: { by: 'query', method: 'look' } })),
        dropped: 0,
      },
    ]);
    for (let count = 0; count < 20; count++) outbox.add([printOf([`${count}`], { canister: B })], 6n);
    assert.equal(sent.length, 1);
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
    outbox.add([printOf(Array.from({ length: 100_000 }, (_, index) => `${index}`))], 1n);
    assert.equal(sent.length, 1);
    assert.equal(sent[0]!.lines.length + sent[0]!.dropped, 100_000);
    assert.ok(sent[0]!.lines.length < 1_000);
    outbox.add([printOf(Array.from({ length: 200 }, () => 'x'.repeat(16_000)))], 1n);
    outbox.flush();
    const characters = sent[1]!.lines.reduce((total, { text }) => total + text.length, 0);
    assert.ok(characters < 512 * 1024, `${characters}`);
    assert.ok(sent[1]!.dropped > 100);
  });

  it('are cut where they are long, and say what the canister had no room for', () => {
    const sent: PrintedLines[] = [];
    const outbox = new PrintedOutbox((printed) => sent.push(printed));
    outbox.add([printOf(['y'.repeat(100_000)], { by: 'inspect_message', methodName: 'm'.repeat(20_000), unkept: 3 })], 1n);
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
});
