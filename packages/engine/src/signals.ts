/**
 * What the engine's own imports throw to leave WebAssembly. Made once, without a stack: nobody prints them.
 * @module
 */
import { HostTrap } from '@myelin/core/execution';

export type SignalReason = 'instructions' | 'depth' | 'host-memory' | 'aborted';

/** Ends the running call; the engine knows what to answer. */
export class Signal {
  readonly reason: SignalReason;
  constructor(reason: SignalReason) {
    this.reason = reason;
  }
}

/** Indexed by the code that the module passes to `trap` (TRAP_CODE). */
export const trapSignals: readonly Signal[] = [new Signal('instructions'), new Signal('depth'), new Signal('host-memory')];
export const abortedSignal: Signal = new Signal('aborted');

/** A System API call named memory outside the logical size: the same as an access by the module itself. */
export class HeapAccessTrap extends HostTrap {
  override readonly name: string = 'HeapAccessTrap';
  constructor() {
    super({ code: 502, message: 'heap out of bounds' });
  }
}
