/**
 * A replica in a thread of its own: receives batches, answers with digests.
 */
import { parentPort } from 'node:worker_threads';
import { toHex } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import { openHost } from './gate-replica.ts';

const host = openHost();

parentPort?.on('message', (batch: Batch) => {
  void Promise.resolve(host.runBatch(batch)).then(() => parentPort?.postMessage(toHex(host.digest())));
});
