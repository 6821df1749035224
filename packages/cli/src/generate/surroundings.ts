/**
 * What interfaces are looked for with.
 * @module
 */
import { connect, type Connection, type ConnectionOptions } from '../client/index.ts';
import type { Terminal } from '../terminal/index.ts';

export type Surroundings = {
  /** Opens the connection when it is first needed: files need none. */
  readonly connection: () => Promise<Connection>;
  readonly stateFolder: string;
  readonly terminal: Terminal;
};

/** @param options - of the network that is asked for what no file says */
export function createSurroundings(options: ConnectionOptions, terminal: Terminal): Surroundings {
  let connection: Promise<Connection> | undefined;
  return { connection: () => (connection ??= connect(options, terminal)), stateFolder: options.stateFolder, terminal };
}
