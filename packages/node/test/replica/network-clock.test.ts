import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createNetworkClock } from '../../src/replica/network-clock.ts';

const SECOND = 1_000_000_000n;
const HOUR = 3_600n * SECOND;
const START = 1_700_000_000n * SECOND;

/** A machine whose clocks are in the test's hands. */
function open(fromNs: bigint) {
  const machine = { wall: START, steady: 5n };
  const now = createNetworkClock(fromNs, { wallNs: () => machine.wall, steadyNs: () => machine.steady });
  const pass = (ns: bigint): bigint => {
    machine.wall += ns;
    machine.steady += ns;
    return now();
  };
  return { machine, now, pass };
}

describe('the time of a network', () => {
  it('is that of the machine, also after it slept or its clock was set ahead', () => {
    const { machine, now, pass } = open(0n);
    assert.equal(now(), START);
    assert.equal(pass(SECOND), START + SECOND);
    machine.wall += 72n * HOUR;
    assert.equal(now(), START + SECOND + 72n * HOUR);
    assert.equal(pass(SECOND), START + 2n * SECOND + 72n * HOUR);
  });

  it('goes on at half speed while the clock of the machine is behind, and agrees with it again', () => {
    const { machine, now, pass } = open(0n);
    const before = now();
    machine.wall -= 2n * HOUR;
    assert.equal(now(), before);
    assert.equal(pass(SECOND), before + SECOND / 2n);
    assert.equal(pass(2n * HOUR), before + HOUR + SECOND / 2n);
    assert.equal(pass(2n * HOUR), machine.wall);
    assert.equal(pass(SECOND), machine.wall);
  });

  it('never lies before the newest batch, nor before what was told', () => {
    const { machine, now, pass } = open(START + HOUR);
    let last = now();
    assert.equal(last, START + HOUR);
    for (const jump of [-HOUR, 3n * HOUR, -5n * HOUR, 1n, -1n, -1_000n, SECOND, -SECOND]) {
      machine.wall += jump;
      for (const time of [now(), now(), pass(7n)]) {
        assert.ok(time >= last, `after ${jump}`);
        last = time;
      }
    }
  });
});
