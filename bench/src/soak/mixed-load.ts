/**
 * The mixed load of a soak: updates, queries, reads of the state and pages by the generator, and canisters that come and go.
 * @module
 */
import type { HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { principalToText } from '@myelin/core/base';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import { installCanister, managementOf } from '@myelin/test-clients';
import { counterModule, pageModule } from '../counter-modules.ts';
import type { CounterNode } from '../counter-node.ts';
import type { Generator } from '../load/generator.ts';
import type { LoadReport, LoadRequests } from '../load/job.ts';
import type { RequestKind } from './window.ts';

const NO_ARGUMENTS = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
const CONNECTIONS = 16;
/** Requests of each kind in a second. */
export const RATES: Readonly<Record<RequestKind, number>> = { updates: 100, queries: 100, reads: 20, pages: 50 };
/** Requests are made up to a window before they are sent. The shorter they are valid, the sooner the history has its full size. */
const VALID_MS_BEYOND_WINDOW = 30_000;

export type MixedLoad = {
  /** Makes the requests of the next window, to be sent when this is called again. @returns sends them */
  prepare(seconds: number): Promise<() => Promise<Record<RequestKind, LoadReport>>>;
};

const HttpResponse = IDL.Record({
  status_code: IDL.Nat16,
  headers: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)),
  body: IDL.Vec(IDL.Nat8),
});

async function installPage(agent: HttpAgent): Promise<Principal> {
  const body = new TextEncoder().encode('a page of a soak '.repeat(300));
  const reply = IDL.encode([HttpResponse], [{ status_code: 200, headers: [['content-type', 'text/plain']], body }]);
  return installCanister(agent, await pageModule(reply));
}

/** An anonymous read of a canister's module hash: it may be sent again and again. */
function readState(canisterId: Principal): LoadRequests {
  const label = (text: string): Uint8Array => new TextEncoder().encode(text);
  const content = {
    request_type: 'read_state',
    sender: Principal.anonymous().toUint8Array(),
    paths: [[label('canister'), canisterId.toUint8Array(), label('module_hash')]],
    ingress_expiry: 0n,
  };
  return {
    kind: 'post',
    path: `/api/v3/canister/${canisterId.toText()}/read_state`,
    body: encodeSelfDescribedCbor({ content }),
    wanted: 'certificate',
  };
}

export async function openMixedLoad(generator: Generator, { node, agent, canisterId }: CounterNode): Promise<MixedLoad> {
  const counter = principalToText(canisterId);
  const page = await installPage(agent);
  return {
    async prepare(seconds) {
      const common = { canisterId: counter, arg: NO_ARGUMENTS, senders: 16, validMs: seconds * 1_000 + VALID_MS_BEYOND_WINDOW };
      const requests: Record<RequestKind, LoadRequests> = {
        updates: { kind: 'call', methodName: 'inc', ...common },
        queries: { kind: 'query', methodName: 'get', ...common },
        reads: readState(Principal.fromText(counter)),
        pages: { kind: 'get', path: '/', host: `${page.toText()}.localhost` },
      };
      const prepare = async (kind: RequestKind): Promise<() => Promise<LoadReport>> => {
        const ratePerSecond = RATES[kind];
        const load = await generator.prepare({
          requests: requests[kind],
          port: node.port,
          connections: CONNECTIONS,
          ratePerSecond,
          count: ratePerSecond * seconds,
          timeMs: seconds * 1_000,
          keeps: false,
        });
        return async () => {
          const report = await load.run();
          await load.forget();
          return report;
        };
      };
      const [updates, queries, reads, pages] = await Promise.all([
        prepare('updates'),
        prepare('queries'),
        prepare('reads'),
        prepare('pages'),
      ]);
      return async () => {
        const reports = await Promise.all([updates(), queries(), reads(), pages()]);
        return { updates: reports[0], queries: reports[1], reads: reports[2], pages: reports[3] };
      };
    },
  };
}

/** One canister after the other is created, installed, called, stopped and deleted, until it is told to stop. */
export async function runCanisters(
  agent: HttpAgent,
  pauseMs: number,
  isOver: () => boolean,
  tell: (fault: string | undefined) => void,
): Promise<void> {
  const wasm = await counterModule();
  while (!isOver()) {
    try {
      const canisterId = await installCanister(agent, wasm, undefined, 10n ** 13n);
      await agent.update(canisterId, { methodName: 'inc', arg: NO_ARGUMENTS });
      const management = managementOf(agent, canisterId);
      await management.stop_canister({ canister_id: canisterId });
      await management.delete_canister({ canister_id: canisterId });
      tell(undefined);
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
