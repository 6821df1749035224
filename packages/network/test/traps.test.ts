import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { script } from '@myelin/test-canisters';
import { deployUniversal, openNetwork, textOf, type Universal } from './universal-network.ts';

const { reply, register, setRegister, stableGrow, stableWrite, stableRead, drop } = script;

/** Fills heap, stable memory, certified data and timer, so that a leak would show. */
async function fill(a: Universal): Promise<void> {
  const result = await a.update(
    setRegister(1, 'heap'),
    drop(stableGrow(1)),
    stableWrite(0, 'stable'),
    script.setCertifiedData('certified'),
    reply(),
  );
  assert.equal(textOf(result), '');
}

/** Statements that change all there is to change, before something goes wrong. */
const disturb = [
  setRegister(1, 'HEAP'),
  stableWrite(0, 'STABLE'),
  drop(stableGrow(3)),
  drop(script.memoryGrow(7)),
  script.setCertifiedData('CERTIFIED'),
  drop(script.setGlobalTimer(1)),
];

const failures = [
  ['a trap', script.trap('on purpose'), /IC0503|503: .*on purpose/],
  ['unreachable', script.unreachable(), /502: .*unreachable/],
  ['an access outside the heap', drop(script.memoryLoad(2 ** 32 - 8, 8)), /502: .*heap out of bounds/],
  ['an access outside the stable memory', drop(stableRead(2 ** 40, 1)), /502: .*stable memory out of bounds/],
  ['stack exhaustion', drop(script.recurse(10_000_000)), /502: .*stack overflow/],
  ['a broken contract', script.setCertifiedData(script.filled(33, 0)), /504: .*certified_data_set/],
] as const;

describe('a message that fails leaves no trace', () => {
  for (const [name, failure, expected] of failures) {
    it(`after ${name}`, async () => {
      const network = openNetwork();
      const a = await deployUniversal(network);
      const other = await deployUniversal(network);
      await fill(a);
      const before = network.canister(a.id);
      const untouched = network.canister(other.id);
      const heap = before?.heap;
      assert.match(textOf(await a.update(...disturb, failure)), expected);
      const after = network.canister(a.id);
      assert.equal(textOf(a.query(reply(register(1), ' ', stableRead(0, 6)))), 'heap stable');
      assert.equal(after?.heap.wasmPages, heap?.wasmPages);
      assert.deepEqual(after?.heap.globals, heap?.globals);
      assert.equal(after?.stablePages, before?.stablePages);
      assert.deepEqual(after?.certifiedData, before?.certifiedData);
      assert.equal(after?.globalTimerNs, 0n);
      assert.equal(network.canister(other.id), untouched, 'the record of another canister is the same object');
    });
  }

  it('after the instruction limit of 40 billion', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await fill(a);
    const heavy = await a.update(...disturb, script.spin(2 ** 40));
    assert.match(textOf(heavy), /522: .*exceeded the limit of 40000000000 instructions/);
    assert.equal(textOf(a.query(reply(register(1), ' ', stableRead(0, 6)))), 'heap stable');
  });

  it('after the heap limit of the settings', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await fill(a);
    const pages = network.canister(a.id)?.heap.wasmPages ?? 0;
    await network.updateSettings(a.id, { wasm_memory_limit: [BigInt(pages + 4) * 65_536n] });
    assert.match(textOf(await a.update(...disturb)), /539: .*exceeded its current Wasm memory limit/);
    assert.equal(textOf(a.query(reply(register(1)))), 'heap');
  });

  it('after a query', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await fill(a);
    assert.equal(textOf(a.query(setRegister(1, 'gone'), reply(register(1)))), 'gone');
    assert.equal(textOf(a.query(reply(register(1)))), 'heap');
    assert.equal(textOf(await a.update(reply(register(1)))), 'heap');
  });
});
