/**
 * What commands about one canister are given.
 * @module
 */
import type { ConnectionOptions } from '../client/index.ts';

export type CanisterRequest = {
  /** Id or name of the canister. */
  readonly reference: string;
  readonly stateFolder: string;
  readonly connection: ConnectionOptions;
};
