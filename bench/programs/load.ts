/**
 * Program: the load generator. It makes requests ready, sends them when told to, and verifies what was answered, so that nothing of this
 * costs the process that is measured or the one that measures. See src/load/job.ts for what it is told and tells.
 * @module
 */
import type { GeneratorAnswer, GeneratorRequest } from '../src/load/job.ts';
import { prepareLoad, type PreparedLoad } from '../src/load/prepared-load.ts';

const loads = new Map<number, PreparedLoad>();

async function answer(request: GeneratorRequest): Promise<GeneratorAnswer> {
  const { id } = request;
  if (request.kind === 'prepare') {
    loads.set(id, prepareLoad(request.job));
    return { id, kind: 'prepared' };
  }
  const load = loads.get(id);
  if (load === undefined) throw new Error(`there is no load ${id}`);
  if (request.kind === 'forget') {
    loads.delete(id);
    return { id, kind: 'forgotten' };
  }
  if (request.kind === 'run') return { id, kind: 'report', report: await load.run() };
  return { id, kind: 'verification', verification: await load.verify(request, request.share) };
}

process.once('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const request = message as GeneratorRequest;
  answer(request).then(
    (said) => process.send?.(said),
    (error: unknown) => process.send?.({ id: request.id, kind: 'fault', message: String(error) } satisfies GeneratorAnswer),
  );
});
