/**
 * From what a state directory holds to a replica that stands where it stood: the newest checkpoint, then the batches after it.
 * @module
 */
import { join } from 'node:path';
import { equalBytes, IcError, toHex } from '@myelin/core/base';
import { buildCanisterModule } from '@myelin/core/execution';
import { type CanisterModule, forkState, type ReplicatedState, StateBuilder, StateRecorder } from '@myelin/core/state';
import { REWRITING_VERSION } from '@myelin/core/wasm';
import type { Genesis, SubnetHost } from '@myelin/network';
import { nodeHasher } from '../crypto/index.ts';
import { type CheckpointStore, FileInputLog, lookedAtDisk, ModuleFiles, nodeDisk, removeAside, SqliteCheckpoints } from '../store/index.ts';
import { PageKeeper, RESIDENT_BYTES_DEFAULT } from './page-keeper.ts';
import { checkBatchVersion, CURRENT_PROTOCOL, newerProtocol, type Protocol, upgradeState } from './protocol-versions.ts';
import { asideDirectory, CHECKPOINT_FOLDER, LOG_FOLDER, MODULES_FOLDER } from './state-directory.ts';

export type Recovered = {
  readonly host: SubnetHost;
  readonly log: FileInputLog;
  readonly store: CheckpointStore;
  /** Knows what the store holds. */
  readonly recorder: StateRecorder;
  /** Has what is not in memory. */
  readonly keeper: PageKeeper;
  /** Has the modules that earlier runs have rewritten. */
  readonly modules: ModuleFiles;
  /** Batches that were run again. */
  readonly replayed: number;
};

function unusable(why: string): IcError {
  return new IcError(
    { code: 'CHECKPOINT_UNREADABLE' },
    `the checkpoint of this state directory can not be used: ${why}. Restore the whole directory from a backup or a snapshot; nothing was changed`,
  );
}

/** @param files - has what an earlier run has rewritten. */
function loadModule(files: ModuleFiles, source: Uint8Array, hash: string): CanisterModule {
  // The digest of the state has the hash only.
  if (toHex(nodeHasher.sha256(source)) !== hash) throw unusable(`the module ${hash} is damaged`);
  const known = files.read(source, hash);
  if (known !== undefined) return known;
  const built = buildCanisterModule(source, hash);
  if (!built.ok) throw unusable(`the module ${hash} is refused: ${built.error.message}`);
  files.miss(built.value);
  return built.value;
}

type CheckpointParts = { readonly store: CheckpointStore; readonly keeper: PageKeeper; readonly modules: ModuleFiles };

function readCheckpoint({ store, keeper, modules }: CheckpointParts, { version }: Protocol, pages: PagesRead): ReplicatedState | undefined {
  if (store.mark === undefined) return undefined;
  const { protocolVersion } = store.mark;
  if (protocolVersion > version) throw newerProtocol('the checkpoint of this state directory', protocolVersion, version);
  const isLazy = pages === 'when needed';
  const builder = new StateBuilder(
    (source, hash) => loadModule(modules, source, hash),
    isLazy ? { shelf: keeper.shelf, nodes: keeper.nodes, hasher: nodeHasher } : undefined,
  );
  for (const { key, value } of store.records(isLazy ? 'without pages' : 'all')) builder.add(key, value);
  return builder.finish();
}

function compareDigest(host: SubnetHost, height: bigint, digest: Uint8Array, what: string): void {
  const actual = host.digest();
  if (equalBytes(actual, digest)) return;
  throw new IcError(
    { code: 'STATE_DIVERGED' },
    `${what} gives another state at height ${height} than the one that was there (${toHex(actual)} instead of ${toHex(digest)}): the directory is damaged, or this program has a mistake. The node does not start, for it must not sign a wrong state. Keep the directory, report this, and restore a backup`,
  );
}

type OpenHost = (state: ReplicatedState) => SubnetHost;

/** A replica that stands where `host` stands, under the rules of a version. The same host when it is of that version. */
function upgraded(host: SubnetHost, openHost: OpenHost, protocol: Protocol): SubnetHost {
  if (host.state.protocolVersion === protocol.version) return host;
  const state = forkState(host.state);
  upgradeState(state, protocol);
  return openHost(state);
}

