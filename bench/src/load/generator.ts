/**
 * The load generator in a process of its own.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { startProcess, stopProcess } from '../child-processes.ts';
import type { GeneratorAnswer, GeneratorRequest, LoadJob, LoadReport } from './job.ts';
import type { Verification } from './verify-answers.ts';

export type ReadyLoad = {
  /** Sends the requests. Several loads may run at the same time. */
  run(): Promise<LoadReport>;
  /** Verifies a share of what was answered. */
  verify(keys: { readonly rootKeyDer: Uint8Array; readonly canisterId: string }, share: number): Promise<Verification>;
  /** Lets go of the requests and of what was kept of their answers. */
  forget(): Promise<void>;
};

export type Generator = {
  /** Makes the requests of a job. */
  prepare(job: LoadJob): Promise<ReadyLoad>;
  close(): Promise<void>;
};

type Waiting = { readonly resolve: (answer: GeneratorAnswer) => void; readonly reject: (error: Error) => void };

export function startGenerator(): Generator {
  const program = fileURLToPath(new URL('../../programs/load.ts', import.meta.url));
  const child = startProcess(process.execPath, [program], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' });
  const waiting = new Map<number, Waiting>();
  child.on('message', (message) => {
    const answer = message as GeneratorAnswer;
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.kind === 'fault') waiter?.reject(new Error(`the load generator: ${answer.message}`));
    else waiter?.resolve(answer);
  });
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`the load generator ended with ${code ?? signal}`));
    waiting.clear();
  });
  const ask = (request: GeneratorRequest): Promise<GeneratorAnswer> =>
    new Promise((resolve, reject) => {
      waiting.set(request.id, { resolve, reject });
      child.send(request, (error) => {
        if (error !== null) reject(error);
      });
    });
  let count = 0;
  return {
    async prepare(job) {
      const id = count++;
      await ask({ kind: 'prepare', id, job });
      return {
        async run() {
          const answer = await ask({ kind: 'run', id });
          if (answer.kind !== 'report') throw new Error(`the load generator answered with ${answer.kind}`);
          return answer.report;
        },
        async verify(keys, share) {
          const answer = await ask({ kind: 'verify', id, ...keys, share });
          if (answer.kind !== 'verification') throw new Error(`the load generator answered with ${answer.kind}`);
          return answer.verification;
        },
        async forget() {
          await ask({ kind: 'forget', id });
        },
      };
    },
    close: () => stopProcess(child),
  };
}
