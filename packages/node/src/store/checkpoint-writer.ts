/**
 * Program of a thread: writes checkpoints. One checkpoint is one transaction, however long its records take to arrive: this thread waits inside the
 * transaction for its next message.
 * @module
 */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { CheckpointMark } from './checkpoint.ts';
import { unpackRecords } from './record-frames.ts';
import { CheckpointDatabase } from './sqlite-database.ts';
import type { ToWriter, WriterAnswer, WriterData } from './writer-messages.ts';

const { folder, port, bell } = workerData as WriterData;

function say(answer: WriterAnswer): void {
  port.postMessage(answer);
}

/** Waits for the next message without leaving the running transaction. */
function nextMessage(): ToWriter {
  for (;;) {
    const rung = Atomics.load(bell, 0);
    const received = receiveMessageOnPort(port) as { readonly message: ToWriter } | undefined;
    if (received !== undefined) return received.message;
    Atomics.wait(bell, 0, rung);
  }
}

/** Writes what comes until the mark of the checkpoint. @returns undefined when it is given up */
function writeUntilMark(database: CheckpointDatabase): CheckpointMark | undefined {
  for (;;) {
    const message = nextMessage();
    if (message.kind === 'mark') return message.mark;
    if (message.kind !== 'records') return undefined;
    for (const { key, value } of unpackRecords(message.buffer)) database.put(key, value);
    say({ kind: 'taken' });
  }
}

class Abandoned extends Error {}

function writeCheckpoint(database: CheckpointDatabase): WriterAnswer {
  try {
    const mark = database.transaction(() => {
      const last = writeUntilMark(database);
      if (last === undefined) throw new Abandoned('the checkpoint is given up');
      database.putMark(last);
      return last;
    });
    database.checkPlace(mark);
    return { kind: 'written' };
  } catch (error) {
    if (error instanceof Abandoned) return { kind: 'abandoned' };
    throw error;
  }
}

const database = new CheckpointDatabase(folder);
try {
  for (let message = nextMessage(); message.kind !== 'close'; message = nextMessage()) {
    if (message.kind === 'begin') say(writeCheckpoint(database));
  }
} finally {
  // Also when the disk has failed: the thread ends with the error, but its files would stay open for a while.
  database.close();
}
say({ kind: 'closed' });
port.close();
