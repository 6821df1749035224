/**
 * A copy of a network's state, taken while a node may run it: what is tried on the copy changes nothing there.
 *
 * The files are copied before they are opened, as opening a log cuts a torn end off, which may be a record that is being written. The checkpoint
 * comes first: a log that is copied later reaches beyond it, unless a newer checkpoint has removed segments in between; then both are copied
 * again.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IcError } from '@myelin/core/base';
import type { ReplicatedState } from '@myelin/core/state';
import { createGenesis, type Network, openNetwork, type SubnetHost } from '@myelin/network';
import { createNodeBlsSigner, loadBls } from '../crypto/index.ts';
import { copyCheckpoint } from '../store/index.ts';
import { createHasher, openSubnetHost } from './open-host.ts';
import { recover } from './recover.ts';
import { CHECKPOINT_FOLDER, findGenesis, LOG_FOLDER, placeOf } from './state-directory.ts';

/** Checkpoints are minutes apart: more than one in the way of a copy is rare. */
const TRIES_MAX = 5;

/** What tells that files were replaced while they were copied. */
function isOvertaken(error: unknown): boolean {
  if (error instanceof IcError) return error.detail.code === 'INPUT_LOG_GAP';
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function copyLog(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((candidate) => candidate.endsWith('.log')).toSorted()) await copyFile(join(from, name), join(to, name));
}

async function readCopy(directory: string, folder: string): Promise<Network> {
  const place = await placeOf(directory);
  const existing = await findGenesis(place);
  if (existing === undefined) throw new IcError({ code: 'STATE_MISSING' }, `there is no network in ${directory}`);
  for (const name of [CHECKPOINT_FOLDER, LOG_FOLDER]) await mkdir(join(folder, name), { recursive: true });
  await copyCheckpoint(join(place, CHECKPOINT_FOLDER), join(folder, CHECKPOINT_FOLDER));
  await copyLog(join(place, LOG_FOLDER), join(folder, LOG_FOLDER));
  const hasher = createHasher();
  const genesis = createGenesis(existing.options, hasher);
  const openHost = (state: ReplicatedState): SubnetHost => openSubnetHost(state, genesis, hasher);
  // The copy goes, so nothing can be read later.
  const { host, log, store } = await recover(folder, genesis, openHost, { pages: 'at once' });
  await log.close();
  await store.close();
  return openNetwork(genesis, host.state, { hasher, seed: randomBytes(32), blsSigner: createNodeBlsSigner(genesis.blsSecretKey) });
}

/**
 * Reads the state of a directory into a network of this process. The directory stays as it is, and a node may go on to run it.
 * @returns a network that stands where the newest batch on disk left it.
 * @throws IcError `STATE_MISSING`, and those of a start
 */
export async function copyNetwork(directory: string): Promise<Network> {
  await loadBls();
  for (let tries = 1; ; tries++) {
    // Holds the network's state for a moment, as private as the state itself.
    const folder = await mkdtemp(join(tmpdir(), 'myelin-copy-'));
    try {
      return await readCopy(directory, folder);
    } catch (error) {
      if (tries === TRIES_MAX || !isOvertaken(error)) throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
