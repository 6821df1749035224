/**
 * What a build needs from outside, and what it is before it runs.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { Terminal } from '../terminal/index.ts';

export type BuildContext = {
  /** Ids of the project's canisters, and of others that were deployed here, as texts. */
  readonly ids: ReadonlyMap<string, string>;
  /** Interfaces of canisters that were built before, by name. */
  readonly interfaces: ReadonlyMap<string, string>;
  /** Files of these interfaces, by name, for commands. */
  readonly interfaceFiles: ReadonlyMap<string, string>;
  /** The interface that a canister on the network shows. */
  readonly readInterface: (id: PrincipalId) => Promise<string | undefined>;
  /** `local`, `ic` or another name. */
  readonly environment: string;
  readonly terminal: Terminal;
};

/** A module, and the interface that its builder says it has. */
export type BuiltModule = { readonly bytes: Uint8Array; readonly candid: string | undefined };

/** What a build is made of: files, and folders with all that lies in them. */
export type WatchedPaths = { readonly files: readonly string[]; readonly folders: readonly string[] };

/** A build that was looked at: everything that can be refused without running it has been. */
export type PreparedBuild = {
  /** Names of canisters whose interfaces it needs. */
  readonly imports: readonly string[];
  /** Whether commands run, which may ask for the ids of all canisters. */
  readonly needsIds: boolean;
  readonly watched: WatchedPaths;
  readonly build: (context: BuildContext) => Promise<BuiltModule>;
};
