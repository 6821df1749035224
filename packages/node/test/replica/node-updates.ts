/**
 * Updates to a node in the same process, as a client would send them.
 */
import assert from 'node:assert/strict';
import { fromHex, type PrincipalId } from '@myelin/core/base';
import { managementCanister as methods } from '@myelin/core/candid';
import { createIngressMessage } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { nodeHasher } from '../../src/crypto/index.ts';
import type { LocalNode } from '../../src/node/index.ts';

const SENDER = '04' as PrincipalId;
const MANAGEMENT = '' as PrincipalId;

let nonce = BigInt(Date.now()) * 1_000_000n;

/** Sends an update and waits until it is answered. */
export async function update(
  node: LocalNode,
  receiver: PrincipalId,
  methodName: string,
  arg: Uint8Array,
  effective = receiver,
): Promise<void> {
  const expiryNs = node.replica.wallTimeNs() + 120_000_000_000n;
  const message = createIngressMessage({ sender: SENDER, receiver, methodName, arg, expiryNs, nonce: nonce++ }, nodeHasher);
  const requestId = fromHex(message.requestId);
  const refused = await node.replica.submit({
    requestId,
    sender: SENDER,
    canisterId: receiver,
    effectiveCanisterId: effective,
    methodName,
    arg,
    ingressExpiry: expiryNs,
  });
  assert.equal(refused.kind, 'accepted');
  assert.ok(await node.replica.waitForCertificate(requestId, 10_000, 'canister_ranges'));
  assert.equal(node.host.certified.state.ingressHistory.entries.get(message.requestId)?.status, 'replied');
}

export async function deploy(node: LocalNode, wasm: Uint8Array): Promise<PrincipalId> {
  const create = methods.provisional_create_canister_with_cycles.args.encode([
    { amount: [10n ** 15n], settings: [], specified_id: [], sender_canister_version: [] },
  ]);
  const known = new Set(node.host.state.canisters.keys());
  await update(node, MANAGEMENT, 'provisional_create_canister_with_cycles', create);
  const id = [...node.host.state.canisters.keys()].find((key) => !known.has(key)) as PrincipalId;
  const install = methods.install_code.args.encode([
    { mode: { install: null }, canister_id: id, wasm_module: wasm, arg: script.program(), sender_canister_version: [] },
  ]);
  await update(node, MANAGEMENT, 'install_code', install, id);
  return id;
}

const { program, reply, setRegister, stableGrow, stableWrite, drop, filled } = script;

/** A message that leaves something in the heap and in the stable memory. */
export function work(step: number): Uint8Array {
  return program(
    setRegister(step % 16, `step ${step}`),
    drop(stableGrow(1)),
    stableWrite((step * 997) % 60_000, filled(3_000, step)),
    reply('done'),
  );
}
