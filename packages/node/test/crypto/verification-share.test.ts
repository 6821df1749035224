/** Who verifies signatures follows how busy the threads are. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Utilization, VerificationShare } from '../../src/crypto/verification-share.ts';

/** A share, and how many of 1,000 signatures are its own after so many looks. */
function start(): { readonly owned: () => number; readonly after: (looks: number, utilization: Utilization) => number } {
  let nowMs = 0;
  let now: Utilization = { own: 0, other: 0 };
  const share = new VerificationShare(
    () => now,
    () => nowMs,
  );
  const owned = (): number => Array.from({ length: 1_000 }, () => share.isOwn()).filter(Boolean).length;
  const after = (looks: number, utilization: Utilization): number => {
    now = utilization;
    for (let look = 0; look < looks; look++) {
      nowMs += 1_000;
      share.isOwn();
    }
    return owned();
  };
  return { owned, after };
}

it('the other verifies all as long as it is not the busier one', () => {
  const { owned, after } = start();
  assert.equal(owned(), 0);
  assert.equal(after(50, { own: 0.9, other: 0.5 }), 0);
  assert.equal(after(50, { own: 0.6, other: 0.6 }), 0);
});

it('the share grows while the other is busier, and is given back', () => {
  const { after } = start();
  const few = after(2, { own: 0.5, other: 1 });
  const more = after(6, { own: 0.5, other: 1 });
  assert.ok(few > 0 && more > 2 * few, `${few}, ${more}`);
  assert.ok(Math.abs(after(50, { own: 0.95, other: 0.97 }) - more) <= 1, 'equally busy: it stays');
  const most = after(100, { own: 0.5, other: 1 });
  assert.ok(most > more && most < 1_000, `${most}`);
  assert.equal(after(100, { own: 1, other: 0.3 }), 0);
});

it('looks now and then, not with each signature', () => {
  let looks = 0;
  const share = new VerificationShare(
    () => {
      looks++;
      return { own: 0, other: 0 };
    },
    () => 1_000,
  );
  for (let signature = 0; signature < 1_000; signature++) share.isOwn();
  assert.equal(looks, 1);
});