/**
 * When pages are read: all of them at once, which shows what the disk has damaged, or each when it is needed. Either way they are compared with their
 * digests before they are used.
 */
export type PagesRead = 'at once' | 'when needed';

export type RecoverOptions = {
  readonly protocol?: Protocol;
  readonly pages?: PagesRead;
  readonly residentBytesMax?: number;
  /**
   * A folder for a copy of what a crash has left. With it nothing in the directory changes, and the log and the store that come back take nothing.
   */
  readonly aside?: string;
  /** Whether every record of the checkpoint must be the one that its state would be written as, what is only needed later included. */
  readonly compareRecords?: boolean;
};

/** @param state - hashed, with all its pages: that of the checkpoint. */
function compareRecords(store: CheckpointStore, state: ReplicatedState): void {
  const expected = new StateRecorder(nodeHasher).record(state);
  for (const { key, value } of store.records()) {
    const { value: wanted } = expected.next();
    if (!wanted || !equalBytes(wanted.key, key) || wanted.value === undefined || !equalBytes(wanted.value, value))
      throw unusable('a record is not what its state would be written as: it is damaged, or was made by other means than this program');
  }
  if (expected.next().done !== true) throw unusable('it lacks records of its state');
}

/**
 * Opens a state directory.
 * @param openHost - makes the replica of a state.
 * @throws IcError `CHECKPOINT_UNREADABLE`, `STATE_DIVERGED`, `STATE_RECORD_MALFORMED`, `STATE_DISK_FAILED`, `PROTOCOL_VERSION_OLDER`,
 *   `PROTOCOL_VERSION_NEWER`, and those of the input log.
 */
export async function recover(
  directory: string,
  genesis: Genesis,
  openHost: OpenHost,
  {
    protocol = CURRENT_PROTOCOL,
    pages = 'when needed',
    residentBytesMax = RESIDENT_BYTES_DEFAULT,
    compareRecords: compares = false,
    aside,
  }: RecoverOptions = {},
): Promise<Recovered> {
  const checkpointFolder = join(directory, CHECKPOINT_FOLDER);
  const store = aside === undefined ? SqliteCheckpoints.open(checkpointFolder) : SqliteCheckpoints.openToRead(checkpointFolder, aside);
  try {
    if (aside === undefined) removeAside(asideDirectory(directory));
    const keeper = new PageKeeper(store, nodeHasher, residentBytesMax);
    const modules = new ModuleFiles(join(directory, MODULES_FOLDER), `${protocol.version}.${REWRITING_VERSION}`);
    const state = readCheckpoint({ store, keeper, modules }, protocol, pages);
    if (state !== undefined && !equalBytes(state.rootKey, genesis.state.rootKey))
      throw unusable('it is that of another network than genesis.json');
    let host = openHost(state ?? genesis.state);
    if (store.mark !== undefined) compareDigest(host, store.mark.height, store.mark.digest, 'the checkpoint');
    if (compares && state !== undefined) compareRecords(store, host.certified.state);
    const recorder = new StateRecorder(nodeHasher, state === undefined ? undefined : host.certified.state);
    let replayed = 0;
    const log = await FileInputLog.open({
      folder: join(directory, LOG_FOLDER),
      disk: aside === undefined ? nodeDisk : lookedAtDisk,
      height: host.state.height,
      replay: async (batch) => {
        checkBatchVersion(batch, protocol);
        // Once the state was another version's: where its first batch of this one is, it went over.
        host = upgraded(host, openHost, protocol);
        await host.runBatch(batch);
        replayed++;
      },
      compare: (height, digest) => compareDigest(host, height, digest, 'running the input log again'),
    });
    try {
      host = upgraded(host, openHost, protocol);
    } catch (error) {
      await log.close();
      throw error;
    }
    return { host, log, store, recorder, keeper, modules, replayed };
  } catch (error) {
    await store.close();
    throw error;
  }
}
