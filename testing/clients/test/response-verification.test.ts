/** The sample app's page through the gateway, proven with `@dfinity/response-verification` 3.0.3, which gateways use. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { verifyRequestResponsePair } from '@dfinity/response-verification';
import type { Principal } from '@icp-sdk/core/principal';
import { loadHelloApp } from '@myelin/example-hello';
import { installCanister, openAgent, openTestNode, type TestNode } from '@myelin/test-clients';

const CERTIFICATE_AGE_NS_MAX = 300_000_000_000n;

describe('response verification', () => {
  let node: TestNode;
  let canisterId: Principal;
  let rootKey: Uint8Array;

  before(async () => {
    node = await openTestNode();
    const agent = await openAgent(node.url);
    rootKey = await agent.fetchRootKey();
    const { wasm, argument } = await loadHelloApp();
    canisterId = await installCanister(agent, wasm, argument);
  });
  after(() => node.close());

  async function fetchPage(): Promise<{ readonly status_code: number; readonly headers: [string, string][]; readonly body: Uint8Array }> {
    const response = await fetch(`${node.url}/?canisterId=${canisterId.toText()}`);
    return { status_code: response.status, headers: [...response.headers], body: new Uint8Array(await response.arrayBuffer()) };
  }

  /** Only what the canister sent is certified: what HTTP and the gateway add is left out, as a gateway would before it adds it. */
  function verify(page: Awaited<ReturnType<typeof fetchPage>>): number | undefined {
    const certified = [
      'cache-control',
      'content-security-policy',
      'content-type',
      'ic-certificate',
      'ic-certificateexpression',
      'referrer-policy',
      'x-content-type-options',
    ];
    const headers = page.headers.filter(([name]) => certified.includes(name));
    const request = {
      method: 'GET',
      url: '/',
      headers: [] as [string, string][],
      body: new Uint8Array(),
      certificate_version: [2] as [number],
    };
    const now = BigInt(Date.now()) * 1_000_000n;
    const response = { ...page, headers };
    return verifyRequestResponsePair(request, response, canisterId.toUint8Array(), now, CERTIFICATE_AGE_NS_MAX, rootKey, 2)
      .verificationVersion;
  }

  it('proves status, headers and body', async () => {
    const page = await fetchPage();
    assert.equal(page.status_code, 200);
    assert.match(new TextDecoder().decode(page.body), /Hello from a canister/);
    assert.equal(verify(page), 2);
  });

  it('refuses a page that was changed', async () => {
    const page = await fetchPage();
    assert.throws(() => verify({ ...page, body: page.body.map((byte, index) => (index === 100 ? byte ^ 1 : byte)) }));
    const headers = page.headers.map(([name, value]): [string, string] => [
      name,
      name === 'content-security-policy' ? "default-src '*'" : value,
    ]);
    assert.throws(() => verify({ ...page, headers }));
  });
});
