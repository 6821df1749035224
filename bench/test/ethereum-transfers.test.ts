import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeRlp, signTransfer } from '../src/ethereum-transfers.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('transfers of the peer', () => {
  it('encodes the examples of the RLP documentation (ethereum.org)', () => {
    const examples: readonly (readonly [Parameters<typeof encodeRlp>[0], string])[] = [
      [text('dog'), '83646f67'],
      [[text('cat'), text('dog')], 'c88363617483646f67'],
      [text(''), '80'],
      [[], 'c0'],
      [0, '80'],
      [15, '0f'],
      [1024, '820400'],
      [[[], [[]], [[], [[]]]], 'c7c0c1c0c3c0c1c0'],
      [
        text('Lorem ipsum dolor sit amet, consectetur adipisicing elit'),
        `b838${Buffer.from('Lorem ipsum dolor sit amet, consectetur adipisicing elit').toString('hex')}`,
      ],
    ];
    for (const [value, hex] of examples) assert.equal(encodeRlp(value).toString('hex'), hex);
  });

  it('signs transactions of type 2, each its own', () => {
    const [first, second] = [signTransfer(0), signTransfer(1)];
    assert.match(first, /^0x02f8[0-9a-f]+$/);
    assert.notEqual(first, second);
    assert.equal(signTransfer(0), first);
  });
});
