/**
 * What a node says of itself in its log.
 * @module
 */
import { IcError } from '@myelin/core/base';
import { limitLog, type LogFields, type Logger } from '../logging/index.ts';
import type { ReplicaEvent } from '../replica/index.ts';

/** Shortest time between two lines of a kind that clients, or the load, bring about. */
const LIMITED_MS = 10_000;

/** What was refused because there was too much of it. */
export type RefusedKind = 'connection' | 'request';

export type NodeLog = {
  readonly event: (event: ReplicaEvent) => void;
  readonly refused: (kind: RefusedKind) => void;
  /** @param where - method and path of a request, or a part of the server. */
  readonly requestFault: (error: unknown, where: string) => void;
  readonly ready: (fields: LogFields) => void;
  readonly stopping: () => void;
  readonly stopped: () => void;
};

function factsOf(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) };
  const code = error instanceof IcError ? (error.detail as { readonly code: string }).code : (error as NodeJS.ErrnoException).code;
  return { error: error.message, code, stack: code === undefined ? error.stack : undefined };
}

const round = (milliseconds: number): number => Math.round(milliseconds);

export function createNodeLog(logger: Logger): NodeLog {
  const limited = limitLog(LIMITED_MS);
  const untoldField = (untold: number): LogFields => (untold === 0 ? {} : { more: untold });
  return {
    event(event) {
      switch (event.kind) {
        case 'recovered': {
          const { height, checkpointHeight, replayed, tookMs } = event;
          logger.info('replica', 'the state is there again', { height, checkpointHeight, replayed, tookMs: round(tookMs) });
          return;
        }
        case 'leftover':
          logger.warn('replica', 'what is of no use any more is still there', { why: event.why });
          return;
        case 'checkpoint':
          logger.info('replica', 'a checkpoint is complete', { height: event.height, tookMs: round(event.tookMs) });
          return;
        case 'slow-batch': {
          const { height, wholeMs, executionMs, durableMs, messages, instructions } = event.batch;
          const times = { wholeMs: round(wholeMs), executionMs: round(executionMs), durableMs: round(durableMs) };
          limited.report('slow-batch', (untold) =>
            logger.warn('replica', 'a batch took long', { height, ...times, messages, instructions, ...untoldField(untold) }),
          );
        }
      }
    },
    refused(kind) {
      limited.report(kind, (untold) => logger.warn('http', `a ${kind} was refused: there are too many`, untoldField(untold)));
    },
    requestFault: (error, where) =>
      limited.report('request-fault', (untold) =>
        logger.error('http', 'a request could not be answered', { where, ...factsOf(error), ...untoldField(untold) }),
      ),
    ready: (fields) => logger.info('node', 'the node is ready', fields),
    stopping: () => logger.info('node', 'the node stops', {}),
    stopped: () => logger.info('node', 'the node has stopped', {}),
  };
}
