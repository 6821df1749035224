/**
 * Ends the network of a state folder, whoever has started it.
 * @module
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { findNode, stopNode } from '../control/index.ts';
import { commandFailure, type Terminal } from '../terminal/index.ts';

/**
 * Asks the network to stop and waits until its process has ended. Where none runs there is nothing to do.
 *
 * @param timeoutSeconds - how long is waited.
 * @throws IcError `STOP_TIMEOUT`, `NODE_SILENT`
 */
export async function stop(stateFolder: string, timeoutSeconds: number, terminal: Terminal): Promise<void> {
  const state = resolve(stateFolder);
  const found = existsSync(stateFolder) ? await findNode(stateFolder) : ({ kind: 'none' } as const);
  if (found.kind === 'none') {
    terminal.result(`No network runs in ${state}.`, { stopped: false, state });
    return;
  }
  if (found.kind === 'silent') {
    const who = found.record === undefined ? 'a process' : `process ${found.record.pid}`;
    throw commandFailure(
      'NODE_SILENT',
      `${who} uses ${state} and does not answer: it may be a command that works on the state, be in another container, or hang`,
      'wait, stop it where it was started, or end the process: nothing that was answered is lost',
    );
  }
  const { pid, uptimeSeconds, network } = found.facts;
  const started = performance.now();
  const hasEnded = await terminal.during('Stopping the network', stopNode(stateFolder, found.record, timeoutSeconds * 1000));
  if (!hasEnded) {
    throw commandFailure(
      'STOP_TIMEOUT',
      `the network of ${state} (process ${pid}) has not ended after ${timeoutSeconds} s`,
      'it finishes what it does first: wait with a longer --timeout, or end the process: nothing that was answered is lost',
    );
  }
  const milliseconds = Math.round(performance.now() - started);
  terminal.result(`Stopped the network of ${state} (process ${pid}).`, {
    stopped: true,
    state,
    pid,
    url: network?.url ?? null,
    uptimeSeconds,
    milliseconds,
  });
}
