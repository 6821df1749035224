import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkExpiry, formatTime } from '../../src/http/expiry.ts';

const NOW = 1_746_144_000_000_000_000n; // 2025-05-02 00:00:00 UTC
const SECOND = 1_000_000_000n;

describe('request expiry', () => {
  it('accepts now until five and a half minutes from now', () => {
    for (const ahead of [0n, 1n, 300n * SECOND, 330n * SECOND]) assert.ok(checkExpiry(NOW + ahead, NOW, false).ok, String(ahead));
  });
  it('refuses the past and what is too far ahead, in the words that agents know', () => {
    for (const expiry of [NOW - 1n, NOW + 330n * SECOND + 1n, 0n, (1n << 64n) - 1n]) {
      const verdict = checkExpiry(expiry, NOW, false);
      assert.ok(!verdict.ok);
      assert.equal(verdict.error.status, 400);
      assert.ok(verdict.error.message.startsWith('Invalid request expiry: Specified ingress_expiry not within expected range: '));
    }
    const verdict = checkExpiry(NOW - 11n * 3600n * SECOND, NOW, false);
    assert.ok(!verdict.ok);
    assert.match(
      verdict.error.message,
      /Minimum allowed expiry: 2025-05-02 00:00:00 UTC, Maximum allowed expiry: 2025-05-02 00:05:30 UTC, Provided expiry: 2025-05-01 13:00:00 UTC$/,
    );
  });
  it('exempts anonymous reads', () => assert.ok(checkExpiry(0n, NOW, true).ok));
  it('writes times with nine, fewer or no decimals', () => {
    assert.equal(formatTime(NOW + 5_285_297n), '2025-05-02 00:00:00.005285297 UTC');
    assert.equal(formatTime(NOW + 500_000_000n), '2025-05-02 00:00:00.5 UTC');
    assert.equal(formatTime(1n << 70n), `${1n << 70n} ns since 1970`);
  });
});
