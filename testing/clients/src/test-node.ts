/**
 * The node that clients are run against: one inside the process, or the one that `MYELIN_URL` names.
 * @module
 */
import { openNode } from '@myelin/node';

/** A node that answers requests. */
export type TestNode = {
  /** Origin of its endpoints, `http://127.0.0.1:…`. */
  readonly url: string;
  /** Stops it, if it was started here. */
  readonly close: () => Promise<void>;
};

/** Starts a node in memory on a free port, unless one is named. A fault of the node ends the process: it must not pass for a test's. */
export async function openTestNode(): Promise<TestNode> {
  const named = process.env['MYELIN_URL'];
  if (named !== undefined && named !== '') return { url: named.replace(/\/$/, ''), close: () => Promise.resolve() };
  const { url, close } = await openNode({
    stateDirectory: undefined,
    host: '127.0.0.1',
    port: 0,
    onFault: (error) => {
      console.error('the node stopped by itself:', error);
      process.exit(1);
    },
  });
  return { url, close };
}
