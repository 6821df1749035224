/**
 * A node in a process of its own with a counter on it, and who calls the counter.
 * @module
 */
import { Certificate, type HttpAgent } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { principalFromText, type PrincipalId } from '@myelin/core/base';
import { decodeCbor } from '@myelin/core/codec';
import { installCanister, openAgent } from '@myelin/test-clients';
import { counterModule } from './counter-modules.ts';
import { type HttpReply } from './http-client.ts';
import { startNode, type NodeProcess } from './start-node.ts';
import { createRequestSigner, type RequestSigner } from './signed-requests.ts';

const ARGUMENT = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

export type CounterNode = {
  readonly node: NodeProcess;
  readonly agent: HttpAgent;
  readonly canisterId: PrincipalId;
  /** `/api/v4/canister/<id>/call` and its like. */
  readonly callPath: string;
  readonly queryPath: string;
  readonly signer: RequestSigner;
  /** Bodies of signed calls of `inc`. */
  readonly signCalls: (count: number) => Uint8Array[];
  /** Bodies of signed queries of `get`. */
  readonly signQueries: (count: number) => Uint8Array[];
  /** Verifies a certificate as `@icp-sdk/core` does. @returns milliseconds */
  readonly verify: (certificate: Uint8Array) => Promise<number>;
};

export async function startCounterNode(programArguments: readonly string[] = []): Promise<CounterNode> {
  const node = await startNode(programArguments);
  try {
    const agent = await openAgent(node.url, Ed25519KeyIdentity.generate(new Uint8Array(32).fill(5)));
    const principal = await installCanister(agent, await counterModule(), undefined, 10n ** 18n);
    const canisterId = principalFromText(principal.toText());
    const signer = createRequestSigner(5);
    const { rootKey } = agent;
    if (rootKey === null) throw new Error('the node tells its root key');
    return {
      node,
      agent,
      canisterId,
      callPath: `/api/v4/canister/${principal.toText()}/call`,
      queryPath: `/api/v3/canister/${principal.toText()}/query`,
      signer,
      signCalls: (count) => Array.from({ length: count }, () => signer.sign('call', canisterId, 'inc', ARGUMENT)),
      signQueries: (count) => Array.from({ length: count }, () => signer.sign('query', canisterId, 'get', ARGUMENT)),
      verify: async (certificate) => {
        const began = performance.now();
        await Certificate.create({ certificate, rootKey, principal: { canisterId: Principal.fromText(principal.toText()) } });
        return performance.now() - began;
      },
    };
  } catch (error) {
    await node.close();
    throw error;
  }
}

/** The certificate in the answer to a call. @throws Error when the answer is another one. */
export function certificateOf({ status, body }: HttpReply): Uint8Array {
  const answer = status === 200 ? decodeCbor(body) : undefined;
  const certificate = answer instanceof Map ? answer.get('certificate') : undefined;
  if (!(certificate instanceof Uint8Array))
    throw new Error(`a call was answered ${status} without a certificate: ${new TextDecoder().decode(body.subarray(0, 200))}`);
  return certificate;
}
