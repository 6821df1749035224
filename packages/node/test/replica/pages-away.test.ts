/**
 * A node that may have few pages in memory, with canisters that have many: the others lie in the checkpoint, and nobody can tell from an answer or a
 * digest.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, it, type TestContext } from 'node:test';
import { type PrincipalId, toHex } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import { type CanisterState, countResidentPages, RECORD_KIND, type ReplicatedState } from '@myelin/core/state';
import { createGenesis, type SubnetHost } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { openLocalNode, openNode, type LocalNode, type RunningNode } from '../../src/node/index.ts';
import { createHasher, openSubnetHost } from '../../src/replica/open-host.ts';
import { type Recovered, recover } from '../../src/replica/recover.ts';
import { openGenesis } from '../../src/replica/state-directory.ts';
import { createDice } from '../store/log-life.ts';
import { deploy, update } from './node-updates.ts';

const { program, reply, register, setRegister, stableGrow, stableRead, stableWrite, drop, filled } = script;

const CANISTERS = 32;
const STABLE_BYTES = 2 * 65_536;
const REGISTER_BYTES = 60_000;
/** Pages of one canister, in nodes of 32. */
const CANISTER_BYTES_MAX = 3 * 128 * 1024;
const RESIDENT_BYTES_MAX = 3 * 1024 * 1024;
/** When so much was read pages are counted again; a canister is read whole. */
const READ_BYTES_MAX: number = RESIDENT_BYTES_MAX / 4 + CANISTER_BYTES_MAX;
const CHECKPOINT_BATCHES = 12n;
/** Canisters that always have something to do, and all that a checkpoint may find changed. */
const HOT = 2;
const CHANGED_MAX = 5;

/** What a canister must hold. */
class Contents {
  readonly id: PrincipalId;
  readonly stable: Buffer;
  readonly #register: Buffer;
  note: string;

  constructor(id: PrincipalId, byte: number, stable: Buffer = Buffer.alloc(STABLE_BYTES, byte), note = 'new') {
    this.id = id;
    this.stable = stable;
    this.#register = Buffer.alloc(REGISTER_BYTES, byte);
    this.note = note;
  }

  static readonly question: Uint8Array = program(reply(stableRead(0, STABLE_BYTES), register(1), register(2)));

