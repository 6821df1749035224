import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { script } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf } from './universal-network.ts';

const { program, call, reply, cyclesAvailable, cyclesAccept, cyclesRefunded, cycles } = script;

describe('cycles', () => {
  it('moves with a call, and what is not accepted comes back', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const before = network.canister(b.id)?.balance ?? 0n;
    const result = await a.update(
      call({
        callee: b.bytes,
        cycles: 1_000_000_000_000n,
        argument: program(script.drop(cyclesAccept(cycles(400_000_000_000n))), reply()),
        onReply: program(reply(cyclesRefunded())),
      }),
    );
    assert.equal(numberOf(result), 600_000_000_000n);
    const gained = (network.canister(b.id)?.balance ?? 0n) - before;
    assert.ok(gained > 399_000_000_000n && gained < 400_000_000_000n, `accepted less the cost of execution: ${gained}`);
  });

  it('come back in full when the callee traps after accepting', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = await a.update(
      call({
        callee: b.bytes,
        cycles: 1_000n,
        argument: program(script.drop(cyclesAccept(cycles(1_000n))), script.trap('no')),
        onReject: program(reply(cyclesRefunded())),
      }),
    );
    assert.equal(numberOf(result), 1_000n);
  });

  it('are none for users', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.equal(numberOf(await a.update(reply(cyclesAvailable()))), 0n);
  });

  it('can be burned', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const burned = network.state.cycles.burned;
    assert.equal(numberOf(await a.update(reply(script.cyclesBurn(cycles(5_000_000_000n))))), 5_000_000_000n);
    assert.ok(network.state.cycles.burned - burned >= 5_000_000_000n);
  });

  it('run out: a frozen canister takes no update and no query', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await a.update(script.drop(script.cyclesBurn(cycles(1n << 100n))), reply());
    assert.match(textOf(await a.update(reply())), /reject 2 207: .*out of cycles/);
  });

  it('pay for storage and time', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const before = network.canister(a.id)?.balance ?? 0n;
    network.advanceTime({ seconds: 3_600 });
    await network.tick();
    const fee = before - (network.canister(a.id)?.balance ?? 0n);
    assert.ok(fee >= 36_000_000n, `an hour costs at least the base fee of 10,000 a second: ${fee}`);
  });
});
