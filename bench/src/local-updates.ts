/**
 * Updates to a node in the same process, without HTTP and without signatures of users.
 * @module
 */
import { fromHex, type PrincipalId } from '@myelin/core/base';
import { managementCanister as methods } from '@myelin/core/candid';
import { decodeCertificate, lookupPath } from '@myelin/core/certification';
import { utf8 } from '@myelin/core/base';
import { createIngressMessage } from '@myelin/network';
import type { LocalNode } from '@myelin/node';
import { nodeHasher } from '@myelin/node/crypto';

const SENDER = '04' as PrincipalId;
const MANAGEMENT = '' as PrincipalId;
const ANSWER_MS_MAX = 120_000;
const EXPIRY_NS = 240_000_000_000n;

let nonce = BigInt(Date.now()) * 1_000_000n;

/** Sends an update and waits for its certificate. @returns the reply */
export async function localUpdate(
  { replica }: LocalNode,
  receiver: PrincipalId,
  methodName: string,
  arg: Uint8Array,
  effective = receiver,
): Promise<Uint8Array> {
  const expiryNs = replica.wallTimeNs() + EXPIRY_NS;
  const message = createIngressMessage({ sender: SENDER, receiver, methodName, arg, expiryNs, nonce: nonce++ }, nodeHasher);
  const requestId = fromHex(message.requestId);
  const taken = await replica.submit({
    requestId,
    sender: SENDER,
    canisterId: receiver,
    effectiveCanisterId: effective,
    methodName,
    arg,
    ingressExpiry: expiryNs,
  });
  if (taken.kind !== 'accepted') throw new Error(`${methodName} was not taken in: ${JSON.stringify(taken)}`);
  const certificate = await replica.waitForCertificate(requestId, ANSWER_MS_MAX, 'canister_ranges');
  if (certificate === undefined) throw new Error(`${methodName} was not answered in time`);
  const reply = lookupPath([utf8('request_status'), requestId, utf8('reply')], decodeCertificate(certificate).tree);
  if (reply.status !== 'found') throw new Error(`${methodName} was rejected`);
  return reply.value;
}

async function createCanister(node: LocalNode): Promise<PrincipalId> {
  const { args, result } = methods.provisional_create_canister_with_cycles;
  const create = args.encode([{ amount: [10n ** 15n], settings: [], specified_id: [], sender_canister_version: [] }]);
  const [{ canister_id: id }] = result.decode(await localUpdate(node, MANAGEMENT, 'provisional_create_canister_with_cycles', create));
  return id;
}

/** Creates a canister and installs a module in it. */
export async function localDeploy(node: LocalNode, wasm: Uint8Array, arg: Uint8Array): Promise<PrincipalId> {
  const id = await createCanister(node);
  const install = methods.install_code.args.encode([
    { mode: { install: null }, canister_id: id, wasm_module: wasm, arg, sender_canister_version: [] },
  ]);
  await localUpdate(node, MANAGEMENT, 'install_code', install, id);
  return id;
}

/** Creates canisters with one module, which is sent once and lies in the chunk store of the first of them. */
export async function localDeployer(node: LocalNode, wasm: Uint8Array, arg: Uint8Array): Promise<() => Promise<PrincipalId>> {
  const { upload_chunk: upload, install_chunked_code: installChunked } = methods;
  const store = await createCanister(node);
  const stored = await localUpdate(node, MANAGEMENT, 'upload_chunk', upload.args.encode([{ canister_id: store, chunk: wasm }]), store);
  const [chunk] = upload.result.decode(stored);
  return async () => {
    const id = await createCanister(node);
    const install = installChunked.args.encode([
      {
        mode: { install: null },
        target_canister: id,
        store_canister: [store],
        chunk_hashes_list: [chunk],
        wasm_module_hash: chunk.hash,
        arg,
        sender_canister_version: [],
      },
    ]);
    await localUpdate(node, MANAGEMENT, 'install_chunked_code', install, id);
    return id;
  };
}
