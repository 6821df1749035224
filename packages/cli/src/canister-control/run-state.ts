/**
 * Starts and stops canisters.
 * @module
 */
import type { CanisterRequest } from '../canister/index.ts';
import { callManagement } from '../client/index.ts';
import type { Terminal } from '../terminal/index.ts';
import { openCanister, readStatus, runStateOf } from './open-canister.ts';

/** Lets a canister take messages again. One that is stopping goes on. @throws IcError `CANISTER_MISSING`, `CALL_REJECTED` */
export async function startCanister(request: CanisterRequest, terminal: Terminal): Promise<void> {
  const canister = await openCanister(request, terminal);
  const { connection, id, idText, label } = canister;
  const before = runStateOf(await readStatus(canister));
  if (before === 'running') {
    terminal.result(`${label} runs already.`, { canister: idText, status: 'running', changed: false });
    return;
  }
  await callManagement(connection, 'start_canister', [{ canister_id: id }], id);
  terminal.result(`Started ${label}.`, { canister: idText, status: 'running', changed: true });
}

/**
 * Lets a canister take no more messages, and waits until those that it has begun are done.
 * @throws IcError `CANISTER_MISSING`, `CALL_REJECTED`, `CALL_UNANSWERED` where a call stays open
 */
export async function stopCanister(request: CanisterRequest, terminal: Terminal): Promise<void> {
  const canister = await openCanister(request, terminal);
  const { connection, id, idText, label } = canister;
  const before = runStateOf(await readStatus(canister));
  if (before === 'stopped') {
    terminal.result(`${label} is stopped already.`, { canister: idText, status: 'stopped', changed: false });
    return;
  }
  const stopped = callManagement(connection, 'stop_canister', [{ canister_id: id }], id);
  await terminal.during(`Waiting until ${label} has done what it began`, stopped);
  terminal.result(`Stopped ${label}: it takes no messages until it is started.`, { canister: idText, status: 'stopped', changed: true });
}
