/**
 * What one message sees of the world, fixed when it starts, and what it wants to change, applied when it completes.
 *
 * Effects are data: nothing shared changes while a message runs, so a message can be rolled back, run again or paused for many
 * batches without a trace (docs/determinism.md, "Time inside a message").
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import type { CanisterState, Closure, PageMap, SenderInfo } from '../state/index.ts';
import type { Fees } from './fees.ts';

export type MessageContext = {
  /** One bit of `Mode`. */
  readonly mode: number;
  /** The record at the start; read only. */
  readonly canister: CanisterState;
  readonly timeNs: bigint;
  readonly subnetId: PrincipalId;
  readonly rootKey: Uint8Array;
  readonly fees: Fees;
  /** Balance that the message sees: what it had, less what was set aside to execute it. */
  readonly balance: bigint;
  /** Bytes that the subnet can still give out. */
  readonly subnetMemoryAvailable: bigint;
  /** Bytes that the calls of the message may take in queues. */
  readonly queueBytesAvailable: number;
  /** Bytes that the canister used at the start. */
  readonly memoryBytes: bigint;
  readonly caller: PrincipalId;
  readonly senderInfo: SenderInfo | undefined;
  readonly argument: Uint8Array;
  /** 0 when there is none. */
  readonly rejectCode: number;
  readonly rejectMessage: string;
  /** Whether somebody still waits for a response. */
  readonly needsResponse: boolean;
  readonly cyclesAvailable: bigint;
  readonly cyclesRefunded: bigint;
  readonly deadlineNs: bigint;
  /** For inspect_message. */
  readonly methodName: string;
  /** Instructions of earlier messages of the call context. */
  readonly contextInstructions: bigint;
  /** Makes the certificate for a query on certified state; asked at most once per message. */
  readonly dataCertificate: (() => Uint8Array) | undefined;
  readonly responseBytesMax: number;
  /** Whether the heap limit of the settings applies. */
  readonly enforceWasmMemoryLimit: boolean;
  readonly stableDirtyPagesMax: number;
  /** Cycles set aside to execute the callback of each call that is made. */
  readonly callbackPrepayment: bigint;
};

/** A call that the message made. */
export type OutgoingCall = {
  readonly callee: PrincipalId;
  readonly methodName: string;
  readonly payload: Uint8Array;
  readonly cycles: bigint;
  readonly onReply: Closure;
  readonly onReject: Closure;
  readonly onCleanup: Closure | undefined;
  /** Undefined: guaranteed response. */
  readonly timeoutSeconds: number | undefined;
  /** Paid for sending. */
  readonly fee: bigint;
  readonly prepaidExecution: bigint;
  readonly prepaidTransmission: bigint;
};

export type MessageResponse = { readonly kind: 'reply'; readonly data: Uint8Array } | { readonly kind: 'reject'; readonly message: string };

/** What a completed message changes. */
export type MessageEffects = {
  readonly response: MessageResponse | undefined;
  readonly calls: readonly OutgoingCall[];
  /** Cycles accepted from the caller. */
  readonly accepted: bigint;
  readonly burned: bigint;
  /** New content, when it was set. */
  readonly certifiedData: Uint8Array | undefined;
  /** New value, when it was set. */
  readonly globalTimerNs: bigint | undefined;
  /** New stable memory, when it was written or grown. */
  readonly stable: PageMap | undefined;
  readonly stablePages: number;
  /** 4 KiB pages of it that were written. */
  readonly stableDirtyPages: number;
  /** Texts of `debug_print`, and of `trap` as the last. */
  readonly logs: readonly Uint8Array[];
  /** inspect_message accepted. */
  readonly acceptedMessage: boolean;
};
