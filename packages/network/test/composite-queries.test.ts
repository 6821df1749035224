/**
 * Composite queries: calls of queries by queries, on the state of one moment, and nothing left of them.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { principalFromBytes, principalToBytes, principalToText } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { type Program, script, type Statement } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf, type Universal } from './universal-network.ts';
import { bytesOf } from './wat-canister.ts';

const { program, reply, call, argument, register, setRegister, concat, drop } = script;

function ask(callee: Universal, query: Program, onReply: Program, more: Partial<Parameters<typeof call>[0]> = {}): Statement {
  return call({
    callee: callee.bytes,
    method: 'query',
    argument: query,
    onReply,
    onReject: program(reply(concat('rejected: ', script.rejectMessage()))),
    ...more,
  });
}

describe('composite queries', () => {
  it('gather answers of several queries, one after the other', async () => {
    const network = openNetwork();
    const [a, b, c] = [await deployUniversal(network), await deployUniversal(network), await deployUniversal(network)];
    await b.update(setRegister(1, 'b'), reply());
    await c.update(setRegister(1, 'c'), reply());
    const both = program(
      setRegister(2, concat(register(2), argument())),
      ask(c, program(reply(register(1))), program(reply(register(2), argument()))),
    );
    const before = network.digest();
    assert.equal(textOf(a.composite(setRegister(2, 'a'), ask(b, program(reply(register(1))), both))), 'abc');
    assert.equal(textOf(a.query(reply(register(2)))), '');
    assert.equal(network.digest(), before);
  });

  it('end with the first response, whatever they have still called', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const loud = ask(b, program(script.trap('nobody waits for this')), program(), { onReject: program(script.trap('nor for this')) });
    assert.equal(textOf(a.composite(loud, loud, reply('first'))), 'first');
    assert.equal(textOf(a.composite(ask(b, program(reply()), program(reply('callback'))), loud)), 'callback');
  });

  it('end with the first trap, after its cleanup', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const trap = program(script.trap('in the callback'));
    const second = ask(b, program(reply()), program(reply('too late')));
    assert.match(textOf(a.composite(ask(b, program(reply()), trap), second)), /^reject 5 503: .*in the callback'$/);
    const failing = ask(b, program(reply()), trap, { onCleanup: program(script.trap('in the cleanup')) });
    assert.match(textOf(a.composite(failing)), /^reject 5 503: .*in the callback'\n\ncall_on_cleanup also failed:\n\n.*in the cleanup'/s);
    assert.match(textOf(a.composite(drop(script.stableGrow(1)))), /^reject 5 506: .*did not reply/);
    assert.match(textOf(a.composite(ask(b, program(reply()), program()))), /^reject 5 506: .*did not reply/);
  });

  it('tell callbacks of rejects: traps, missing methods and canisters, updates', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const through = (...parameters: Parameters<typeof ask>): string => textOf(a.composite(ask(...parameters)));
    assert.match(through(b, program(script.reject('no')), program()), /^rejected: no$/);
    assert.match(through(b, program(script.trap('ouch')), program()), /^rejected: .*'ouch'/);
    assert.match(through(b, program(), program(), { method: 'nothing' }), /^rejected: .*has no query method 'nothing'/);
    assert.match(through(b, program(reply()), program(), { method: 'update' }), /^rejected: .*has no query method 'update'/);
    const missing = { ...b, bytes: Uint8Array.of(0, 0, 0, 0, 0, 0x55, 0, 0, 1, 1) };
    assert.match(through(missing, program(), program()), /^rejected: .*not found/);
    await network.stopCanister(b.id);
    assert.match(through(b, program(reply()), program()), /^rejected: .*stopped/);
  });

  it('can not send cycles or answer as updates', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(
      textOf(a.composite(ask(a, program(), program(), { cycles: 1n }))),
      /"ic0.call_cycles_add128" cannot be executed in composite query mode/,
    );
    assert.match(textOf(await network.updateResult(a.id, 'composite_query', program(reply()))), /^reject 5 527: /);
    const b = await deployUniversal(network);
    const called = await b.update(
      call({ callee: a.bytes, method: 'composite_query', argument: program(reply()), onReject: program(reply(script.rejectMessage())) }),
    );
    assert.match(textOf(called), /cannot be called in replicated mode/);
  });

  it('go six calls deep and in no circle', async () => {
    const network = openNetwork();
    const canisters: Universal[] = [];
    for (let count = 0; count < 9; count++) canisters.push(await deployUniversal(network));
    const chain = (depth: number): Program => {
      let inner = program(reply('end'));
      for (let index = depth; index > 0; index--) {
        const method = index === depth ? 'query' : 'composite_query';
        inner = program(
          call({
            callee: canisters[index]!.bytes,
            method,
            argument: inner,
            onReply: program(reply(argument())),
            onReject: program(script.reject(script.rejectMessage())),
          }),
        );
      }
      return inner;
    };
    const run = (depth: number): string => textOf(network.queryResult(canisters[0]!.id, 'composite_query', chain(depth)));
    assert.equal(run(6), 'end');
    assert.match(run(7), /^reject 5 525: .*too deep/);
    const a = canisters[0]!;
    assert.match(
      textOf(a.composite(call({ callee: a.bytes, method: 'composite_query', argument: program(reply()) }))),
      /^reject 5 517: .*loop/,
    );
  });

  it('have one budget of instructions for the whole tree', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const again = (times: number, query: Program): Program => {
      let next = program(reply('done'));
      for (let count = 0; count < times; count++) next = program(ask(b, query, next));
      return next;
    };
    const run = (arg: Program): string => textOf(network.queryResult(a.id, 'composite_query', arg));
    // Each call takes 50 million besides what it does.
    assert.equal(run(again(12, program(reply()))), 'done');
    const busy = program(script.spin(60_000_000), reply());
    assert.equal(run(again(3, busy)), 'done');
    assert.match(run(again(5, busy)), /^reject 5 5(26|22): .*instruction/);
  });

  it('know their caller: the user above, the calling canister below', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const user = principalFromBytes(Uint8Array.of(4, 4, 4, 1));
    const arg = program(ask(b, program(reply(script.caller())), program(reply(argument(), script.caller()))));
    const answer = bytesOf(network.queryResult(a.id, 'composite_query', arg, { sender: user }));
    assert.deepEqual(answer, Uint8Array.from([...a.bytes, ...principalToBytes(user)]));
  });

  it('have a certificate before their first call, and none below or in callbacks', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const present = script.dataCertificatePresent();
    assert.equal(numberOf(a.composite(reply(present))), 1n);
    assert.ok(bytesOf(a.composite(reply(script.dataCertificate()))).length > 100);
    assert.equal(numberOf(a.composite(ask(b, program(reply(present)), program(reply(argument()))))), 0n);
    assert.equal(numberOf(a.composite(ask(b, program(reply()), program(reply(present))))), 0n);
    assert.match(
      textOf(a.composite(ask(b, program(reply(script.dataCertificate())), program(reply(argument()))))),
      /^rejected: .*no data certificate/,
    );
  });

  it('may ask the management canister what it answers to queries', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await network.updateSettings(a.id, { controllers: [[a.id]] });
    const payload = managementCanister.canister_status.args.encode([{ canister_id: a.id }]);
    const answer = bytesOf(
      a.composite(
        call({
          callee: new Uint8Array(0),
          method: 'canister_status',
          argument: script.bytes(payload),
          onReply: program(reply(argument())),
          onReject: program(script.reject(script.rejectMessage())),
        }),
      ),
    );
    const [status] = managementCanister.canister_status.result.decode(answer);
    assert.deepEqual(status.settings.controllers, [a.id], principalToText(a.id));
    assert.equal(status.cycles, network.canister(a.id)?.balance);
    const refused = a.composite(
      call({ callee: new Uint8Array(0), method: 'raw_rand', argument: program(), onReject: program(reply(script.rejectMessage())) }),
    );
    assert.equal(refused.kind, 'reply');
  });
});
