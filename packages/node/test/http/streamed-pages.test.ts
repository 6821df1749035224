/** Pages that a canister streams without an end, and the other requests meanwhile. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { createNodeVerifier, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { openHttpServer } from '../../src/http/index.ts';
import type { HttpServer } from '../../src/http/index.ts';
import type { RunningNode } from '../../src/node/index.ts';
import { cannedCanister } from './canned-canister.ts';
import { agentOf, install, raw, startNode, until } from './network.ts';

const blob = IDL.Vec(IDL.Nat8);
const callback = IDL.Func([IDL.Nat], [], ['query']);
const pageType = IDL.Record({
  status_code: IDL.Nat16,
  headers: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)),
  body: blob,
  streaming_strategy: IDL.Opt(IDL.Variant({ Callback: IDL.Record({ callback, token: IDL.Nat }) })),
});
const pieceType = IDL.Record({ body: blob, token: IDL.Opt(IDL.Nat) });

let node: RunningNode;
let server: HttpServer;
const faults: unknown[] = [];

before(async () => {
  node = await startNode();
  server = await openHttpServer({
    replica: node.replica,
    crypto: { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nodeBlsVerifier },
    host: '127.0.0.1',
    port: 0,
    // More queries than a test could wait for.
    limits: { streamedBodiesMax: 1e9 },
    onFault: (error) => faults.push(error),
  });
});
after(async () => {
  await server?.close();
  await node?.close();
});

/** A canister whose page has this piece again and again. It is the first of its network, so its id is known beforehand. */
async function endlessPage(piece: Uint8Array): Promise<Principal> {
  const id = Principal.fromText('rwlgt-iiaaa-aaaaa-aaaaa-cai');
  const streaming_strategy = [{ Callback: { callback: [id, 'more'], token: 0n } }];
  const page = IDL.encode([pageType], [{ status_code: 200, headers: [], body: new TextEncoder().encode('start'), streaming_strategy }]);
  const more = IDL.encode([pieceType], [{ body: piece, token: [0n] }]);
  const module = await cannedCanister({ http_request: { replies: [page] }, more: { replies: [more] } });
  const installed = await install(await agentOf(node), module);
  assert.equal(installed.toText(), id.toText());
  return id;
}

describe('a page without an end', () => {
  it('leaves others their turn, even if its pieces are empty, and ends with its reader', async () => {
    const id = await endlessPage(new Uint8Array(0));
    const host = `${id.toText()}.localhost`;
    const outgoing = get({ host: '127.0.0.1', port: server.port, path: '/', headers: { host }, agent: false });
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    const [start] = (await once(response, 'data')) as [Buffer];
    assert.equal(start.toString(), 'start');
    assert.equal((await raw(server.port, { path: '/api/v2/status' })).status, 200);
    assert.equal(server.requestsInFlight, 1, 'it is being streamed still');
    response.on('error', () => {});
    outgoing.destroy();
    await until(() => server.requestsInFlight === 0);
    assert.deepEqual(faults, []);
  });
});
