/** What one query prints is kept within bounds, and the rest is counted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PrincipalId, utf8 } from '@myelin/core/base';
import type { QueryPrint } from '@myelin/core/execution';
import { PrintCollector } from '../src/index.ts';

function printOf(texts: readonly Uint8Array[], unkept = 0): QueryPrint {
  return { canister: '00000000000000010101' as PrincipalId, by: 'composite_query', methodName: 'ask', texts, unkept };
}

const textsOf = ({ collected }: PrintCollector): readonly Uint8Array[] => collected.prints.flatMap(({ texts }) => texts);

describe('what one query prints', () => {
  it('is kept as it is when it is little', () => {
    const printed = new PrintCollector();
    assert.deepEqual(printed.collected, { prints: [], dropped: 0 });
    const prints = [printOf([utf8('one'), utf8('two')], 3), printOf([utf8('')])];
    for (const print of prints) printed.add(print);
    assert.deepEqual(printed.collected, { prints, dropped: 0 });
  });

  it('is so many texts at most, of all messages together, empty ones too', () => {
    const printed = new PrintCollector();
    printed.add(printOf([utf8('first')]));
    const empty = Array.from({ length: 10_000 }, () => utf8(''));
    for (let call = 0; call < 100; call++) printed.add(printOf(empty, 2));
    assert.equal(textsOf(printed).length, 250);
    assert.equal(printed.collected.prints.length, 2, 'no trace of what found no room');
    assert.equal(printed.collected.dropped, 1 + 100 * 10_000 + 100 * 2 - 250);
  });

  it('is so many bytes at most, and the text that goes beyond', () => {
    const printed = new PrintCollector();
    const text = new Uint8Array(100_000);
    for (let call = 0; call < 100; call++) printed.add(printOf([text, text]));
    assert.equal(textsOf(printed).length, 3);
    assert.equal(printed.collected.dropped, 197);
  });
});
