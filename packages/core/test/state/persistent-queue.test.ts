import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PersistentQueue } from '@myelin/core/state';

const command = fc.record({
  kind: fc.constantFrom('push' as const, 'push' as const, 'shift' as const, 'fork' as const, 'peek' as const),
  handle: fc.nat({ max: 3 }),
  /** Often more than a chunk. */
  times: fc.nat({ max: 50 }),
});

describe('PersistentQueue', () => {
  it('behaves like an array, also when forks are written to in turns', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40, size: 'max' }), (steps) => {
        const queues = [PersistentQueue.empty<number>()];
        const models: number[][] = [[]];
        let next = 0;
        for (const step of steps) {
          const at = step.handle % queues.length;
          const queue = queues[at]!;
          const model = models[at]!;
          if (step.kind === 'fork') {
            queues[queues.length < 4 ? queues.length : at] = queue.fork();
            if (models.length < queues.length) models.push([...model]);
          }
          for (let time = 0; time < step.times; time++) {
            if (step.kind === 'push') {
              queue.push(next);
              model.push(next++);
            } else if (step.kind === 'shift') {
              assert.equal(queue.shift(), model.shift());
            }
          }
          if (step.kind === 'peek') assert.equal(queue.peek(), model[0]);
        }
        for (const [at, queue] of queues.entries()) {
          assert.equal(queue.size, models[at]!.length);
          assert.deepEqual([...queue.values()], models[at]);
          assert.deepEqual([...queue.values()], models[at]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is empty again after as many shifts as pushes', () => {
    const queue = PersistentQueue.empty<number>();
    for (let value = 0; value < 1000; value++) queue.push(value);
    for (let value = 0; value < 1000; value++) assert.equal(queue.shift(), value);
    assert.equal(queue.shift(), undefined);
    assert.equal(queue.peek(), undefined);
    assert.equal(queue.size, 0);
  });
});
