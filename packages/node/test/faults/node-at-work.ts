/**
 * Program: a node at work. Opens the network of a directory, sends itself updates and says, a line each, what it sent, what was acknowledged, the
 * state after that, and how it ended. Arguments as JSON: `WorkOrder`.
 */
import { readFileSync, writeSync } from 'node:fs';
import { IcError, toHex } from '@myelin/core/base';
import { type LocalNode, openLocalNode, openNode, type RunningNode } from '../../src/node/index.ts';
import { deploy, update } from '../replica/node-updates.ts';
import { askEntries, entry } from './ledger.ts';

export type WorkOrder = {
  readonly directory: string;
  /** File with the code of the canister. */
  readonly wasm: string;
  /** Updates until it stops by itself; 0 for none: until it is killed. */
  readonly updates: number;
  /** Updates that wait at the same time. */
  readonly atOnce: number;
  /** Batches between two checkpoints. */
  readonly checkpointBatches: number;
  /** In one thread, where it can tell the digests of its states. */
  readonly isLocal: boolean;
};

/** What it says. */
export type WorkLine =
  | { readonly kind: 'open'; readonly replayed: number }
  | { readonly kind: 'sent'; readonly number: number }
  | { readonly kind: 'acknowledged'; readonly number: number }
  | { readonly kind: 'state'; readonly height: number; readonly digest: string }
  | { readonly kind: 'fault'; readonly code: string; readonly message: string }
  | { readonly kind: 'closed' };

const order = JSON.parse(process.argv[2] ?? '') as WorkOrder;

function say(line: WorkLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function tellFault(error: unknown): void {
  const code = error instanceof IcError ? error.detail.code : String((error as { code?: unknown }).code ?? 'none');
  say({ kind: 'fault', code, message: error instanceof Error ? error.message : String(error) });
}

function tellState(node: RunningNode | LocalNode): void {
  if (!('host' in node)) return;
  const { certified } = node.host;
  say({ kind: 'state', height: Number(certified.state.height), digest: toHex(certified.digest()) });
}

async function work(): Promise<void> {
  let fault: unknown;
  const open = order.isLocal ? openLocalNode : openNode;
  const node = await open({
    stateDirectory: order.directory,
    host: '127.0.0.1',
    port: 0,
    checkpoints: { logBytes: 2 ** 40, batches: BigInt(order.checkpointBatches), residentBytesMax: 0 },
    onFault: (error) => (fault ??= error),
  });
  try {
    say({ kind: 'open', replayed: node.replayed });
    const known = await askEntries(node);
    const id = known?.id ?? (await deploy(node, readFileSync(order.wasm)));
    let next = Math.max(-1, ...(known?.entries ?? [])) + 1;
    const last = order.updates === 0 ? Infinity : next + order.updates;
    const send = async (): Promise<void> => {
      while (next < last && fault === undefined) {
        const number = next++;
        say({ kind: 'sent', number });
        await update(node, id, 'update', entry(number));
        say({ kind: 'acknowledged', number });
        tellState(node);
      }
    };
    await Promise.all(Array.from({ length: order.atOnce }, send));
  } catch (error) {
    fault ??= error;
  }
  await node.close().catch((error: unknown) => (fault ??= error));
  if (fault !== undefined) throw fault;
  say({ kind: 'closed' });
}

await work().catch((error: unknown) => {
  tellFault(error);
  process.exitCode = 1;
});
