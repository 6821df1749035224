/**
 * The upgrade rule: a state that was left by a clean stop goes over to this program's protocol version; what an older version still has to run, only
 * that version can run; what a newer one wrote is refused.
 * @module
 */
import { IcError } from '@myelin/core/base';
import { type Batch, canUpgradeProtocol, PROTOCOL_VERSION, upgradeProtocol } from '@myelin/core/execution';
import type { ReplicatedState } from '@myelin/core/state';

/** Protocol version of a program, and how a state comes to it. */
export type Protocol = { readonly version: number; readonly upgrade: (state: ReplicatedState) => void };

export const CURRENT_PROTOCOL: Protocol = { version: PROTOCOL_VERSION, upgrade: (state) => upgradeProtocol(state) };

/** The last release of each protocol version. */
const RELEASES: Readonly<Record<number, string>> = { 1: '0.1.0' };

/** What `PROTOCOL_VERSION_OLDER` says beside its message: the release that can finish the work, where it is known. */
export type OlderProtocol = { readonly code: 'PROTOCOL_VERSION_OLDER'; readonly release: string | undefined };

function older(version: number, current: number, why: string): IcError<OlderProtocol> {
  const release = RELEASES[version];
  const program = release === undefined ? 'the release that wrote it' : `release ${release}`;
  return new IcError(
    { code: 'PROTOCOL_VERSION_OLDER', release },
    `${why} by protocol version ${version}, this program runs version ${current}: only the older one can run it. Start the state directory once with ${program} and stop that with Ctrl-C, then start this one; nothing was changed`,
  );
}

/** What was written is newer than this program. */
export function newerProtocol(what: string, version: number | undefined, current: number): IcError {
  return new IcError(
    { code: 'PROTOCOL_VERSION_NEWER' },
    `${what} was written by protocol version ${version ?? 'unknown'}, this program runs version ${current}: use the newest release; nothing was changed`,
  );
}

/** @throws IcError `PROTOCOL_VERSION_OLDER`, `PROTOCOL_VERSION_NEWER` when a batch of the log is another version's */
export function checkBatchVersion({ height, protocolVersion }: Batch, { version }: Protocol): void {
  if (protocolVersion < version)
    throw older(protocolVersion, version, `the node did not stop in order: batch ${height} and those after it were made`);
  if (protocolVersion > version) throw newerProtocol(`batch ${height} of the input log`, protocolVersion, version);
}

/** Brings a state to the version of this program. @throws IcError `PROTOCOL_VERSION_OLDER` */
export function upgradeState(state: ReplicatedState, { version, upgrade }: Protocol): void {
  if (!canUpgradeProtocol(state)) throw older(state.protocolVersion, version, 'a message that takes long was begun, and not finished,');
  upgrade(state);
}