  get answer(): Buffer {
    return Buffer.concat([this.stable, this.#register, Buffer.from(this.note)]);
  }

  copy(): Contents {
    return new Contents(this.id, this.#register[0]!, Buffer.from(this.stable), this.note);
  }

  /** A message that changes it, and looks at all of it. */
  change(step: number, at: number): Uint8Array {
    const byte = 1 + (step % 255);
    this.stable.fill(byte, at, at + 3_000);
    this.note = `step ${step}`;
    return program(
      stableWrite(at, filled(3_000, byte)),
      setRegister(2, this.note),
      reply(stableRead(0, STABLE_BYTES), register(1), register(2)),
    );
  }
}

async function fill(node: RunningNode): Promise<Contents[]> {
  const wasm = await universalCanister();
  const all: Contents[] = [];
  for (let index = 0; index < CANISTERS; index++) {
    const id = await deploy(node, wasm);
    const byte = 101 + index;
    const fillers = [drop(stableGrow(2)), stableWrite(0, filled(STABLE_BYTES, byte)), setRegister(1, filled(REGISTER_BYTES, byte))];
    await update(node, id, 'update', program(...fillers, setRegister(2, 'new'), reply('filled')));
    all.push(new Contents(id, byte));
  }
  return all;
}

async function assertAnswers({ replica }: RunningNode, contents: Contents, what: string): Promise<void> {
  const call = { requestId: new Uint8Array(32), sender: '04' as PrincipalId, canisterId: contents.id, methodName: 'query' };
  const { answer } = await replica.query({ ...call, arg: Contents.question });
  assert.ok(answer.status === 'replied', `${what}: ${JSON.stringify(answer)}`);
  assert.ok(contents.answer.equals(answer.arg), `${what}: other bytes than were written`);
}

async function assertUpdates(node: RunningNode, contents: Contents, step: number, at: number): Promise<void> {
  const answer = await update(node, contents.id, 'update', contents.change(step, at));
  assert.ok(contents.answer.equals(answer), `step ${step}: other bytes than were written`);
}

let walks = 2 ** 40;

/** Bytes of pages of a state in memory. */
function residentBytes({ canisters }: ReplicatedState): number {
  const walk = walks++;
  let bytes = 0;
  for (const [, canister] of canisters.loadedFrom('')) bytes += countResidentPages(canister, walk);
  return bytes;
}

function leavesAway(pages: CanisterState['stable']): number {
  return [...pages.leaves()].filter(([, leaf]) => leaf.isAway).length;
}

/** Waits until no checkpoint is taken and no pages go. @returns the checkpoints so far. */
async function settled(node: RunningNode): Promise<number> {
  for (;;) {
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    const { checkpoints } = await node.replica.snapshot();
    assert.ok(checkpoints !== undefined);
    if (!checkpoints.running) return checkpoints.taken;
  }
}

/** The replica of a directory with all pages in memory, which runs the batches that a node runs. */
class Twin {
  readonly #found: Recovered;
  readonly #batches: Batch[] = [];

  private constructor(found: Recovered, { host }: LocalNode) {
    this.#found = found;
    const execute = host.executeBatch.bind(host);
    host.executeBatch = (batch) => {
      this.#batches.push(batch);
      return execute(batch);
    };
  }

  /** @param copy - where a copy of the directory may lie. @param node - at rest. */
  static async open(context: TestContext, directory: string, copy: string, node: LocalNode): Promise<Twin> {
    await cp(directory, copy, { recursive: true });
    const hasher = createHasher();
    const genesis = createGenesis(await openGenesis(copy, 0n), hasher);
    const found = await recover(copy, genesis, (state) => openSubnetHost(state, genesis, hasher), { pages: 'at once' });
    context.after(async () => {
      await found.log.close();
      await found.store.close();
    });
    return new Twin(found, node);
  }

  async assertSame(host: SubnetHost): Promise<void> {
    const { host: own } = this.#found;
    for (const batch of this.#batches.splice(0)) await own.runBatch(batch);
    assert.equal(own.state.height, host.state.height);
    assert.equal(toHex(own.digest()), toHex(host.digest()));
    for (const { heap, stable } of own.state.canisters.values()) assert.equal(leavesAway(heap.pages) + leavesAway(stable), 0);
    assert.ok(residentBytes(own.state) > 2.5 * RESIDENT_BYTES_MAX, 'it has more in memory than the node may have');
  }
}

const CHECKPOINTS = { logBytes: 2 ** 40, batches: CHECKPOINT_BATCHES, residentBytesMax: RESIDENT_BYTES_MAX };
const NODE = { host: '127.0.0.1', port: 0, checkpoints: CHECKPOINTS, onFault: (error: unknown) => assert.fail(String(error)) };

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'myelin-away-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function diceOf(context: TestContext): (below: number) => number {
  const seed = Number(process.env['MYELIN_SEED'] ?? Date.now() % 1_000_000);
  context.diagnostic(`MYELIN_SEED=${seed}`);
  return createDice(seed);
}

/** Updates of a few canisters again and again, now and then one of the others, and queries of any. */
async function work(context: TestContext, node: LocalNode, all: readonly Contents[], checkpointsMin: number): Promise<void> {
  const dice = diceOf(context);
  const held: { readonly state: ReplicatedState; readonly contents: readonly Contents[] }[] = [];
  let taken = await settled(node);
  const end = taken + checkpointsMin;
  let updated = new Set<Contents>();
  let most = 0;
  for (let step = 0; taken < end; step++) {
    assert.ok(step < 1_000, 'checkpoints are taken');
    const contents = all[step % 5 === 4 ? dice(CANISTERS) : step % HOT]!;
    updated.add(contents);
    // The checkpoint that an update may bring about is not read beside.
    await assertAnswers(node, all[dice(CANISTERS)]!, `query before step ${step}`);
    await assertUpdates(node, contents, step, dice(STABLE_BYTES - 3_000));
    const before = taken;
    taken = await settled(node);
    const { state } = node.host.certified;
    const resident = residentBytes(state);
    most = Math.max(most, resident);
    // What was changed is in memory until a checkpoint has it.
    assert.ok(resident <= RESIDENT_BYTES_MAX + READ_BYTES_MAX + CHANGED_MAX * CANISTER_BYTES_MAX, `${resident} bytes after step ${step}`);
    if (taken === before) continue;
    assert.ok(resident <= RESIDENT_BYTES_MAX, `${resident} bytes after a checkpoint`);
    const stableOf = ({ id }: Contents): CanisterState['stable'] => state.canisters.get(id)!.stable;
    // The first one finds what was changed before, too.
    const inUse = held.length === 0 ? [] : all.slice(0, HOT).filter((each) => updated.has(each));
    for (const hot of inUse) assert.equal(leavesAway(stableOf(hot)), 0, 'what is in use stays');
    assert.ok(all.some((each) => leavesAway(stableOf(each)) > 0));
    updated = new Set();
    held.push({ state, contents: all.map((each) => each.copy()) });
  }
  // Queries of the others do not send away what the last checkpoint found changed.
  for (const each of all.slice(HOT)) {
    await assertAnswers(node, each, 'query of a canister at rest');
    await settled(node);
    for (const { id } of all.slice(0, HOT))
      assert.equal(leavesAway(node.host.certified.state.canisters.get(id)!.stable), 0, 'it is still in use');
  }
  context.diagnostic(`${most} bytes of pages in memory at most, ${RESIDENT_BYTES_MAX} after a checkpoint`);
  // Whoever still holds an older state finds its pages, though the checkpoint has others by now.
  for (const { state, contents } of held)
    for (const { id, stable } of contents)
      assert.ok(stable.equals(state.canisters.get(id)!.stable.read(0, STABLE_BYTES)), `the state of height ${state.height}`);
}

describe('pages that are away from memory', { timeout: 240_000 }, () => {
  it('are those of canisters at rest, stay within the bound, and come back as they were, also after a restart', async (context) => {
    const folder = await temporaryFolder(context);
    const options = { ...NODE, stateDirectory: join(folder, 'node') };
    const first = await openLocalNode(options);
    const twin = await Twin.open(context, options.stateDirectory, join(folder, 'twin'), first);
    const all = await fill(first);
    await work(context, first, all, 6);
    await twin.assertSame(first.host);
    await first.close();

    const second = await openLocalNode(options);
    assert.equal(residentBytes(second.host.state), 0, 'a start reads no pages');
    const other = await Twin.open(context, options.stateDirectory, join(folder, 'other'), second);
    const height = second.host.state.height;
    for (const [index, contents] of all.entries()) {
      await assertAnswers(second, contents, `canister ${index} after the restart`);
      await settled(second);
      const resident = residentBytes(second.host.certified.state);
      assert.ok(resident <= RESIDENT_BYTES_MAX + READ_BYTES_MAX, `${resident} bytes though only queries were asked`);
    }
    assert.equal(second.host.state.height, height, 'there was no batch');
    await work(context, second, all, 2);
    await other.assertSame(second.host);
    await second.close();
  });

  it('are what query threads read, before and after they were changed, and after a restart', async (context) => {
    const folder = await temporaryFolder(context);
    const dice = diceOf(context);
    const options = { ...NODE, stateDirectory: join(folder, 'node'), checkpoints: { ...CHECKPOINTS, residentBytesMax: 0 } };
    let node = await openNode(options);
    const all = await fill(node);
    for (let run = 0; run < 2; run++) {
      for (const [index, contents] of all.entries()) await assertAnswers(node, contents, `canister ${index}, run ${run}`);
      for (let step = 0; step < 2 * Number(CHECKPOINT_BATCHES); step++) {
        const contents = all[dice(CANISTERS)]!;
        await assertUpdates(node, contents, run * 100 + step, dice(STABLE_BYTES - 3_000));
        await assertAnswers(node, contents, `after step ${step}, run ${run}`);
        await assertAnswers(node, all[dice(CANISTERS)]!, `another one after step ${step}, run ${run}`);
      }
      await settled(node);
      for (const [index, contents] of all.entries()) await assertAnswers(node, contents, `canister ${index} after run ${run}`);
      await node.close();
      node = await openNode(options);
    }
    for (const [index, contents] of all.entries()) await assertAnswers(node, contents, `canister ${index} at the end`);
    await node.close();
  });

  it('are in the store alone, also in a node of several threads: one that is damaged there meanwhile is met', async (context) => {
    const folder = await temporaryFolder(context);
    const { promise: stopped, resolve } = Promise.withResolvers<unknown>();
    const checkpoints = { ...CHECKPOINTS, residentBytesMax: 0 };
    const node = await openNode({ ...NODE, stateDirectory: join(folder, 'node'), checkpoints, onFault: resolve });
    const all = await fill(node);
    const [busy, , cold] = all as [Contents, Contents, Contents];
    const taken = await settled(node);
    for (let step = 0; (await settled(node)) < taken + 2; step++) await assertUpdates(node, busy, step, 0);

    const database = new DatabaseSync(join(folder, 'node', 'checkpoint', 'checkpoint.db'));
    const kind = RECORD_KIND.pages.toString(16).padStart(2, '0');
    const rows = database.prepare('SELECT key, value FROM record WHERE hex(key) LIKE ?').all(`${kind}%${cold.id}%`);
    assert.ok(rows.length >= 2, 'of the heap and of stable memory');
    for (const { key, value } of rows as { readonly key: Uint8Array; readonly value: Uint8Array }[]) {
      value[value.length - 1]! ^= 1;
      database.prepare('UPDATE record SET value = ? WHERE key = ?').run(value, key);
    }
    database.close();
    await assertAnswers(node, busy, 'a canister in use');
    const asked = assertAnswers(node, cold, 'a canister at rest').catch(() => undefined);
    assert.equal(((await stopped) as { readonly detail?: { readonly code: string } }).detail?.code, 'CHECKPOINT_UNREADABLE');
    await node.close().catch(() => undefined);
    await asked;
  });
});
