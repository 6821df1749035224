/** A node in this process and what tests do with it: agents, canisters, raw connections. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpAgent } from '@icp-sdk/core/agent';
import type { Identity } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { openNode } from '../../src/node/index.ts';
import type { RunningNode } from '../../src/node/index.ts';

/** Starts a node that keeps its network in memory, on a free port. Faults of the node fail the process. */
export async function startNode(): Promise<RunningNode> {
  return openNode({
    stateDirectory: undefined,
    host: '127.0.0.1',
    port: 0,
    onFault: (error) => {
      throw error;
    },
  });
}

/** An agent that trusts the node's root key. */
export async function agentOf(node: RunningNode, identity?: Identity): Promise<HttpAgent> {
  return HttpAgent.create({ host: node.url, shouldFetchRootKey: true, retryTimes: 0, ...(identity && { identity }) });
}

export const MANAGEMENT: Principal = Principal.fromText('aaaaa-aa');

const createArgs = [IDL.Record({ amount: IDL.Opt(IDL.Nat) })];
const createResult = [IDL.Record({ canister_id: IDL.Principal })];
const installArgs = [
  IDL.Record({
    mode: IDL.Variant({ install: IDL.Null, reinstall: IDL.Null }),
    canister_id: IDL.Principal,
    wasm_module: IDL.Vec(IDL.Nat8),
    arg: IDL.Vec(IDL.Nat8),
  }),
];

/** Calls the management canister and decodes the reply. */
export async function manage(agent: HttpAgent, methodName: string, effectiveCanisterId: Principal, arg: Uint8Array): Promise<Uint8Array> {
  const { reply } = await agent.update(MANAGEMENT, { methodName, arg, effectiveCanisterId });
  return reply;
}

export async function create(agent: HttpAgent): Promise<Principal> {
  const created = await manage(agent, 'provisional_create_canister_with_cycles', MANAGEMENT, IDL.encode(createArgs, [{ amount: [] }]));
  const [{ canister_id: canisterId }] = IDL.decode(createResult, created) as unknown as [{ canister_id: Principal }];
  return canisterId;
}

/** Installs a module in a canister without one. */
export async function installCode(agent: HttpAgent, canisterId: Principal, module: Uint8Array, arg: Uint8Array): Promise<void> {
  await manage(
    agent,
    'install_code',
    canisterId,
    IDL.encode(installArgs, [{ mode: { install: null }, canister_id: canisterId, wasm_module: module, arg }]),
  );
}

/** Creates a canister and installs a module. */
export async function install(agent: HttpAgent, module: Uint8Array, arg: Uint8Array = new Uint8Array(0)): Promise<Principal> {
  const canisterId = await create(agent);
  await installCode(agent, canisterId, module, arg);
  return canisterId;
}

/** A response with everything that `fetch` hides. */
export type RawResponse = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

export type RawRequest = {
  readonly method?: string;
  readonly path: string;
  /** Host header. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
};

/** One request on a connection of its own. */
export async function raw(port: number, asked: RawRequest): Promise<RawResponse> {
  const { method = 'GET', path, host = `localhost:${port}`, headers = {}, body } = asked;
  // Node's client sends the body of a GET without saying so.
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request({ host: '127.0.0.1', port, method, path, headers: { host, ...length, ...headers }, agent: false });
  outgoing.end(body);
  const [response] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
}

/** Sends bytes and gives everything that comes back until the other side closes or is silent for a while. */
export async function exchange(port: number, bytes: Uint8Array | string, silenceMs = 1_000): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.setTimeout(silenceMs, () => socket.destroy());
  socket.write(bytes);
  await new Promise((resolve) => socket.on('close', resolve));
  return received;
}

/** Waits for something that other events bring about, at most ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 5) {
    if (waited > 10_000) throw new Error(`waited in vain for ${condition.toString()}`);
    await sleep(5);
  }
}
