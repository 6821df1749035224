/**
 * Updates to a node in the same process, as a client would send them.
 */
import assert from 'node:assert/strict';
import { fromHex, fromUtf8, type PrincipalId, utf8 } from '@myelin/core/base';
import { managementCanister as methods } from '@myelin/core/candid';
import { decodeCertificate, lookupPath } from '@myelin/core/certification';
import { createIngressMessage } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { nodeHasher } from '../../src/crypto/index.ts';
import type { RunningNode } from '../../src/node/index.ts';

const SENDER = '04' as PrincipalId;
const MANAGEMENT = '' as PrincipalId;

/** Machines that do other things too take their time. */
const ANSWER_MS_MAX = 60_000;

let nonce = BigInt(Date.now()) * 1_000_000n;

/** What became of an update, as its certificate says. */
export type Answered = { readonly status: string; readonly reply: Uint8Array | undefined };

/** Sends an update and waits until it is answered. */
export async function send(
  { replica }: RunningNode,
  receiver: PrincipalId,
  methodName: string,
  arg: Uint8Array,
  effective = receiver,
): Promise<Answered> {
  const expiryNs = replica.wallTimeNs() + 120_000_000_000n;
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
  assert.equal(taken.kind, 'accepted');
  const certificate = await replica.waitForCertificate(requestId, ANSWER_MS_MAX, 'canister_ranges');
  assert.ok(certificate, 'it is answered');
  const { tree } = decodeCertificate(certificate);
  const find = (name: string): Uint8Array | undefined => {
    const found = lookupPath([utf8('request_status'), requestId, utf8(name)], tree);
    return found.status === 'found' ? found.value : undefined;
  };
  return { status: fromUtf8(find('status') ?? utf8('')) ?? '', reply: find('reply') };
}

/** Sends an update that is replied to. @returns the reply */
export async function update(
  node: RunningNode,
  receiver: PrincipalId,
  methodName: string,
  arg: Uint8Array,
  effective = receiver,
): Promise<Uint8Array> {
  const { status, reply: data } = await send(node, receiver, methodName, arg, effective);
  assert.equal(status, 'replied');
  return data ?? new Uint8Array(0);
}

export async function deploy(node: RunningNode, wasm: Uint8Array): Promise<PrincipalId> {
  const { args, result } = methods.provisional_create_canister_with_cycles;
  const create = args.encode([{ amount: [10n ** 15n], settings: [], specified_id: [], sender_canister_version: [] }]);
  const [{ canister_id: id }] = result.decode(await update(node, MANAGEMENT, 'provisional_create_canister_with_cycles', create));
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
