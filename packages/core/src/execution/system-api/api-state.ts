/**
 * State of the System API during one message: what it read from its context and what it has buffered so far.
 * @module
 */
import { assert, type PrincipalId } from '../../base/index.ts';
import type { Closure, PageMap } from '../../state/index.ts';
import { freezingLimit } from '../fees.ts';
import { CYCLES_MAX } from '../limits.ts';
import type { MessageContext, MessageEffects, MessageResponse, OutgoingCall } from '../message-context.ts';
import type { InstancePort } from '../ports.ts';
import { REPLICATED_MODES } from '../system-api-modes.ts';
import { contractViolation } from '../traps.ts';
import { ByteCollector } from './byte-collector.ts';

/** The call that is being assembled between `call_new` and `call_perform`. */
export type CallUnderConstruction = {
  readonly callee: PrincipalId;
  readonly methodName: string;
  readonly onReply: Closure;
  readonly onReject: Closure;
  onCleanup: Closure | undefined;
  readonly payload: ByteCollector;
  cycles: bigint;
  timeoutSeconds: number;
  bounded: boolean;
};

const ADDRESS_LIMIT = 2 ** 53;

export class ApiState {
  readonly context: MessageContext;
  readonly mode: number;
  readonly replicated: boolean;
  private port: InstancePort | undefined;
  /** Balance as the message sees it. */
  balance: bigint;
  cyclesAvailable: bigint;
  accepted = 0n;
  burned = 0n;
  /** Bytes by which the message has grown the canister's memory. */
  grownBytes = 0n;
  /** Pages of 64 KiB by which the message has grown the main memory. */
  heapGrownPages = 0;
  response: MessageResponse | undefined;
  readonly reply: ByteCollector = new ByteCollector();
  call: CallUnderConstruction | undefined;
  readonly calls: OutgoingCall[] = [];
  /** Bytes that they will take in queues. */
  callBytes = 0;
  /** How many of them go to each callee; most messages make none. */
  callsTo: Map<PrincipalId, number> | undefined;
  certifiedData: Uint8Array | undefined;
  globalTimerNs: bigint | undefined;
  /** A fork of the stable memory once it was written to. */
  stable: PageMap | undefined;
  stablePages: number;
  stableDirtyPages = 0;
  readonly logs: Uint8Array[] = [];
  logBytes = 0;
  /** Texts that found no room in them. */
  logsUnkept = 0;
  acceptedMessage = false;
  /** Made when it was first asked for. */
  dataCertificate: Uint8Array | undefined;

  constructor(context: MessageContext) {
    this.context = context;
    this.mode = context.mode;
    this.replicated = (context.mode & REPLICATED_MODES) !== 0;
    this.balance = context.balance;
    this.cyclesAvailable = context.cyclesAvailable;
    this.stablePages = context.canister.stablePages;
  }

  /** Called by the engine before the message runs. */
  attach(port: InstancePort): void {
    this.port = port;
  }

  /** The running instance. */
  get instance(): InstancePort {
    assert(this.port !== undefined, 'the engine attaches the instance before it runs the message');
    return this.port;
  }

  /** Bytes that the canister would use if the message completed now. */
  get memoryBytes(): bigint {
    return this.context.memoryBytes + this.grownBytes;
  }

  /** Balance below which the canister would be frozen. */
  get frozenBelow(): bigint {
    return freezingLimit(this.context.fees, this.context.canister, this.memoryBytes);
  }

  /** Cycles that the canister may spend. */
  get liquidBalance(): bigint {
    const liquid = this.balance - this.frozenBelow;
    return liquid > 0n ? liquid : 0n;
  }

  /** Copies `size` bytes of `source` from `offset` to the canister's memory. */
  copyToCanister(source: Uint8Array, destination: number, offset: number, size: number): void {
    if (offset + size > source.length || offset >= ADDRESS_LIMIT) {
      throw contractViolation(`ic0 copy of ${size} bytes at offset ${offset} exceeds the ${source.length} bytes that there are`);
    }
    this.instance.write(destination, source.subarray(offset, offset + size));
  }

  /** Writes a 128-bit little-endian number; the largest one for more: refunds can take a balance beyond. */
  writeCycles(destination: number, amount: bigint): void {
    const bytes = new Uint8Array(16);
    let rest = amount < CYCLES_MAX ? amount : CYCLES_MAX;
    for (let index = 0; index < 16; index++) {
      bytes[index] = Number(rest & 255n);
      rest >>= 8n;
    }
    this.instance.write(destination, bytes);
  }

  /** What the completed message changes. */
  effects(): MessageEffects {
    return {
      response: this.response,
      calls: this.calls,
      accepted: this.accepted,
      burned: this.burned,
      certifiedData: this.certifiedData,
      globalTimerNs: this.globalTimerNs,
      stable: this.stable,
      stablePages: this.stablePages,
      stableDirtyPages: this.stableDirtyPages,
      logs: this.logs,
      acceptedMessage: this.acceptedMessage,
    };
  }
}
