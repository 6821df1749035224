/**
 * What interfaces are looked for with.
 * @module
 */
import { connect, type Connection, type ConnectionOptions } from '../client/index.ts';
import { findProject, type Project } from '../manifest/index.ts';
import type { Terminal } from '../terminal/index.ts';

export type Surroundings = {
  /** Opens the connection when it is first needed: files need none. */
  readonly connection: () => Promise<Connection>;
  /** The project that the current folder belongs to; undefined when there is none. */
  readonly project: () => Promise<Project | undefined>;
  readonly stateFolder: string;
  readonly terminal: Terminal;
};

/** @param options - of the network that is asked for what no file says */
export function createSurroundings(options: ConnectionOptions, terminal: Terminal): Surroundings {
  let connection: Promise<Connection> | undefined;
  let project: Promise<Project | undefined> | undefined;
  return {
    connection: () => (connection ??= connect(options, terminal)),
    project: () => (project ??= findProject('.', options.network === 'ic' ? 'ic' : 'local')),
    stateFolder: options.stateFolder,
    terminal,
  };
}
