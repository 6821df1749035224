/**
 * What can be done with the state of a network that does not run: look whether it is whole, write it to a file, make it from one.
 * @module
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, IcError, toHex, utf8, fromUtf8 } from '@myelin/core/base';
import { PROTOCOL_VERSION } from '@myelin/core/execution';
import { StateRecorder } from '@myelin/core/state';
import { createGenesis } from '@myelin/network';
import { loadBls, nodeHasher } from '../crypto/index.ts';
import { FileInputLog, NOTES_BYTES_MAX, SqliteCheckpoints, StateFileReader, writeStateFile } from '../store/index.ts';
import { createHasher, openSubnetHost } from './open-host.ts';
import { newerProtocol } from './protocol-versions.ts';
import { type PagesRead, type Recovered, recover } from './recover.ts';
import {
  asideDirectory,
  CHECKPOINT_FOLDER,
  comingDirectory,
  type ExistingGenesis,
  findGenesis,
  finishReplacement,
  holdNetwork,
  LOG_FOLDER,
  pathExists,
  placeOf,
  replaceNetwork,
  settleReplacement,
  undoReplacement,
  writeGenesis,
} from './state-directory.ts';

/** What a state is, for people and programs. */
export type StateSummary = {
  readonly height: bigint;
  /** Replicated time, nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Full digest, hexadecimal. */
  readonly digest: string;
  readonly canisters: number;
  /** Memory of all canisters, in bytes. */
  readonly memoryBytes: bigint;
  /** DER. */
  readonly rootKeyDer: Uint8Array;
  /** Batches that were run after the checkpoint to come to it. */
  readonly replayed: number;
};

function noNetwork(directory: string): IcError {
  return new IcError({ code: 'STATE_MISSING' }, `there is no network in ${directory}: name another state folder, or start one first`);
}

/** Looks at the state of a directory and changes nothing in it, whatever a crash has left. */
async function withState<T>(
  directory: string,
  pages: PagesRead,
  use: (found: Recovered, genesis: ExistingGenesis) => Promise<T> | T,
): Promise<T> {
  const place = await placeOf(directory);
  const existing = await findGenesis(place);
  if (existing === undefined) throw noNetwork(directory);
  await loadBls();
  const hasher = createHasher();
  const genesis = createGenesis(existing.options, hasher);
  const found = await recover(place, genesis, (state) => openSubnetHost(state, genesis, hasher), {
    pages,
    aside: asideDirectory(directory),
    compareRecords: pages === 'at once',
  });
  try {
    return await use(found, existing);
  } finally {
    await found.log.close();
    await found.store.close();
  }
}

function summarise({ host, replayed }: Recovered): StateSummary {
  const { state } = host.certified;
  return {
    height: state.height,
    timeNs: state.timeNs,
    digest: toHex(host.digest()),
    canisters: state.canisters.size,
    memoryBytes: state.memoryBytes,
    rootKeyDer: state.rootKey,
    replayed,
  };
}

/**
 * Reads everything, runs the batches after the checkpoint, and compares digests and invariants. Changes nothing: no file there is another one
 * afterwards, also when a crash has left something to put in order for the next start.
 * @throws IcError `STATE_MISSING`, and those of a start
 */
export async function verifyState(directory: string): Promise<StateSummary> {
  return await withState(directory, 'at once', (found) => {
    found.host.checkInvariants();
    return summarise(found);
  });
}

/**
 * Writes the network of a directory to a file.
 * @param notesOf - what shall be in the file beside the state of the network with that root key (DER), at most 1 MiB; it comes back with the import.
 * @throws IcError as {@link verifyState}
 */
export async function exportState(
  directory: string,
  file: string,
  notesOf: (rootKeyDer: Uint8Array) => Promise<Uint8Array | undefined> = async () => undefined,
): Promise<StateSummary> {
  return await withState(directory, 'when needed', async (found, { text }) => {
    const { certified } = found.host;
    const { height, protocolVersion } = certified.state;
    const mark = { height, digest: certified.digest(), protocolVersion };
    const notes = await notesOf(certified.state.rootKey);
    assert(notes === undefined || notes.length <= NOTES_BYTES_MAX, 'notes are no longer than what is read back');
    const head = { genesis: utf8(text), mark, ...(notes === undefined ? {} : { notes }) };
    await writeStateFile(file, head, new StateRecorder(nodeHasher).record(certified.state));
    return summarise(found);
  });
}

/** A state that was made from a file. */
export type ImportedState = StateSummary & {
  /** What was in the file beside the state. */
  readonly notes: Uint8Array | undefined;
  /** Why its name is not durable yet, or some of the network that gave way is still there beside it; a start tries again to remove it. */
  readonly leftover?: string;
};

/** Fills a directory from a file and looks whether it can be started from. */
async function unpack(file: string, directory: string): Promise<ImportedState> {
  const reader = await StateFileReader.open(file);
  const { genesis, mark, notes } = reader.head;
  try {
    if (mark.protocolVersion > PROTOCOL_VERSION) throw newerProtocol(file, mark.protocolVersion, PROTOCOL_VERSION);
    await writeGenesis(directory, fromUtf8(genesis) ?? '');
    const store = SqliteCheckpoints.open(join(directory, CHECKPOINT_FOLDER));
    try {
      await store.write(mark, reader.records());
      await FileInputLog.begin(join(directory, LOG_FOLDER), mark.height);
    } finally {
      await store.close();
    }
  } finally {
    await reader.close();
  }
  return { ...(await verifyState(directory)), notes };
}

/**
 * Makes the network of a directory from a file. It is there as a whole or not at all.
 * @param replace - whether a network that is there already gives way.
 * @throws IcError `STATE_EXISTS`, `STATE_FILE_UNREADABLE`, `STATE_DIRECTORY_IN_USE` when a node runs it, and those of a start
 */
export async function importState(file: string, directory: string, replace = false): Promise<ImportedState> {
  await settleReplacement(directory);
  if (!replace && (await pathExists(directory))) {
    throw new IcError(
      { code: 'STATE_EXISTS' },
      `there is a network in ${directory} already: name another state folder, or allow it to be replaced`,
    );
  }
  // Told before the file is read, not after.
  holdNetwork(directory).release();
  const coming = comingDirectory(directory);
  await rm(coming, { recursive: true, force: true });
  let imported: ImportedState;
  try {
    imported = await unpack(file, coming);
    await replaceNetwork(directory);
  } catch (error) {
    // Why it was not imported says more than what putting it in order may add.
    await undoReplacement(directory).catch(() => undefined);
    await rm(coming, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  // The network has its name: whatever becomes of the other one, it was imported.
  const leftover = await finishReplacement(directory);
  return leftover === undefined ? imported : { ...imported, leftover };
}
