/** The attacks in their short form: few clients, a second each. `npm run hostile` is the long one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ATTACKS, CAN_RUN, openSiege, type AttackResult, type Siege } from '../src/hostile/siege.ts';
import { faultsOf, formatAttacks } from '../src/hostile/verdict.ts';

const skip = CAN_RUN ? false : 'only Linux has further addresses of its own';

describe('honest clients are answered, and memory is bounded, in spite of', { skip }, () => {
  let siege: Siege;
  const results: AttackResult[] = [];
  before(async () => {
    siege = await openSiege({ seconds: 1, scale: 0.05 });
  });
  after(async () => {
    await siege?.close();
  });

  for (const attack of ATTACKS) {
    it(attack.name, async () => {
      const result = await siege.attack(attack);
      results.push(result);
      assert.deepEqual(faultsOf(result), []);
      assert.equal(result.calls.answered, 10);
      assert.equal(result.queries.answered, 20);
    });
  }

  it('signed updates as fast as they are answered', async () => {
    const result = await siege.flood();
    results.push(result);
    assert.deepEqual(faultsOf(result), []);
    assert.ok((result.outcomes['HTTP 200'] ?? 0) > 0);
  });

  it('are all in the report', () => {
    const report = formatAttacks(results);
    for (const { name } of ATTACKS) assert.ok(report.includes(`| ${name} |`), name);
  });
});
