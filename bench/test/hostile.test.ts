/** The attacks in their short form: few clients, a second each. `npm run hostile` is the long one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { LoadReport } from '../src/load/job.ts';
import { ATTACKS, CAN_RUN, openSiege, type AttackResult, type Siege } from '../src/hostile/siege.ts';
import { faultsOf, formatAttacks, memoryGrowthMax, waitMsMax } from '../src/hostile/verdict.ts';

const skip = CAN_RUN ? false : 'only Linux has further addresses of its own';

describe('honest clients are answered, and memory is bounded, in spite of', { skip }, () => {
  const scale = 0.05;
  let siege: Siege;
  let calm: AttackResult;
  const results: AttackResult[] = [];
  before(async () => {
    siege = await openSiege({ seconds: 1, scale });
    calm = await siege.calm();
  });
  after(async () => {
    await siege?.close();
  });

  for (const attack of ATTACKS) {
    it(attack.name, async (context) => {
      const result = await siege.attack(attack);
      results.push(result);
      context.diagnostic(formatAttacks([result]).split('\n').at(-1) ?? '');
      assert.deepEqual(faultsOf(result, calm), []);
      assert.equal(result.calls.answered, 10);
      assert.equal(result.queries.answered, 20);
    });
  }

  it('signed updates as fast as they are answered', async () => {
    const result = await siege.flood();
    results.push(result);
    assert.deepEqual(faultsOf(result, calm), []);
    assert.ok((result.outcomes['HTTP 200'] ?? 0) > 0);
  });

  it('all of them, one after the other', () => {
    const grown = siege.memory() - calm.memoryBefore;
    // What one has made the process take, the next one finds.
    const allowed = Math.max(...results.map(memoryGrowthMax)) + memoryGrowthMax(calm);
    assert.ok(grown <= allowed, `${Math.round(grown / 2 ** 20)} MiB are left of them, ${Math.round(allowed / 2 ** 20)} are allowed`);
  });

  it('are all in the report', () => {
    const report = formatAttacks([calm, ...results]);
    assert.match(report, /\| none \| 0 \| nothing \|/);
    for (const { name } of ATTACKS) assert.ok(report.includes(`| ${name} |`), name);
  });
});

describe('verdict of an attack', () => {
  const report = (p99: number, failures: LoadReport['failures'] = {}): LoadReport => {
    return { answered: 10, perSecond: 10, p50: p99 / 2, p99, p999: p99, max: p99, failures, seconds: 1, ownCpuUs: 0, lateness: 0 };
  };
  const result = (p99: number, memoryPeak: number, failures?: LoadReport['failures']): AttackResult => {
    const [calls, queries] = [report(p99, failures), report(p99)];
    return {
      name: 'some',
      clients: 10,
      heldBytes: 2 ** 20,
      seconds: 1,
      outcomes: {},
      calls,
      queries,
      memoryBefore: 0,
      memoryPeak,
      cores: 1,
    };
  };
  const calm = result(20, 0);
  const bytesMax = memoryGrowthMax(calm);

  it('is good within the bounds, which follow the machine and the attack', () => {
    assert.deepEqual(faultsOf(result(waitMsMax(20), bytesMax), calm), []);
    assert.ok(bytesMax < 200 * 2 ** 20);
    assert.ok(memoryGrowthMax({ clients: 10_000, heldBytes: 2 ** 27 }) > 500 * 2 ** 20 + bytesMax);
  });

  it('names failures, waits that are too long, and memory', () => {
    assert.deepEqual(faultsOf(result(waitMsMax(20) + 1, bytesMax + 1, { 'HTTP 503': 3 }), calm), [
      '3 honest requests failed: HTTP 503',
      'honest calls waited 5201 ms (p99), without an attack 20 ms',
      'honest queries waited 5201 ms (p99), without an attack 20 ms',
      'the node took 196 MiB more',
    ]);
  });
});
