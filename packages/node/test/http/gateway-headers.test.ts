import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestHeaders, responseHeaders, withGatewayCors } from '../../src/http/gateway/headers.ts';

describe('request headers to a canister', () => {
  it('pass in order, in lower case, repeated ones included', () => {
    assert.deepEqual(requestHeaders(['Host', 'x.localhost', 'Cookie', 'a=b', 'cookie', 'c=d']), [
      ['host', 'x.localhost'],
      ['cookie', 'a=b'],
      ['cookie', 'c=d'],
    ]);
  });
  it('lose what belongs to the connection', () => {
    const raw = [
      'Connection',
      'keep-alive, X-Private',
      'X-Private',
      '1',
      'Upgrade',
      'websocket',
      'TE',
      'trailers',
      'Accept',
      '*/*',
      'Keep-Alive',
      'x',
    ];
    assert.deepEqual(requestHeaders(raw), [['accept', '*/*']]);
  });
  it('are read as UTF-8 when they are', () => {
    assert.deepEqual(requestHeaders(['X', Buffer.from('grüße', 'utf8').toString('latin1')]), [['x', 'grüße']]);
    assert.deepEqual(requestHeaders(['X', Buffer.from([0xfc]).toString('latin1')]), [['x', 'ü']]);
  });
});

describe('response headers of a canister', () => {
  const pass = (headers: [string, string][], isHead = false) => {
    const result = responseHeaders(headers, isHead);
    return result.ok ? result.value : result.error;
  };
  it('pass in order, repeated ones included', () => {
    const headers: [string, string][] = [
      ['Content-Type', 'text/html'],
      ['set-cookie', 'a=b'],
      ['Set-Cookie', 'c=d'],
      ['IC-Certificate', 'x'],
    ];
    assert.deepEqual(pass(headers), headers);
  });
  it('lose what belongs to the connection, and the length', () => {
    assert.deepEqual(
      pass([
        ['Transfer-Encoding', 'chunked'],
        ['content-length', '3'],
        ['connection', 'x-a'],
        ['X-A', '1'],
        ['x-b', '2'],
      ]),
      [['x-b', '2']],
    );
  });
  it('keep a length that answers HEAD', () => {
    assert.deepEqual(pass([['content-length', '3']], true), [['content-length', '3']]);
    assert.deepEqual(pass([['content-length', '-3']], true), []);
    const lengths = pass(
      [
        ['content-length', '3'],
        ['Content-Length', '4'],
      ],
      true,
    );
    assert.deepEqual(lengths, [['content-length', '3']]);
  });
  it('cannot split the response', () => {
    for (const value of ['a\r\nset-cookie: x', 'a\nb', 'a\0b', '\x7f']) assert.match(String(pass([['x', value]])), /not allowed in HTTP/);
    for (const name of ['', 'a b', 'a:', 'a\r\nb', 'ü', '(x)']) assert.match(String(pass([[name, 'x']])), /not allowed in HTTP/);
  });
  it('are bounded together', () => {
    assert.match(String(pass([['x', 'y'.repeat(70_000)]])), /more than 65536 bytes/);
  });
  it('carry text as UTF-8 bytes', () => {
    assert.deepEqual(pass([['x', 'grüße']]), [['x', Buffer.from('grüße', 'utf8').toString('latin1')]]);
  });
  it('leave other origins to the canister when it speaks of them', () => {
    assert.equal(withGatewayCors([['Access-Control-Allow-Origin', 'https://a.example']]).length, 1);
    assert.ok(withGatewayCors([['content-type', 'x']]).some(([name, value]) => name === 'access-control-allow-origin' && value === '*'));
  });
});
