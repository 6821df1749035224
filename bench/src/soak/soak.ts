/**
 * A node under mixed load for a long time, window after window.
 * @module
 */
import { startCounterNode } from '../counter-node.ts';
import { startGenerator } from '../load/generator.ts';
import { residentBytesOf } from '../process-cpu.ts';
import { openMixedLoad, runCanisters } from './mixed-load.ts';
import type { SoakWindow } from './window.ts';

const SAMPLE_MS = 250;
const CANISTER_PAUSE_MS = 1_000;
const FAULTS_KEPT_MAX = 3;

export type SoakOptions = {
  readonly windows: number;
  readonly windowSeconds: number;
  /** Told of each window when it is over. */
  readonly progress: (window: SoakWindow) => void;
};

/** The least memory of a process until it is told to stop. */
function watchLeast(pid: number): () => number {
  let least = residentBytesOf(pid);
  const timer = setInterval(() => (least = Math.min(least, residentBytesOf(pid))), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    return Math.min(least, residentBytesOf(pid));
  };
}

export async function runSoak({ windows, windowSeconds, progress }: SoakOptions): Promise<SoakWindow[]> {
  const counter = await startCounterNode(['--expose-gc']);
  const generator = startGenerator();
  const done: SoakWindow[] = [];
  let isOver = false;
  let canisters = 0;
  let canisterFaults: string[] = [];
  try {
    const mixed = await openMixedLoad(generator, counter);
    const comingAndGoing = runCanisters(
      counter.agent,
      CANISTER_PAUSE_MS,
      () => isOver,
      (fault) => {
        if (fault === undefined) canisters += 1;
        else if (canisterFaults.length < FAULTS_KEPT_MAX) canisterFaults.push(fault);
      },
    );
    const began = performance.now();
    let send = await mixed.prepare(windowSeconds);
    for (let window = 1; window <= windows; window++) {
      const least = watchLeast(counter.node.pid);
      const sending = send();
      // The requests of the next window are made while those of this one are sent.
      const next = window < windows ? mixed.prepare(windowSeconds) : undefined;
      const reports = await sending;
      if (next !== undefined) send = await next;
      const usage = await counter.node.usage();
      const second = Math.round((performance.now() - began) / 1_000);
      done.push({ second, reports, canisters, canisterFaults, residentBytes: least(), usage });
      progress(done.at(-1)!);
      canisters = 0;
      canisterFaults = [];
    }
    isOver = true;
    await comingAndGoing;
    return done;
  } finally {
    isOver = true;
    await generator.close();
    await counter.node.close();
  }
}
