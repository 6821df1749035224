/**
 * A segment of the input log that is given and gives batches.
 */
import type { Batch } from '@myelin/core/execution';
import { decodeEntry, encodeEntry } from '../../src/store/log-entries.ts';
import { LogSegment } from '../../src/store/log-segment.ts';

export class BatchSegment {
  readonly #segment: LogSegment;

  private constructor(segment: LogSegment) {
    this.#segment = segment;
  }

  static async open(path: string, read: (batch: Batch) => Promise<void>): Promise<BatchSegment> {
    const segment = await LogSegment.open(path, async (bytes) => {
      const entry = decodeEntry(bytes);
      if (entry.kind === 'batch') await read(entry.batch);
    });
    return new BatchSegment(segment);
  }

  append(batch: Batch): Promise<void> {
    return this.#segment.append(encodeEntry({ kind: 'batch', batch }));
  }

  close(): Promise<void> {
    return this.#segment.close();
  }
}
