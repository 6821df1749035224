/**
 * A node under load that is killed at random moments, again and again, on one directory.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { universalCanister } from '@myelin/test-canisters';
import { table, writeReport } from './report.ts';
import { checkDirectory, startWork } from './work-run.ts';

/** Updates that wait at the same time. */
const AT_ONCE = 6;
const CHECKPOINT_BATCHES = 7;
/** A process is killed after it has said so many lines at most: three for each update. */
const LINES_MAX = 160;

/** What came of it. */
export type Kills = {
  readonly kills: number;
  readonly acknowledged: number;
  /** Updates that were sent, and lost with the process before anybody was told of them. */
  readonly unanswered: number;
  /** Kills after which batches had to be run again, and those between which a checkpoint was completed. */
  readonly replays: number;
  readonly checkpoints: number;
  readonly height: number;
};

/**
 * Kills a node so often, each time after it has said a random number of lines.
 * @param goOn - told of each kill; whether there shall be another one.
 * @throws AssertionError when something that was acknowledged is lost or ran twice, or a state differs from the one that was told
 */
export async function killRepeatedly(
  folder: string,
  kills: number,
  seed: number,
  goOn: (kill: number) => boolean = () => true,
): Promise<Kills> {
  const directory = join(folder, 'node');
  const wasm = join(folder, 'universal.wasm');
  writeFileSync(wasm, await universalCanister());
  const acknowledged = new Set<number>();
  const sent = new Set<number>();
  let [done, replays, checkpoints, checkpoint, height, entries] = [0, 0, 0, 0, 0, 0];
  for (let kill = 1; kill <= kills; kill++) {
    const { child, said, ended } = startWork({
      directory,
      wasm,
      updates: 0,
      atOnce: AT_ONCE,
      checkpointBatches: CHECKPOINT_BATCHES,
      isLocal: kill % 2 === 0,
    });
    // A moment of its work, however fast the machine is, and then some milliseconds.
    const moment = Math.imul(seed + kill, 2_654_435_761) >>> 0;
    await said(1 + (moment % LINES_MAX));
    await setTimeout((moment >>> 16) % 12);
    child.kill('SIGKILL');
    const result = await ended;
    if (result.signal !== 'SIGKILL') throw new Error(`kill ${kill}: it ended by itself: ${JSON.stringify(result.fault)} ${result.stderr}`);
    const found = await checkDirectory(directory, result, { acknowledged, sent }).catch((error: unknown) => {
      throw new Error(`MYELIN_SEED=${seed}, kill ${kill}: ${String(error)}`, { cause: error });
    });
    for (const number of result.acknowledged) acknowledged.add(number);
    for (const number of result.sent) sent.add(number);
    if (found.replayed > 0) replays++;
    if (found.checkpoint > checkpoint) checkpoints++;
    ({ checkpoint, height, entries } = found);
    done = kill;
    if (!goOn(kill)) break;
  }
  return { kills: done, acknowledged: acknowledged.size, unanswered: sent.size - entries, replays, checkpoints, height };
}

/** The long form, with a report. @returns the number of failures */
export async function runKills(minutesMax: number): Promise<number> {
  const kills = Number(process.env['MYELIN_KILLS'] ?? 200);
  const seed = Number(process.env['MYELIN_SEED'] ?? Date.now() % 1_000_000);
  const started = performance.now();
  const minutes = (): number => (performance.now() - started) / 60_000;
  const folder = mkdtempSync(join(tmpdir(), 'myelin-kills-'));
  try {
    console.log(`${kills} kills, MYELIN_SEED=${seed}`);
    const found = await killRepeatedly(folder, kills, seed, (kill) => {
      if (kill % 10 === 0) console.log(`${kill} of ${kills}, ${minutes().toFixed(1)} minutes`);
      return minutes() < minutesMax;
    });
    const path = writeReport('kills', 'A node under load that is killed', 'npm run faults -- kills', minutes(), [
      `A node works with ${AT_ONCE} updates waiting at any time and a checkpoint every ${CHECKPOINT_BATCHES} batches, and is killed (SIGKILL) at a random moment of its first ${Math.floor(LINES_MAX / 3)} updates; the next one goes on with the same directory. After each kill: every update that was acknowledged by any of them is there once, none twice, none that was not sent; the state has the digest that was told of its height (every other node runs in one thread and tells; the others run in several, as a network that is started does); all invariants hold; a second look gives the same digest.`,
      table(
        ['', ''],
        [
          ['Kills', found.kills === kills ? kills : `${found.kills} of ${kills}`],
          ['Seed', seed],
          ['Acknowledged updates, each there once', found.acknowledged],
          ['Sent updates that were lost before they were acknowledged', found.unanswered],
          ['Kills after which batches were run again', found.replays],
          ['Kills before which a checkpoint was completed', found.checkpoints],
          ['Height at the end', found.height],
          ['Lost or run twice', 0],
          ['Digests that differ', 0],
        ],
      ),
    ]);
    console.log(`${found.kills} of ${kills} kills, nothing lost: ${path}`);
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
