/**
 * What waits in all queues of the subnet: cycles and bytes, counted as messages come and go.
 * @module
 */
import type { CanisterRequest, CanisterResponse, IngressMessage, ManagementCall, ReplicatedState } from '../state/index.ts';

export type QueuedMessage = IngressMessage | CanisterRequest | CanisterResponse | ManagementCall;

/** Bytes counted for a message besides what it carries. */
const MESSAGE_OVERHEAD_BYTES = 256;

/** Cycles that travel with a message. */
export function queuedCycles(message: QueuedMessage): bigint {
  switch (message.kind) {
    case 'ingress':
      return 0n;
    case 'response':
      return message.refund;
    case 'request':
    case 'management':
      return message.cycles;
  }
}

/** Bytes that a message takes while it waits. */
export function queuedBytes(message: QueuedMessage): number {
  switch (message.kind) {
    case 'ingress':
      return MESSAGE_OVERHEAD_BYTES + message.arg.length;
    case 'response':
      return MESSAGE_OVERHEAD_BYTES + (message.payload.kind === 'reply' ? message.payload.data.length : message.payload.message.length);
    case 'request':
    case 'management':
      return MESSAGE_OVERHEAD_BYTES + message.payload.length;
  }
}

/** A message was put into a queue. */
export function countQueued(state: ReplicatedState, message: QueuedMessage): void {
  const cycles = queuedCycles(message);
  if (cycles !== 0n) state.cycles.queued += cycles;
  state.queuedBytes += queuedBytes(message);
}

/** A message was taken out of a queue. */
export function countTaken(state: ReplicatedState, message: QueuedMessage): void {
  const cycles = queuedCycles(message);
  if (cycles !== 0n) state.cycles.queued -= cycles;
  state.queuedBytes -= queuedBytes(message);
}
