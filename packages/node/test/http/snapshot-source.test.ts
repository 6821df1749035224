/** Figures of a replica that is busy: what it said last serves for a while. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openLocalNode } from '../../src/node/index.ts';
import type { ReplicaPort } from '../../src/http/index.ts';
import { createSnapshotSource } from '../../src/http/operator/snapshot-source.ts';

it('one question serves all who ask at once; a busy replica is not waited for', async (t) => {
  const node = await openLocalNode({
    stateDirectory: undefined,
    host: '127.0.0.1',
    port: 0,
    onFault: (error) => {
      throw error;
    },
  });
  t.after(() => node.close());
  // The replica of the node, with a door in front of it.
  let questions = 0;
  let door = Promise.withResolvers<void>();
  door.resolve();
  const replica = new Proxy(node.replica, {
    get: (target, name: keyof ReplicaPort) => {
      if (name === 'snapshot') {
        return async () => {
          questions++;
          await door.promise;
          return await target.snapshot();
        };
      }
      const value = target[name] as unknown;
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  const source = createSnapshotSource(replica, 10);
  const first = await source.snapshot({ freshMs: Infinity });
  assert.equal(first?.height, 1);
  assert.equal(questions, 1);
  door = Promise.withResolvers();
  const asked = Array.from({ length: 20 }, () => source.snapshot({ freshMs: 0, patienceMs: 20 }));
  for (const told of await Promise.all(asked)) assert.equal(told, first, 'what it said last');
  assert.equal(questions, 2);
  const late = source.snapshot({ freshMs: 0 });
  door.resolve();
  assert.notEqual(await late, first);
  assert.equal(questions, 2);
});
