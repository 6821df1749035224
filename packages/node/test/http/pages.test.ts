import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canisterIdOfIndex, principalToText } from '@myelin/core/base';
import { rejectPage } from '../../src/http/gateway/errors.ts';
import { canisterUrl, errorPageAnswer, landingAnswer } from '../../src/http/gateway/pages.ts';

const CANISTER = canisterIdOfIndex(7n);
const EVIL = '<script>alert("x")</script>';

describe('error pages', () => {
  it('escape what canisters and clients say', () => {
    const page = errorPageAnswer(rejectPage(CANISTER, { rejectCode: 5, rejectMessage: EVIL, errorCode: 'IC0503' }), 'text/html,*/*');
    assert.equal(page.status, 502);
    assert.ok(!page.body.includes('<script'));
    assert.ok(page.body.includes('&lt;script&gt;'));
  });
  it('allow no script, whatever is in them', () => {
    const page = errorPageAnswer(rejectPage(CANISTER, { rejectCode: 5, rejectMessage: EVIL, errorCode: '' }), 'text/html');
    const policy = page.headers.find(([name]) => name === 'content-security-policy')?.[1] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.ok(!policy.includes('script-src'));
  });
  it('are text for programs', () => {
    const page = errorPageAnswer(rejectPage(CANISTER, { rejectCode: 3, rejectMessage: 'no', errorCode: 'IC0301' }), '*/*');
    assert.equal(page.status, 404);
    assert.ok(page.headers.some(([, value]) => value.startsWith('text/plain')));
    assert.match(page.body, /There is no such canister\n.*\nIC0301: no\nCanister: /);
  });
  it('have the status of the cause', () => {
    const status = (rejectCode: number, errorCode: string): number =>
      rejectPage(CANISTER, { rejectCode, rejectMessage: '', errorCode }).status;
    assert.deepEqual(
      [
        status(3, 'IC0301'),
        status(5, 'IC0536'),
        status(5, 'IC0503'),
        status(2, 'IC0207'),
        status(5, 'IC0508'),
        status(2, 'IC0201'),
        status(5, 'IC0537'),
      ],
      [404, 404, 502, 503, 503, 503, 503],
    );
  });
  it('shorten long texts', () => {
    const page = errorPageAnswer(
      rejectPage(CANISTER, { rejectCode: 5, rejectMessage: 'x'.repeat(1_000_000), errorCode: 'IC0503' }),
      'text/html',
    );
    assert.ok(page.body.length < 20_000);
  });
});

describe('landing page', () => {
  it('links canisters where they answer', () => {
    const id = principalToText(CANISTER);
    assert.equal(canisterUrl('localhost:4943', id), `http://${id}.localhost:4943/`);
    assert.equal(canisterUrl('127.0.0.1:4943', id), `http://127.0.0.1:4943/?canisterId=${id}`);
    assert.equal(canisterUrl('[::1]:4943', id), `http://[::1]:4943/?canisterId=${id}`);
  });
  it('shows root key and canisters, and escapes the host', () => {
    const landing = {
      host: `"${EVIL}`,
      implVersion: '1',
      subnetId: CANISTER,
      rootKeyDer: new Uint8Array([0xab, 0xcd]),
      canisterIds: [CANISTER],
      more: true,
    };
    const body = landingAnswer(landing).body;
    assert.ok(body.includes('<code>abcd</code>'));
    assert.ok(body.includes(principalToText(CANISTER)));
    assert.ok(!body.includes('<script'));
    assert.ok(!body.includes('href="http://rwlgt" '));
  });
});
