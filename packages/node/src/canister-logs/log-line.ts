/**
 * Lines of the canisters' logs as the operator of a node sees them: plain data.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';

export type CanisterLogLine = {
  /** Counts the lines of this feed, from 0. */
  readonly sequence: number;
  readonly canister: PrincipalId;
  /** Counts the records of the canister. */
  readonly index: number;
  /** Nanoseconds since 1970, decimal. */
  readonly timestampNs: string;
  /** What the canister wrote, as UTF-8 with replacements, cut where it is very long. */
  readonly text: string;
  /** Records of this canister before this one that its log had dropped before anybody saw them. */
  readonly lost: number;
};

/** Where a reader stands. A feed that began anew has another epoch. */
export type LogPosition = { readonly epoch: string; readonly sequence: number };

export type LogQuestion = {
  /** What comes behind it is read; undefined for all that is there. */
  readonly after: LogPosition | undefined;
  /** Undefined for all canisters. */
  readonly canisters: readonly PrincipalId[] | undefined;
  readonly linesMax: number;
  /** For how long an answer without lines may be put off. Milliseconds. */
  readonly waitMs: number;
};

export type LogAnswer = {
  readonly position: LogPosition;
  readonly lines: readonly CanisterLogLine[];
  /** Lines after the reader's position that the feed has dropped: the reader is too slow, or was away. */
  readonly dropped: number;
};
