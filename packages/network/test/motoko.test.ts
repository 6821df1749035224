/**
 * Canisters in Motoko, compiled by the published compiler and run unchanged, in both of its modes of persistence.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANONYMOUS_PRINCIPAL,
  fromUtf8,
  type PrincipalId,
  principalFromBytes,
  principalFromText,
  principalToText,
  utf8,
} from '@myelin/core/base';
import { decodeCertificate, lookupPath } from '@myelin/core/certification';
import type { Network } from '@myelin/network';
import { motokoCanister, type MotokoCanisterName, motokoCanisters } from '@myelin/test-canisters';
import { type Actor, actor, deployActor } from './candid-actor.ts';
import { openNetwork } from './universal-network.ts';

const ALICE: PrincipalId = principalFromBytes(Uint8Array.of(7, 7, 7, 1));

for (const mode of ['enhancedOP', 'classicOP'] as const) {
  const deploy = async (network: Network, name: MotokoCanisterName): Promise<Actor> =>
    await deployActor(network, await motokoCanister(name, { mode }));

  describe(`Motoko, ${mode}`, () => {
    it('counter: updates, queries, callers, and no trace of a message that trapped', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'counter');
      assert.equal(network.canister(a.id)?.module?.info.memory64, mode === 'enhancedOP');
      assert.equal(await a.update('inc'), '(1 : nat)');
      assert.equal(await a.update('add', '(41)'), '(42 : nat)');
      assert.match(await a.update('incThenTrap'), /^reject 5 503: .*trapped on purpose/);
      assert.equal(a.query('get'), '(42 : nat)');
      assert.equal(a.query('incInQuery'), '(43 : nat)');
      assert.equal(a.query('get'), '(42 : nat)');
      assert.equal(await a.update('incInQuery'), '(43 : nat)', 'called as an update a query leaves nothing either');
      assert.equal(a.query('get'), '(42 : nat)');
      assert.equal(a.query('greet', '("Wörld")'), '("Hello, Wörld!")');
      assert.equal(a.query('whoami', '()', { sender: ALICE }), `(principal "${principalToText(ALICE)}")`);
      assert.equal(await a.update('whoami'), `(principal "${principalToText(ANONYMOUS_PRINCIPAL)}")`);
      assert.match(
        await a.update('add', '(340282366920938463463374607431768211456)'),
        /\(340_282_366_920_938_463_463_374_607_431_768_211_498 : nat\)/,
      );
    });

    it('refuses arguments that are none', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'counter');
      const result = await network.updateResult(a.id, 'add', utf8('DIDL garbage'));
      assert.match(a.show('add', result), /^reject 5 503: .*IDL error/);
      assert.equal(a.query('get'), '(0 : nat)');
    });

    it('calls: await on other canisters, rejects, traps on either side', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'calls');
      const b = await deploy(network, 'calls');
      const peer = `(service "${b.text}")`;
      assert.equal(await a.update('callEcho', `(service "${b.text}", "hello")`), '("hello")');
      assert.equal(a.query('entries'), '(vec { "before hello"; "after hello" })');
      assert.equal(await a.update('catchRefuse', peer), '("canister_reject: no, thank you")');
      assert.match(await a.update('catchTrap', peer), /^\("canister_error: .*trapped in the callee/);
      assert.match(await a.update('catchMissingMethod', peer), /^\("canister_error: .*has no update method 'missingMethod'/);
      assert.match(await a.update('trapAfterAwait', peer), /^reject 5 503: .*trapped in the callback/);
      assert.equal(a.query('entries'), '(vec { "before hello"; "after hello"; "kept"; "cleaned up" })');
      assert.equal(await a.update('callSelf', '(20)'), '(20 : nat)');
      const gone = await deploy(network, 'calls');
      await network.stopCanister(gone.id);
      await network.deleteCanister(gone.id);
      assert.match(await a.update('catchTrap', `(service "${gone.text}")`), /^\("destination_invalid: /);
    });

    it('composite: queries that ask queries of others, and leave nothing', async () => {
      const network = openNetwork();
      const [a, b, c] = [await deploy(network, 'composite'), await deploy(network, 'composite'), await deploy(network, 'composite')];
      for (const [each, value] of [
        [a, 1],
        [b, 20],
        [c, 300],
      ] as const)
        await each.update('set', `(${value})`);
      assert.equal(a.query('sum', `(vec { service "${b.text}"; service "${c.text}" })`), '(321 : nat)');
      assert.equal(a.query('sumThrough', `(service "${b.text}", vec { service "${c.text}" })`), '(321 : nat)');
      assert.equal(a.query('writeInQuery'), '(1_001 : nat)');
      assert.equal(a.query('value'), '(1 : nat)');
      assert.match(await a.update('sum', '(vec {})'), /^reject 5 527: .*cannot be called in replicated mode/);
    });

    it('cycles: sent, accepted, refunded, burned', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'cycles');
      const b = await deploy(network, 'cycles');
      const balance = (): bigint => network.canister(a.id)?.balance ?? 0n;
      assert.equal(a.query('balance').replaceAll('_', ''), `(${balance()} : nat)`);
      assert.match(await a.update('send', `(service "${b.text}", 1000000, 400000)`), /refunded = 600_000 : nat; accepted = 400_000 : nat/);
      assert.match(await a.update('send', `(service "${b.text}", 5, 1000)`), /refunded = 0 : nat; accepted = 5 : nat/);
      const before = balance();
      assert.equal(await a.update('burn', '(3000000000)'), '(3_000_000_000 : nat)');
      assert.ok(before - balance() >= 3_000_000_000n);
      assert.match(await a.update('send', `(service "${b.text}", 1000000000000000, 1)`), /^reject 5 504: .*insufficient liquid balance/);
    });

    it('timers: once, again and again, stopped', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'timers');
      await a.update('startOnce', '(5)');
      await a.update('startRecurring', '(2)');
      const after = async (seconds: number): Promise<string> => {
        network.advanceTime({ seconds });
        await network.tick(3);
        return a.query('counts');
      };
      assert.match(await after(1), /ticks = 0 : nat; once = 0 : nat/);
      assert.match(await after(1.5), /ticks = 1 : nat; once = 0 : nat/);
      assert.match(await after(2), /ticks = 2 : nat; once = 0 : nat/);
      assert.match(await after(2), /ticks = 3 : nat; once = 1 : nat/);
      await a.update('stop');
      assert.match(await after(100), /ticks = 3 : nat; once = 1 : nat/);
      assert.equal(network.canister(a.id)?.globalTimerNs, 0n);
    });

    it('heartbeat: one for each tick', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'heartbeat');
      await network.tick(4);
      assert.equal(a.query('count'), '(4 : nat)');
      await network.stopCanister(a.id);
      await network.tick(4);
      await network.startCanister(a.id);
      assert.equal(a.query('count'), '(4 : nat)');
    });

    it('low-memory: warns once each time the rest of the heap falls below the threshold', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'low-memory');
      const used = BigInt(network.canister(a.id)?.heap.wasmPages ?? 0) * 65_536n;
      const mebibytes = (count: number): bigint => BigInt(count) * 1_048_576n;
      await network.updateSettings(a.id, { wasm_memory_limit: [used + mebibytes(256)], wasm_memory_threshold: [mebibytes(200)] });
      await network.runUntilIdle();
      assert.equal(a.query('count'), '(0 : nat)');
      assert.equal(await a.update('hoardMore', '(80)'), '(1 : nat)');
      await network.runUntilIdle();
      assert.equal(a.query('count'), '(1 : nat)');
      await a.update('hoardMore', '(1)');
      await network.runUntilIdle();
      assert.equal(a.query('count'), '(1 : nat)');
      assert.match(await a.update('hoardMore', '(400)'), /^reject 5 539: .*exceeded its current Wasm memory limit/);
      assert.equal(await a.update('hoardMore', '(1)'), '(3 : nat)');
    });

    it('inspect: decides on messages from outside by method, argument and caller', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'inspect');
      const verdict = (method: string, args: string, sender?: PrincipalId): string | undefined =>
        network.inspect(a.id, method, a.encode(method, args), sender === undefined ? {} : { sender })?.message;
      assert.equal(verdict('write', '("hello")', ALICE), undefined);
      assert.match(verdict('write', '("hello")') ?? '', /rejected the message|inspect_message/);
      assert.notEqual(verdict('write', `("${'x'.repeat(101)}")`, ALICE), undefined);
      assert.notEqual(verdict('internalWrite', '("hello")', ALICE), undefined);
      assert.equal(verdict('read', '()'), undefined);
      assert.equal(await a.update('internalWrite', '("from inside")'), '()');
      assert.equal(a.query('read'), '("from inside")');
    });

    it('http: a query, an upgrade to an update, a streamed body', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'http');
      const request = (method: string, url: string): string =>
        `(record { method = "${method}"; url = "${url}"; headers = vec {}; body = blob "abc"; certificate_version = null })`;
      assert.match(a.query('http_request', request('GET', '/')), /body = blob "hits: 0".*status_code = 200 : nat16/);
      assert.match(a.query('http_request', request('GET', '/teapot')), /short and stout.*418/);
      assert.match(a.query('http_request', request('POST', '/form')), /upgrade = opt true/);
      assert.match(await a.update('http_request_update', request('POST', '/form')), /POST \/form 3 bytes, hits: 1.*201/);
      assert.match(a.query('http_request', request('GET', '/')), /hits: 1/);
      const stream = a.query('http_request', request('GET', '/stream'));
      assert.match(
        stream,
        new RegExp(`Callback = record \\{ token = record \\{ index = 1 : nat \\}; callback = func "${a.text}"\\.streamingCallback \\}`),
      );
      const chunks: string[] = [];
      for (let next: string | undefined = '1'; next !== undefined;) {
        const chunk: string = a.query('streamingCallback', `(record { index = ${next} })`);
        chunks.push(/blob "([^"]*)"/.exec(chunk)?.[1] ?? '');
        next = /token = opt record \{ index = (\d+)/.exec(chunk)?.[1];
      }
      assert.deepEqual(chunks, ['chunk 1\\0a', 'chunk 2\\0a', 'chunk 3\\0a']);
    });

    it('certified: data with a certificate in queries, none in updates', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'certified');
      await a.update('set', '(blob "proof")');
      assert.match(a.query('get'), /data = blob "proof"/);
      const [{ certificate }] = a.queryValues('get') as [{ certificate: [Uint8Array] }];
      const { tree } = decodeCertificate(certificate[0]);
      const found = lookupPath([utf8('canister'), a.bytes, utf8('certified_data')], tree);
      assert.equal(found.status === 'found' ? fromUtf8(found.value) : found.status, 'proof');
      assert.equal(await a.update('certificateInUpdate'), '(null)');
    });

    it('factory: creates canisters from a class and calls them', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'factory');
      const created: PrincipalId[] = [];
      for (const greeting of ['Hello', 'Ahoi']) {
        const reply = await a.update('create', `("${greeting}")`);
        const text = /^\(principal "([a-z0-9-]+)"\)$/.exec(reply)?.[1];
        assert.ok(text !== undefined, reply);
        created.push(principalFromText(text) as PrincipalId);
      }
      assert.equal(await a.update('greetAll', '("Ada")'), '(vec { "Hello, Ada!"; "Ahoi, Ada!" })');
      for (const id of created) {
        const child = network.canister(id);
        assert.deepEqual(child?.settings.controllers, [a.id]);
        assert.ok((child?.balance ?? 0n) > 1_000_000_000_000n, 'what was attached, less the price of creation');
      }
      const child = actor(network, created[1]!, 'service : { greet : (text) -> (text) query }');
      assert.equal(child.query('greet', '("Bob")'), '("Ahoi, Bob!")');
    });

    it('stable: bytes in regions of stable memory, far apart', async () => {
      const network = openNetwork();
      const a = await deploy(network, 'stable');
      assert.equal(await a.update('write', '(10000000, blob "far")'), '()');
      assert.equal(a.query('read', '(9999998, 7)'), '(blob "\\00\\00far\\00\\00")');
      assert.equal(a.query('pages'), '(153 : nat64)');
      assert.match(a.query('read', '(10030000, 7)'), /^reject 5 50[23]: /);
    });

    it('queries of every canister leave no trace', async () => {
      const network = openNetwork();
      const actors = new Map<MotokoCanisterName, Actor>();
      for (const name of Object.keys(motokoCanisters) as MotokoCanisterName[]) actors.set(name, await deploy(network, name));
      await network.runUntilIdle();
      const before = network.digest();
      const ask = (name: MotokoCanisterName, method: string, args?: string): string => actors.get(name)!.query(method, args);
      assert.equal(ask('counter', 'incInQuery'), '(1 : nat)');
      assert.equal(ask('composite', 'writeInQuery'), '(1_000 : nat)');
      assert.match(ask('stable', 'read', '(0, 100)'), /^reject/);
      assert.match(ask('certified', 'get'), /certificate = opt blob/);
      assert.match(
        ask(
          'http',
          'http_request',
          '(record { method = "GET"; url = "/none"; headers = vec {}; body = blob ""; certificate_version = null })',
        ),
        /404/,
      );
      for (const name of ['calls', 'heartbeat', 'timers'] as const)
        ask(name, { calls: 'entries', heartbeat: 'count', timers: 'counts' }[name]);
      assert.equal(network.digest(), before);
      await network.runBatch();
      const quiet = network.fork();
      assert.equal(quiet.digest(), network.digest());
      for (let count = 0; count < 20; count++) {
        ask('counter', 'incInQuery');
        ask('composite', 'writeInQuery');
      }
      await network.runBatch();
      await quiet.runBatch();
      assert.equal(network.digest(), quiet.digest(), 'a network that was queried goes on like one that was not');
    });
  });
}
