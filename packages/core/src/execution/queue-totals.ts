/**
 * What waits in all queues of the subnet: cycles and bytes, counted as messages come and go.
 * @module
 */
import type { CanisterRequest, CanisterResponse, IngressMessage, ManagementCall, ReplicatedState, SenderInfo } from '../state/index.ts';

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

/** Bytes that a call takes while it waits. Names may be as long as arguments; they count by the character, which is near enough. */
export function callBytes(methodName: string, payloadBytes: number): number {
  return MESSAGE_OVERHEAD_BYTES + methodName.length + payloadBytes;
}

function senderInfoBytes(info: SenderInfo | undefined): number {
  return info?.info.length ?? 0;
}

/** Bytes that a message takes while it waits. */
export function queuedBytes(message: QueuedMessage): number {
  switch (message.kind) {
    case 'ingress':
      return callBytes(message.methodName, message.arg.length) + senderInfoBytes(message.senderInfo);
    case 'response':
      return MESSAGE_OVERHEAD_BYTES + (message.payload.kind === 'reply' ? message.payload.data.length : message.payload.message.length);
    case 'request':
      return callBytes(message.methodName, message.payload.length);
    case 'management': {
      const info = message.origin.kind === 'ingress' ? message.origin.senderInfo : undefined;
      return callBytes(message.methodName, message.payload.length) + senderInfoBytes(info);
    }
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
