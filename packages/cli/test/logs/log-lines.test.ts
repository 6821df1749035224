import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineJson, lineText, type LogLine, parseLogLine } from '../../src/logs/log-line.ts';
import { ShownLines } from '../../src/logs/shown-lines.ts';

const plain = (_: string, text: string): string => text;

function line(index: number, timestampNs: bigint, from?: string): LogLine {
  return {
    canister: 'aaaaa-aa',
    index,
    timestampNs,
    text: 'x',
    lost: 0,
    origin: from === undefined ? undefined : { from, method: 'look' },
  };
}

describe('lines of logs', () => {
  it('say which query printed them', () => {
    const told = {
      canister: 'aaaaa-aa',
      index: 7,
      timestampNs: '1700000000123456789',
      text: 'seen',
      from: 'composite_query',
      method: 'look',
    };
    const parsed = parseLogLine(told);
    assert.ok(parsed !== undefined);
    assert.equal(lineText(parsed, new Map([['aaaaa-aa', 'eye']]), plain), '2023-11-14T22:13:20.123Z eye (composite query look) seen');
    assert.deepEqual(lineJson(parsed, new Map()), { ...told, time: '2023-11-14T22:13:20.123Z', name: null });
    const { origin } = parseLogLine({ ...told, from: undefined }) ?? {};
    assert.equal(origin, undefined);
  });

  it('can not be made up by the name of a method', () => {
    const forged = { ...line(0, 0n), origin: { from: 'inspect_message', method: 'a\n2023-11-14T22:13:20.123Z eye \u{1b}[2J' } };
    const text = lineText(forged, new Map(), plain);
    assert.equal(text.split('\n').length, 1);
    assert.ok(!text.includes('\u{1b}'));
  });

  it('are shown once, whatever a node tells again', () => {
    const shown = new ShownLines();
    const add = (...lines: LogLine[]): boolean[] => lines.map((one) => shown.add(one));
    assert.deepEqual(add(line(0, 5n), line(1, 5n), line(0, 5n), line(1, 5n), line(2, 6n)), [true, true, false, false, true]);
    // Two threads that print at the same time: a moment out of order.
    assert.deepEqual(add(line(0, 10n, 'query'), line(1, 12n, 'query'), line(2, 11n, 'query')), [true, true, true]);
    assert.deepEqual(add(line(0, 10n, 'query'), line(2, 11n, 'query'), line(1, 12n, 'query')), [false, false, false]);
    // The node has started again: it counts from nothing, later.
    assert.deepEqual(add(line(0, 20n, 'query'), line(1, 20n, 'query'), line(0, 20n, 'query')), [true, true, false]);
    assert.deepEqual(add(line(2, 7n)), [false], 'the records of the canister are counted by themselves');
    shown.clear();
    assert.deepEqual(add(line(0, 1n), line(0, 1n, 'query')), [true, true]);
  });
});
