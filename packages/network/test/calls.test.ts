import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { script } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf } from './universal-network.ts';

const { program, call, reply, reject, argument, rejectCode, rejectMessage, register, setRegister, concat } = script;

describe('calls between canisters', () => {
  it('passes argument and reply, and runs the reply callback', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = await a.update(
      call({ callee: b.bytes, argument: program(reply('pong')), onReply: program(reply(concat('got ', argument()))) }),
    );
    assert.equal(textOf(result), 'got pong');
  });

  it('passes an explicit reject with code 4 and its message', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = await a.update(
      call({ callee: b.bytes, argument: program(reject('no')), onReject: program(reply(concat(rejectCode(), rejectMessage()))) }),
    );
    assert.equal(result.kind, 'reply');
    assert.equal(result.kind === 'reply' && result.data[0], 4);
    assert.match(textOf(result), /no$/);
  });

  it('tells the caller of a trap with code 5 and keeps nothing of the callee', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    await b.update(setRegister(1, 'before'), reply());
    const result = await a.update(
      call({
        callee: b.bytes,
        argument: program(setRegister(1, 'after'), script.trap('on purpose')),
        onReject: program(reply(concat(rejectCode(), rejectMessage()))),
      }),
    );
    assert.equal(result.kind === 'reply' && result.data[0], 5);
    assert.match(textOf(result), /Canister called `ic0\.trap` with message: 'on purpose'/);
    assert.equal(textOf(b.query(reply(register(1)))), 'before');
  });

  it('answers a call of a canister that does not exist with code 3', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const missing = Uint8Array.from([0, 0, 0, 0, 0, 0x0f, 0, 0, 1, 1]);
    const result = await a.update(call({ callee: missing, onReject: program(reply(rejectCode())) }));
    assert.equal(numberOf(result), 3n);
  });

  it('rejects a call that ends without a reply', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(textOf(await a.update()), /did not reply to the call/);
  });

  it('undoes a callback that traps, runs its cleanup and rejects the caller', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    await a.update(setRegister(1, 'start'), reply());
    const result = await a.update(
      setRegister(2, 'called'),
      call({
        callee: b.bytes,
        argument: program(reply()),
        onReply: program(setRegister(1, 'callback'), script.unreachable()),
        onCleanup: program(setRegister(3, 'cleaned')),
      }),
    );
    assert.match(textOf(result), /Canister trapped: unreachable/);
    assert.equal(textOf(a.query(reply(register(1), ' ', register(2), ' ', register(3)))), 'start called cleaned');
  });

  it('runs no cleanup when the callback does not trap', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    await a.update(
      setRegister(3, 'untouched'),
      call({ callee: b.bytes, argument: program(reply()), onReply: program(reply()), onCleanup: program(setRegister(3, 'cleaned')) }),
    );
    assert.equal(textOf(a.query(reply(register(3)))), 'untouched');
  });

  it('keeps the state of before when a cleanup traps as well', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = await a.update(
      setRegister(3, 'kept'),
      call({
        callee: b.bytes,
        argument: program(reply()),
        onReply: program(script.trap('first')),
        onCleanup: program(setRegister(3, 'lost'), script.trap('second')),
      }),
    );
    assert.match(textOf(result), /first/);
    assert.equal(textOf(a.query(reply(register(3)))), 'kept');
  });

  it('lets a canister call itself', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const result = await a.update(call({ callee: a.bytes, argument: program(reply('self')), onReply: program(reply(argument())) }));
    assert.equal(textOf(result), 'self');
  });

  it('refuses the 501st call to one callee that waits for a response', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const one = script.performCall({ callee: b.bytes, argument: program(reply()) });
    const result = await a.update(script.repeat(500, program(script.drop(one))), reply(script.performCall({ callee: b.bytes })));
    assert.equal(numberOf(result), 2n);
    await network.runUntilIdle();
  });

  it('answers twice only once: the second reply traps', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(textOf(await a.update(reply('one'), reply('two'))), /already replied or rejected/);
  });

  it('sends nothing when the calling message traps', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    await b.update(setRegister(1, 'quiet'), reply());
    await a.update(call({ callee: b.bytes, argument: program(setRegister(1, 'disturbed'), reply()) }), script.trap('changed my mind'));
    await network.runUntilIdle();
    assert.equal(textOf(b.query(reply(register(1)))), 'quiet');
  });

  it('gives up a best-effort call at its deadline with code 6', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const waiting = network.submit(
      a.id,
      'update',
      program(
        call({
          callee: b.bytes,
          bestEffortSeconds: 10,
          // More than one slice: the callee is at work when the deadline passes.
          argument: program(script.spin(12_000_000), reply('late')),
          onReject: program(reply(rejectCode())),
          onReply: program(reply('answered')),
        }),
      ),
    );
    await network.runBatch();
    network.advanceTime({ seconds: 11 });
    await network.runBatch();
    const result = network.resultOf(waiting);
    assert.ok(result !== undefined && network.canister(b.id)?.paused !== undefined, 'answered before the callee was done');
    assert.equal(numberOf(result), 6n);
    await network.runUntilIdle();
    assert.deepEqual(network.resultOf(waiting), result, 'and not again after it');
  });
});
