/**
 * Paused messages are built again from their record, at any slice, and nothing tells.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { script } from '@myelin/test-canisters';
import { deployUniversal, openNetwork } from './universal-network.ts';

const { program, call, reply, setRegister, spin, debugPrint } = script;

describe('paused messages that are built again', () => {
  it('leave the text of a trap in the log once, however often the cleanup is built again', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const message = program(
      call({
        callee: b.bytes,
        argument: program(reply()),
        onReply: program(debugPrint('before'), script.unreachable()),
        onCleanup: program(spin(20_000_000), setRegister(2, 'cleaned'), debugPrint('after')),
      }),
    );
    const other = network.fork();
    network.submit(a.id, 'update', message);
    other.submit(a.id, 'update', message);
    let slices = 0;
    for (let count = 0; count < 20; count++) {
      await network.runBatch();
      await other.runBatch();
      assert.equal(other.digest(), network.digest(), `after batch ${count}`);
      slices = Math.max(slices, network.canister(a.id)?.paused?.slicesDone ?? 0);
      other.dropCaches();
    }
    assert.ok(slices > 2, `the cleanup paused: ${slices}`);
    const texts = [...(network.canister(a.id)?.logs.values() ?? [])].map((record) => new TextDecoder().decode(record.content));
    assert.equal(texts.length, 3);
    assert.equal(texts[0], 'before');
    assert.match(texts[1]!, /^\[TRAP\]/);
    assert.equal(texts[2], 'after');
  });
});
