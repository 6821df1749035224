import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { readEvents, type StreamEvent } from '../../src/logs/event-stream.ts';

async function readAll(chunks: readonly Uint8Array[]): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  async function* stream(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  }
  for await (const event of readEvents(stream())) events.push(event);
  return events;
}

it('events are read whole, however the stream was cut', async () => {
  const text =
    'retry: 2000\nevent: network\ndata: {"a":1}\n\n: nothing new\n\nevent: line\nid: x-0.7\ndata: "ünïcode 🙂"\n\ndata: plain\n\n';
  const bytes = Buffer.from(text);
  const expected = [
    { name: 'network', data: '{"a":1}', id: undefined },
    { name: 'line', data: '"ünïcode 🙂"', id: 'x-0.7' },
    { name: 'message', data: 'plain', id: undefined },
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      assert.deepEqual(await readAll(chunks), expected);
    }),
  );
});

it('an event without an end is given up', async () => {
  await assert.rejects(readAll([Buffer.alloc(2 * 1024 * 1024, 'x')]), /does not end/);
});
