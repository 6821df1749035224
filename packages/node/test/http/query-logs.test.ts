/** What queries of a Motoko canister print is shown by the node that ran them, and is in no log of the canister. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Actor, type ActorSubclass, type HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import type { Principal } from '@icp-sdk/core/principal';
import { compileMotoko } from '@myelin/test-canisters';
import { openLocalNode, openNode, type RunningNode } from '../../src/node/index.ts';
import { readExposition, valueOf } from '../metrics/exposition-text.ts';
import { agentOf, install, MANAGEMENT, raw } from './network.ts';

const SOURCE = `import Debug "mo:core/Debug";
persistent actor {
  public type Peer = actor { look : query (Text) -> async Text };
  public query func look(text : Text) : async Text { Debug.print("looks at " # text); text };
  public query func fail() : async () { Debug.print("is about to fail"); assert false };
  public composite query func through(peer : Peer, text : Text) : async Text {
    Debug.print("asks");
    let answer = await peer.look(text);
    Debug.print("heard " # answer);
    answer;
  };
  public func write(text : Text) : async () { Debug.print("writes " # text) };
  system func inspect({ caller : Principal }) : Bool { Debug.print("inspects"); ignore caller; true };
}`;

type Talker = {
  readonly look: (text: string) => Promise<string>;
  readonly fail: () => Promise<void>;
  readonly through: (peer: Principal, text: string) => Promise<string>;
  readonly write: (text: string) => Promise<void>;
};

const look = IDL.Func([IDL.Text], [IDL.Text], ['query']);
const peer = IDL.Service({ look });
const interfaceOf: IDL.InterfaceFactory = () =>
  IDL.Service({
    look,
    fail: IDL.Func([], [], ['query']),
    through: IDL.Func([peer, IDL.Text], [IDL.Text], ['composite_query']),
    write: IDL.Func([IDL.Text], [], []),
  });

type Line = {
  readonly text: string;
  readonly canister: string;
  readonly timestampNs: string;
  readonly from?: string;
  readonly method?: string;
};

const onFault = (error: unknown): void => {
  throw error;
};

for (const [where, openHere] of [
  ['in query threads', openNode],
  ['on the replica itself', openLocalNode],
] as const) {
  describe(`what queries print ${where}`, { timeout: 120_000 }, () => {
    let node: RunningNode;
    let agent: HttpAgent;
    let ids: readonly Principal[];
    let talkers: readonly ActorSubclass<Talker>[];

    before(async () => {
      const [{ wasm }, opened] = await Promise.all([
        compileMotoko(SOURCE),
        openHere({ stateDirectory: undefined, host: '127.0.0.1', port: 0, onFault }),
      ]);
      node = opened;
      agent = await agentOf(node);
      ids = [await install(agent, wasm), await install(agent, wasm)];
      talkers = ids.map((canisterId) => Actor.createActor<Talker>(interfaceOf, { agent, canisterId }));
    });
    after(async () => node?.close());

    async function linesOf(canister?: Principal): Promise<readonly Line[]> {
      const { body } = await raw(node.port, { path: `/_/logs${canister === undefined ? '' : `?canister=${canister.toText()}`}` });
      return (JSON.parse(body.toString()) as { readonly lines: readonly Line[] }).lines;
    }

    /** Lines that were printed meanwhile, when they are there. */
    async function printedBy(run: () => Promise<unknown>, count: number): Promise<readonly Line[]> {
      const before = (await linesOf()).length;
      await run();
      let lines: readonly Line[] = [];
      for (let waited = 0; lines.length < count && waited < 200; waited++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        lines = (await linesOf()).slice(before);
      }
      return lines;
    }

    it('is there with canister, method and time', async () => {
      const from = Date.now();
      const lines = await printedBy(() => talkers[0]!.look('Ada'), 1);
      assert.deepEqual(
        lines.map(({ text, canister, from, method }) => [text, canister, from, method]),
        [['looks at Ada', ids[0]!.toText(), 'query', 'look']],
      );
      const printedMs = Number(BigInt(lines[0]!.timestampNs) / 1_000_000n);
      assert.ok(printedMs >= from - 1 && printedMs <= Date.now() + 1, `${printedMs - from} ms after the call`);
    });

    it('is there with why the query trapped', async () => {
      const lines = await printedBy(() => assert.rejects(talkers[1]!.fail()), 3);
      assert.equal(lines[0]!.text, 'is about to fail');
      assert.match(lines.at(-1)!.text, /^\[TRAP\]: .*assertion failed/);
      assert.ok(lines.every(({ from, method, canister }) => from === 'query' && method === 'fail' && canister === ids[1]!.toText()));
    });

    it('is there once, of composite queries and what they ask too', async () => {
      const lines = await printedBy(() => talkers[0]!.through(ids[1]!, 'Bob'), 3);
      assert.deepEqual(
        lines.map(({ text, from, method, canister }) => [text, from, method, canister === ids[0]!.toText()]),
        [
          ['asks', 'composite_query', 'through', true],
          ['looks at Bob', 'query', 'look', false],
          ['heard Bob', 'composite_query', 'through', true],
        ],
      );
    });

    it('is there of inspect_message, before the update that it let in', async () => {
      const lines = await printedBy(() => talkers[0]!.write('down'), 2);
      assert.deepEqual(lines.map(({ text, from, method }) => [text, from, method]).toSorted(), [
        ['inspects', 'inspect_message', 'write'],
        ['writes down', undefined, undefined],
      ]);
    });

    it('is in no log of the canister, and counted', async () => {
      const logs = IDL.Record({ canister_log_records: IDL.Vec(IDL.Record({ content: IDL.Vec(IDL.Nat8) })) });
      const answer = await agent.query(MANAGEMENT, {
        methodName: 'fetch_canister_logs',
        arg: IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: ids[0]! }]),
        effectiveCanisterId: ids[0]!,
      });
      assert.ok('reply' in answer);
      const [{ canister_log_records: records }] = IDL.decode([logs], answer.reply.arg) as unknown as [
        { readonly canister_log_records: readonly { readonly content: Uint8Array }[] },
      ];
      assert.deepEqual(
        records.map(({ content }) => Buffer.from(content).toString()),
        ['writes down'],
      );
      const { body } = await raw(node.port, { path: '/metrics' });
      const families = readExposition(body.toString());
      assert.equal(valueOf(families, 'myelin_query_lines_total'), (await linesOf()).filter(({ from }) => from !== undefined).length);
      assert.equal(valueOf(families, 'myelin_query_lines_dropped_total'), 0);
    });

    it('leaves room on the page for what is in the logs', async () => {
      await printedBy(() => Promise.all(Array.from({ length: 60 }, () => talkers[1]!.look('again'))), 60);
      const { body } = await raw(node.port, { path: '/_/' });
      const page = body.toString();
      assert.match(page, /writes down/);
      assert.equal(page.split('looks at again').length - 1, 25);
    });
  });
}
