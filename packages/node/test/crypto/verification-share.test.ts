/** Who verifies signatures follows how busy the threads are. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Utilization, VerificationShare } from '../../src/threads/verification-share.ts';

/** A share, and what of 1,000 queries the front verifies after so many looks. */
function start(): { readonly fronts: () => number; readonly after: (looks: number, utilization: Utilization) => number } {
  let nowMs = 0;
  let now: Utilization = { front: 0, queries: 0 };
  const share = new VerificationShare(
    () => now,
    () => nowMs,
  );
  const fronts = (): number => Array.from({ length: 1_000 }, () => share.isFronts()).filter(Boolean).length;
  const after = (looks: number, utilization: Utilization): number => {
    now = utilization;
    for (let look = 0; look < looks; look++) {
      nowMs += 1_000;
      share.isFronts();
    }
    return fronts();
  };
  return { fronts, after };
}

it('the thread of the queries verifies as long as it is not the busier one', () => {
  const { fronts, after } = start();
  assert.equal(fronts(), 0);
  assert.equal(after(50, { front: 0.9, queries: 0.5 }), 0);
  assert.equal(after(50, { front: 0.6, queries: 0.6 }), 0);
});

it('the front takes a growing share while the other is busier, and gives it back', () => {
  const { after } = start();
  const few = after(2, { front: 0.5, queries: 1 });
  const more = after(6, { front: 0.5, queries: 1 });
  assert.ok(few > 0 && more > 2 * few, `${few}, ${more}`);
  assert.ok(Math.abs(after(50, { front: 0.95, queries: 0.97 }) - more) <= 1, 'equally busy: it stays');
  const most = after(100, { front: 0.5, queries: 1 });
  assert.ok(most > more && most < 1_000, `${most}`);
  assert.equal(after(100, { front: 1, queries: 0.3 }), 0);
});

it('looks at the threads now and then, not with each query', () => {
  let looks = 0;
  const share = new VerificationShare(
    () => {
      looks++;
      return { front: 0, queries: 0 };
    },
    () => 1_000,
  );
  for (let query = 0; query < 1_000; query++) share.isFronts();
  assert.equal(looks, 1);
});
