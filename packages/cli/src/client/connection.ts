/**
 * A connection to a network: the agent, who it acts as, what it checks answers by.
 * @module
 */
import { HttpAgent, SignIdentity, type PublicKey, type Signature } from '@icp-sdk/core/agent';
import type { MessageSigner } from '@myelin/core/crypto';
import { type Identity, IdentityStore } from '../identity/index.ts';
import type { Terminal } from '../terminal/index.ts';
import { explainRequestFailure } from './request-failure.ts';
import { type NetworkOptions, resolveNetwork } from './target.ts';

export type Connection = {
  readonly agent: HttpAgent;
  readonly url: string;
  readonly isLocal: boolean;
  /** The key that answers are checked by. */
  readonly rootKey: Uint8Array;
  readonly identity: Identity;
};

export type ConnectionOptions = NetworkOptions & {
  /** Undefined for the chosen identity. */
  readonly identityName: string | undefined;
};

/** A copy with memory of its own: the client library reads `.buffer`. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

class SignerIdentity extends SignIdentity {
  readonly #signer: MessageSigner;

  constructor(signer: MessageSigner) {
    super();
    this.#signer = signer;
  }

  getPublicKey(): PublicKey {
    return { toDer: () => ownBytes(this.#signer.publicKeyDer) };
  }

  sign(message: Uint8Array): Promise<Signature> {
    return Promise.resolve(ownBytes(this.#signer.sign(message)) as Signature);
  }
}

/** Opens a connection to a known address with a known key. */
export async function openConnection(
  url: string,
  rootKey: Uint8Array | 'fetch' | undefined,
  isLocal: boolean,
  identity: Identity,
): Promise<Connection> {
  try {
    const agent = await HttpAgent.create({
      host: url,
      ...(identity.signer === undefined ? {} : { identity: new SignerIdentity(identity.signer) }),
      ...(rootKey instanceof Uint8Array ? { rootKey } : { shouldFetchRootKey: rootKey === 'fetch' }),
    });
    return { agent, url, isLocal, rootKey: agent.rootKey ?? new Uint8Array(0), identity };
  } catch (error) {
    throw explainRequestFailure(error, url, isLocal);
  }
}

/**
 * Opens the connection that a command asks for.
 * @throws IcError `NETWORK_UNREACHABLE`, `IDENTITY_…`, `USAGE_…`
 */
export async function connect(options: ConnectionOptions, terminal: Terminal): Promise<Connection> {
  const target = await resolveNetwork(options);
  const identity = await new IdentityStore().current(options.identityName, ({ name, principalText, path }) => {
    terminal.note(`Made the identity '${name}' for you: ${principalText} (${path ?? ''}).`);
  });
  return await openConnection(target.url, target.rootKey, target.isLocal, identity);
}
