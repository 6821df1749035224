import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, canisterIdOfIndex, principalToText } from '@myelin/core/base';
import { hostNameOf, isApiPath, parseTarget, resolveCanister, routeApi } from '../../src/http/routing.ts';

const CANISTER = canisterIdOfIndex(7n);
const TEXT = principalToText(CANISTER);

describe('API routing', () => {
  it('finds every endpoint of the interface', () => {
    const found = [
      ['POST', `/api/v2/canister/${TEXT}/call`],
      ['POST', `/api/v3/canister/${TEXT}/call`],
      ['POST', `/api/v4/canister/${TEXT}/call`],
      ['POST', `/api/v4/subnet/${TEXT}/call`],
      ['POST', `/api/v2/canister/${TEXT}/query`],
      ['POST', `/api/v3/canister/${TEXT}/query`],
      ['POST', `/api/v3/subnet/${TEXT}/query`],
      ['POST', `/api/v2/canister/${TEXT}/read_state`],
      ['POST', `/api/v3/canister/${TEXT}/read_state`],
      ['POST', `/api/v2/subnet/${TEXT}/read_state`],
      ['POST', `/api/v3/subnet/${TEXT}/read_state`],
      ['GET', '/api/v2/status'],
      ['HEAD', '/api/v2/status'],
    ].map(([method, path]) => {
      const route = routeApi(method!, path!);
      assert.ok(route.ok, `${path}: ${route.ok ? '' : route.error.message}`);
      const { value } = route;
      return value.endpoint === 'status'
        ? 'status'
        : `${value.endpoint} v${value.version} ${value.scope.kind} ${value.scope.id === CANISTER}`;
    });
    assert.deepEqual(found, [
      'call v2 canister true',
      'call v3 canister true',
      'call v4 canister true',
      'call v4 subnet true',
      'query v2 canister true',
      'query v3 canister true',
      'query v3 subnet true',
      'read_state v2 canister true',
      'read_state v3 canister true',
      'read_state v2 subnet true',
      'read_state v3 subnet true',
      'status',
      'status',
    ]);
  });

  it('takes the management canister as an effective canister id', () => {
    const route = routeApi('POST', '/api/v4/canister/aaaaa-aa/call');
    assert.ok(route.ok && route.value.endpoint === 'call');
    assert.equal(route.value.scope.id, MANAGEMENT_CANISTER_ID);
  });

  for (const path of [
    '/api',
    '/api/',
    '/api/v1/status',
    '/api/v2/status/',
    `/api/v1/canister/${TEXT}/call`,
    `/api/v5/canister/${TEXT}/call`,
    `/api/v2/subnet/${TEXT}/call`,
    `/api/v3/subnet/${TEXT}/call`,
    `/api/v2/subnet/${TEXT}/query`,
    `/api/v4/canister/${TEXT}/query`,
    `/api/v2/canister/${TEXT}/call/`,
    `/api/v2/canister/${TEXT}/__proto__`,
    `/api/v2/canister/${TEXT}`,
    '/api/v2/canister//',
    `/api//v2/canister/${TEXT}/call`,
  ]) {
    it(`answers 404 for ${path}`, () => {
      const route = routeApi('POST', path);
      assert.equal(route.ok ? 200 : route.error.status, 404);
    });
  }

  for (const id of ['', 'aaaaa', 'AAAAA-AA', 'rwlgt-iiaaa-aaaaa-aaaaa-caj', `${TEXT}%20`, '2vxsx-fae-', 'x'.repeat(10_000)]) {
    it(`answers 400 for the id '${id.slice(0, 40)}'`, () => {
      const route = routeApi('POST', `/api/v2/canister/${id}/call`);
      assert.ok(!route.ok);
      assert.equal(route.error.status, 400);
      assert.ok(route.error.message.length < 400);
    });
  }

  it('names the possible methods with 405', () => {
    const status = routeApi('POST', '/api/v2/status');
    assert.deepEqual(status.ok ? undefined : [status.error.status, status.error.allow], [405, 'GET, HEAD, OPTIONS']);
    const query = routeApi('GET', `/api/v3/canister/${TEXT}/query`);
    assert.deepEqual(query.ok ? undefined : [query.error.status, query.error.allow], [405, 'POST, OPTIONS']);
  });

  it('tells API paths from pages', () => {
    assert.deepEqual(['/api', '/api/v2/status', '/apiary', '/', '/API/v2/status', '/x/api/v2'].map(isApiPath), [
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('request targets', () => {
  it('splits path and query', () => {
    const target = parseTarget('/a/b?c=d?e');
    assert.deepEqual(target.ok && target.value, { path: '/a/b', query: 'c=d?e', url: '/a/b?c=d?e' });
  });
  it('takes the absolute form', () => {
    const target = parseTarget('http://x.localhost:4943/a?b');
    assert.deepEqual(target.ok && target.value, { path: '/a', query: 'b', url: '/a?b', authority: 'x.localhost:4943' });
    const bare = parseTarget('HTTP://x.localhost?b');
    assert.deepEqual(bare.ok && bare.value, { path: '/', query: 'b', url: '/?b', authority: 'x.localhost' });
  });
  it('refuses everything else', () => {
    for (const [text, status] of [
      ['*', 400],
      ['', 400],
      ['a/b', 400],
      ['ftp://x/', 400],
      [`/${'a'.repeat(20_000)}`, 414],
    ] as const) {
      const target = parseTarget(text);
      assert.equal(target.ok ? 200 : target.error.status, status, text.slice(0, 20));
    }
  });
});

describe('canister of a request', () => {
  const resolve = (host: string, query = '', referer?: string) =>
    resolveCanister({ host, query, referer }, (name) => (name === 'shop.example' ? CANISTER : undefined));
  const found = { canisterId: CANISTER, raw: false };

  it('reads it from the host name', () => {
    assert.deepEqual(resolve(`${TEXT}.localhost`), found);
    assert.deepEqual(resolve(`${TEXT}.localhost:4943`), found);
    assert.deepEqual(resolve(`${TEXT.toUpperCase()}.LOCALHOST.:4943`), found);
    assert.deepEqual(resolve(`${TEXT}.icp.example.org`), found);
    assert.deepEqual(resolve(`${TEXT}.raw.localhost:4943`), { canisterId: CANISTER, raw: true });
  });
  it('reads it from the parameter, and from that of the referring page', () => {
    assert.deepEqual(resolve('localhost:4943', `canisterId=${TEXT}`), found);
    assert.deepEqual(resolve('127.0.0.1:4943', `a=b&canisterId=${TEXT}&c`), found);
    assert.deepEqual(resolve('localhost:4943', '', `http://localhost:4943/?canisterId=${TEXT}`), found);
  });
  it('prefers the host name', () => {
    const other = principalToText(canisterIdOfIndex(8n));
    assert.deepEqual(resolve(`${TEXT}.localhost`, `canisterId=${other}`), found);
  });
  it('knows host names of its own', () => assert.deepEqual(resolve('shop.example:80'), found));
  it('finds none elsewhere', () => {
    const none: [string, string?, string?][] = [
      ['localhost'],
      [TEXT],
      ['raw.localhost'],
      ['xxxxx-xx.localhost'],
      ['localhost', 'canisterId=abc'],
      ['localhost', 'canisterid=' + TEXT],
      ['localhost', '', `http://elsewhere/?canisterId=${TEXT}`],
      ['localhost', '', 'not a url'],
      ['localhost', '', 'http://localhost/'],
      [''],
      ['[::1]:80'],
    ];
    for (const [host, query, referer] of none) assert.equal(resolve(host, query, referer), undefined, host);
    assert.equal(
      resolveCanister({ host: undefined, query: '', referer: undefined }, () => undefined),
      undefined,
    );
  });
  it('strips ports and dots from host names', () => {
    assert.deepEqual(['A.b:1', 'a.b.', '[::1]:80', '[::1]', ' a ', '', undefined].map(hostNameOf), [
      'a.b',
      'a.b',
      '[::1]',
      '[::1]',
      'a',
      '',
      '',
    ]);
  });
});
