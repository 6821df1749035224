import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrincipalId } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import type { IngressMessage } from '@myelin/core/state';
import { type OrderingClient, type SequencerHost, SoloSequencer } from '@myelin/network';

function messageOf(index: number, bytes = 8): IngressMessage {
  return {
    kind: 'ingress',
    requestId: index.toString(16).padStart(64, '0'),
    sender: '04' as PrincipalId,
    receiver: '00000000000000000101' as PrincipalId,
    effectiveCanisterId: '00000000000000000101' as PrincipalId,
    methodName: 'inc',
    arg: new Uint8Array(bytes),
    expiryNs: 10n ** 20n,
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A sequencer with its time in the test's hands, and a client that remembers what it was given. */
function open(overrides: Partial<OrderingClient> = {}): {
  readonly sequencer: SoloSequencer;
  readonly client: OrderingClient;
  readonly batches: Batch[];
  readonly timers: { readonly at: number; readonly callback: () => void }[];
  readonly faults: unknown[];
  readonly clock: { nowNs: bigint };
} {
  const batches: Batch[] = [];
  const timers: { readonly at: number; readonly callback: () => void }[] = [];
  const faults: unknown[] = [];
  const clock = { nowNs: 1_000_000_000n };
  const host: SequencerHost = {
    log: { append: () => Promise.resolve() },
    nowNs: () => clock.nowNs,
    randomness: () => new Uint8Array(32),
    after: (delayMs, callback) => {
      const timer = { at: delayMs, callback };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
    nextTurn: settled,
    onFault: (error) => faults.push(error),
  };
  const client: OrderingClient = {
    deliver: async (batch, written) => {
      await written;
      batches.push(batch);
    },
    hasPendingWork: () => false,
    nextWakeNs: () => undefined,
    wantsHeartbeat: () => false,
    position: () => ({ height: BigInt(batches.length), timeNs: batches.at(-1)?.timeNs ?? 0n }),
    ...overrides,
  };
  return { sequencer: new SoloSequencer(host), client, batches, timers, faults, clock };
}

describe('the solo sequencer', () => {
  it('makes no batch when there is nothing to do', async () => {
    const { sequencer, client, batches, timers } = open();
    sequencer.start(client);
    await settled();
    assert.equal(batches.length, 0);
    assert.equal(timers.length, 0);
  });

  it('makes a batch as soon as a message comes, and one for messages of the same moment', async () => {
    const { sequencer, client, batches } = open();
    sequencer.start(client);
    for (let index = 0; index < 5; index++) assert.equal(sequencer.submit(messageOf(index)), undefined);
    await settled();
    assert.equal(batches.length, 1);
    assert.equal(batches[0]?.ingress.length, 5);
    assert.equal(batches[0]?.height, 1n);
  });

  it('leaves turns to others while there is always work', async () => {
    const { sequencer, client, batches } = open({ hasPendingWork: () => true });
    sequencer.start(client);
    for (let turn = 0; turn < 5; turn++) await settled();
    assert.ok(batches.length >= 2 && batches.length <= 10, `a batch or so for each turn: ${batches.length}`);
    await sequencer.stop();
  });

  it('refuses a message that waits already', () => {
    const { sequencer } = open();
    assert.equal(sequencer.submit(messageOf(1)), undefined);
    assert.deepEqual(sequencer.submit(messageOf(1)), { kind: 'duplicate' });
  });

  it('takes a bounded number of messages', () => {
    const { sequencer } = open();
    let taken = 0;
    while (sequencer.submit(messageOf(taken)) === undefined) taken++;
    assert.equal(taken, 20_000);
    assert.deepEqual(sequencer.submit(messageOf(taken)), { kind: 'full' });
  });

  it('takes a bounded number of bytes', () => {
    const { sequencer } = open();
    let taken = 0;
    while (sequencer.submit(messageOf(taken, 2 ** 21 - 3)) === undefined) taken++;
    assert.equal(taken, 128);
  });

  it('counts names and sender information too', () => {
    const { sequencer } = open();
    let taken = 0;
    const info = { info: new Uint8Array(2 ** 21 - 20_000), signer: '04' as PrincipalId };
    while (sequencer.submit({ ...messageOf(taken, 0), methodName: 'n'.repeat(20_000), senderInfo: info }) === undefined) taken++;
    assert.equal(taken, 128);
  });

  it('splits what waits into batches of at most 1,000 messages and 8 MiB', async () => {
    const { sequencer, client, batches, timers } = open();
    for (let index = 0; index < 2_500; index++) sequencer.submit(messageOf(index));
    for (let index = 0; index < 10; index++) sequencer.submit(messageOf(10_000 + index, 2 ** 20));
    sequencer.start(client);
    for (let turn = 0; turn < 20; turn++) {
      await settled();
      timers.pop()?.callback();
    }
    assert.deepEqual(
      batches.slice(0, 2).map((batch) => batch.ingress.length),
      [1_000, 1_000],
    );
    assert.equal(
      batches.reduce((sum, batch) => sum + batch.ingress.length, 0),
      2_510,
    );
    for (const batch of batches) assert.ok(batch.ingress.reduce((sum, message) => sum + message.arg.length, 0) <= 8 * 2 ** 20);
  });

  describe('after a batch with many messages', () => {
    /** @returns what fires the timer that runs */
    async function many(
      overrides: Partial<OrderingClient> = {},
    ): Promise<ReturnType<typeof open> & { readonly fire: () => Promise<void> }> {
      const opened = open(overrides);
      opened.sequencer.start(opened.client);
      for (let index = 0; index < 16; index++) opened.sequencer.submit(messageOf(index));
      await settled();
      assert.equal(opened.batches.length, 1);
      await settled();
      const fire = async (): Promise<void> => {
        const timer = opened.timers.pop();
        opened.clock.nowNs += BigInt(timer?.at ?? 0) * 1_000_000n;
        timer?.callback();
        await settled();
      };
      return { ...opened, fire };
    }

    it('waits while more come, a while at most', async () => {
      const { sequencer, batches, fire } = await many();
      let submitted = 16;
      let waited = 0;
      while (batches.length === 1 && waited < 100) {
        sequencer.submit(messageOf(submitted++));
        await fire();
        waited++;
      }
      assert.equal(waited, 10);
      assert.equal(batches[1]?.ingress.length, submitted - 16);
    });

    it('does not wait when that one took long, or the clock has jumped', async () => {
      for (const jumpNs of [20_000_000n, -1n]) {
        const { sequencer, client, batches, clock, timers } = open();
        sequencer.start({
          ...client,
          deliver: async (batch, written) => {
            clock.nowNs += jumpNs;
            sequencer.submit(messageOf(100 + batches.length));
            await client.deliver(batch, written);
          },
        });
        for (let index = 0; index < 16; index++) sequencer.submit(messageOf(index));
        for (let turn = 0; turn < 3; turn++) await settled();
        assert.equal(timers.length, 0);
        assert.ok(batches.length >= 2, `${batches.length} batches`);
        await sequencer.stop();
      }
    });

    it('goes on when nothing more comes', async () => {
      const { sequencer, batches, fire } = await many();
      sequencer.submit(messageOf(16));
      await fire();
      assert.equal(batches.length, 1, 'one came');
      await fire();
      assert.equal(batches.length, 2);
    });

    it('does not wait when the state has work', async () => {
      let pending = true;
      const { batches } = await many({ hasPendingWork: () => pending });
      await settled();
      await settled();
      pending = false;
      assert.ok(batches.length >= 2, `${batches.length}`);
    });
  });

  it('never lets time stand still or go back, even when the clock does', async () => {
    const { sequencer, client, batches, clock } = open();
    sequencer.start(client);
    for (const step of [1_000n, -5_000n, 0n, -1_000_000_000n, 7n]) {
      clock.nowNs += step;
      await sequencer.seal();
    }
    for (let index = 1; index < batches.length; index++) assert.ok(batches[index]!.timeNs > batches[index - 1]!.timeNs);
  });

  it('wakes for the nearest timer of the state', async () => {
    const due = 3_000_000_000n;
    const { sequencer, client, batches, timers, clock } = open({ nextWakeNs: () => (batches.length === 0 ? due : undefined) });
    sequencer.start(client);
    await settled();
    assert.equal(batches.length, 0);
    assert.equal(timers.length, 1);
    assert.ok(timers[0]!.at >= 2_000 && timers[0]!.at <= 2_002, `sleeps two seconds: ${timers[0]!.at} ms`);
    clock.nowNs = due + 1n;
    timers[0]!.callback();
    await settled();
    assert.equal(batches.length, 1);
    assert.ok(batches[0]!.timeNs >= due);
    assert.equal(batches[0]!.ingress.length, 0);
  });

  it('gives heartbeats once a second', async () => {
    const { sequencer, client, batches, clock } = open({ wantsHeartbeat: () => true });
    sequencer.start(client);
    await settled();
    assert.deepEqual(
      batches.map((batch) => batch.heartbeat),
      [true],
    );
    sequencer.submit(messageOf(1));
    await settled();
    assert.deepEqual(
      batches.map((batch) => batch.heartbeat),
      [true, false],
    );
    clock.nowNs += 1_000_000_000n;
    sequencer.submit(messageOf(2));
    await settled();
    assert.deepEqual(
      batches.map((batch) => batch.heartbeat),
      [true, false, true],
    );
  });

  it('stops and says so when a batch can not be made durable', async () => {
    const { client, batches, faults } = open();
    const failing = new SoloSequencer({
      log: { append: () => Promise.reject(new Error('no space left')) },
      nowNs: () => 5n,
      randomness: () => new Uint8Array(32),
      after: () => () => undefined,
      nextTurn: settled,
      onFault: (error) => faults.push(error),
    });
    failing.start(client);
    failing.submit(messageOf(1));
    await settled();
    await settled();
    assert.equal(batches.length, 0);
    assert.match(String(faults[0]), /no space left/);
    assert.deepEqual(failing.submit(messageOf(2)), { kind: 'full' });
  });

  it('finishes the running batch when it is stopped', async () => {
    let release: () => void = () => undefined;
    const delivered: bigint[] = [];
    const { sequencer, client } = open({
      deliver: async (batch) => {
        await new Promise<void>((resolve) => (release = resolve));
        delivered.push(batch.height);
      },
    });
    sequencer.start(client);
    sequencer.submit(messageOf(1));
    await settled();
    const stopped = sequencer.stop();
    release();
    await stopped;
    assert.deepEqual(delivered, [1n]);
  });
});
