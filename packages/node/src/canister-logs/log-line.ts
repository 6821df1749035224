/**
 * Lines of the canisters' logs as the operator of a node sees them: plain data.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { PrintedBy } from '@myelin/core/execution';

/** What printed a line that is in no log of a canister. */
export type LineSource = {
  readonly by: PrintedBy;
  /** The method of the query, or the one that `inspect_message` was asked about; cut where it is very long. */
  readonly method: string;
};

/** A line that a query printed: this node alone knows of it. */
export type PrintedLine = {
  readonly canister: PrincipalId;
  /** When it was printed: nanoseconds since 1970, never before the state that the query ran on. */
  readonly timestampNs: bigint;
  /** As of a {@link CanisterLogLine}. */
  readonly text: string;
  readonly source: LineSource;
};

/** What queries have printed since the last time that somebody said so. */
export type PrintedLines = {
  readonly lines: readonly PrintedLine[];
  /** Lines after these that were dropped. */
  readonly dropped: number;
};

export type CanisterLogLine = {
  /** Counts the lines of this feed, from 0. */
  readonly sequence: number;
  readonly canister: PrincipalId;
  /** Counts the records of the canister; of lines that queries printed, those of this node since it started. */
  readonly index: number;
  /** Nanoseconds since 1970, decimal. */
  readonly timestampNs: string;
  /** What the canister wrote, as UTF-8 with replacements, cut where it is very long. */
  readonly text: string;
  /**
   * Records of this canister before this one that its log had dropped before anybody saw them. Of a line that a query printed: lines of any query
   * that were dropped because too many came at once.
   */
  readonly lost: number;
  /** Undefined for a record of the canister's log. */
  readonly source: LineSource | undefined;
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
