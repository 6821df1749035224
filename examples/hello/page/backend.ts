/**
 * The canister as the page sees it: its interface, and an agent that checks the certificate of every update and the node's signature
 * of every query.
 * @module
 */
import { Actor, HttpAgent, type ActorMethod } from '@icp-sdk/core/agent';
import type { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import type { Principal } from '@icp-sdk/core/principal';

export type Entry = {
  readonly id: bigint;
  readonly author: Principal;
  readonly name: string;
  readonly message: string;
  readonly time: bigint;
};

export type Backend = {
  readonly counter: ActorMethod<[], bigint>;
  readonly increment: ActorMethod<[], bigint>;
  readonly entries: ActorMethod<[bigint, bigint], { readonly total: bigint; readonly entries: readonly Entry[] }>;
  readonly sign: ActorMethod<[string, string], { readonly ok: Entry } | { readonly err: string }>;
};

/** What the page knows about where it is. */
export type Connection = {
  readonly backend: Backend;
  readonly agent: HttpAgent;
  readonly canisterId: string;
  readonly identity: Ed25519KeyIdentity;
};

const IDENTITY_KEY = 'hello-identity';

const interfaceFactory: IDL.InterfaceFactory = ({ IDL: idl }) => {
  const entry = idl.Record({ id: idl.Nat, author: idl.Principal, name: idl.Text, message: idl.Text, time: idl.Int });
  return idl.Service({
    counter: idl.Func([], [idl.Nat], ['query']),
    increment: idl.Func([], [idl.Nat], []),
    entries: idl.Func([idl.Nat, idl.Nat], [idl.Record({ total: idl.Nat, entries: idl.Vec(entry) })], ['query']),
    sign: idl.Func([idl.Text, idl.Text], [idl.Variant({ ok: entry, err: idl.Text })], []),
  });
};

/** The canister that served this page: the first label of the host name, or the query parameter that gateways take in its place. */
function findCanisterId(): string {
  const named = new URLSearchParams(location.search).get('canisterId');
  const id = named ?? location.hostname.split('.')[0] ?? '';
  if (!/^([a-z0-9]{5}-)+[a-z0-9]{1,5}$/.test(id)) throw new Error('The address of this page does not name a canister.');
  return id;
}

/** A key pair of this browser alone, made on the first visit. It signs what you write; it guards nothing of value. */
function loadIdentity(): Ed25519KeyIdentity {
  try {
    const stored = localStorage.getItem(IDENTITY_KEY);
    if (stored !== null) return Ed25519KeyIdentity.fromJSON(stored);
    const fresh = Ed25519KeyIdentity.generate();
    localStorage.setItem(IDENTITY_KEY, JSON.stringify(fresh.toJSON()));
    return fresh;
  } catch {
    return Ed25519KeyIdentity.generate();
  }
}

/** Whether the page comes from the public network, whose root key every agent knows. A local network tells its own. */
function isPublicNetwork(): boolean {
  return /(^|\.)(icp0\.io|ic0\.app|icp\.net|raw\.icp0\.io)$/.test(location.hostname);
}

/** Connects to the canister behind this page. */
export async function connect(): Promise<Connection> {
  const canisterId = findCanisterId();
  const identity = loadIdentity();
  const agent = await HttpAgent.create({ host: location.origin, identity, shouldFetchRootKey: !isPublicNetwork() });
  return { backend: Actor.createActor<Backend>(interfaceFactory, { agent, canisterId }), agent, canisterId, identity };
}
