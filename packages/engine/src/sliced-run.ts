/**
 * A message that runs in slices on a stack of its own. Between slices the stack is suspended inside the import `pause`.
 * @module
 */
import { assert } from '@myelin/core/base';
import type { RunOutcome, RunRequest, SystemApiHandler } from '@myelin/core/execution';
import type { CanisterInstance } from './instance.ts';
import { reportedInstructions } from './outcome.ts';
import { abortedSignal, trapSignals } from './signals.ts';

type Waiter<T> = { readonly resolve: (value: T) => void; readonly reject: (reason: unknown) => void };

export class SlicedRun {
  readonly request: RunRequest;
  readonly instance: CanisterInstance;
  readonly api: SystemApiHandler;
  aborted = false;
  /** Slices that were used up so far. */
  #slices = 0;
  /** Resumes the suspended stack. */
  #stack: Waiter<void> | undefined;
  /** Told at the end of the slice. */
  #caller: Waiter<RunOutcome> | undefined;

  constructor(request: RunRequest, instance: CanisterInstance, api: SystemApiHandler) {
    this.request = request;
    this.instance = instance;
    this.api = api;
  }

  /** The outcome of the slice that runs next. */
  nextOutcome(): Promise<RunOutcome> {
    assert(this.#caller === undefined, 'one slice of a message runs at a time');
    return new Promise((resolve, reject) => {
      this.#caller = { resolve, reject };
    });
  }

  /** The slice is used up: suspends, unless the slice is one that is only run again. */
  pause(): Promise<void> | undefined {
    const { instance, request } = this;
    const left = Number(request.instructionLimit) - instance.given;
    if (left <= 0) throw trapSignals[0];
    this.#slices++;
    if (this.#slices <= request.slicesDone) {
      this.#giveSlice();
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#stack = { resolve, reject };
      this.#tell({ kind: 'paused', instructions: reportedInstructions(request, instance) });
    });
  }

  #giveSlice(): void {
    const slice = Number(this.request.sliceInstructions);
    const left = Number(this.request.instructionLimit) - this.instance.given;
    this.instance.give(slice < left ? slice : left);
  }

  /** Lets the suspended stack go on with one more slice. */
  resume(): Promise<RunOutcome> {
    const stack = this.#stack;
    assert(stack !== undefined, 'a message is resumed when it is paused');
    this.#stack = undefined;
    const outcome = this.nextOutcome();
    this.#giveSlice();
    stack.resolve();
    return outcome;
  }

  /** The same message from its start on another instance, for whoever waits for the slice that runs. */
  again(instance: CanisterInstance, api: SystemApiHandler): SlicedRun {
    const run = new SlicedRun({ ...this.request, slicesDone: this.#slices }, instance, api);
    run.#caller = this.#caller;
    this.#caller = undefined;
    return run;
  }

  /** Unwinds the suspended stack; no WebAssembly code runs any more. */
  abort(): void {
    this.aborted = true;
    this.#stack?.reject(abortedSignal);
    this.#stack = undefined;
  }

  /** The message ended. */
  finish(outcome: RunOutcome): void {
    this.#tell(outcome);
  }

  /** The host failed. */
  fail(error: unknown): void {
    const caller = this.#caller;
    this.#caller = undefined;
    caller?.reject(error);
  }

  #tell(outcome: RunOutcome): void {
    const caller = this.#caller;
    assert(caller !== undefined, 'someone waits for the slice');
    this.#caller = undefined;
    caller.resolve(outcome);
  }
}
