/**
 * The log of a network in the background: `node.log` in the state folder, and `node.log.1`, which is what came before it.
 *
 * The file is the standard output and the standard error of the process, so that it also holds what Node itself says at an untimely
 * end. It is bounded: when it has grown, it is copied to `node.log.1` and cut. Cut rather than renamed, because the process goes on
 * writing to the file that it was given, at its end.
 * @module
 */
import { copyFileSync, fstatSync, openSync, closeSync, readSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { explain, type Terminal } from '../terminal/index.ts';

/** A log that is larger is cut; both files together take twice as much at most, and what one message adds. */
export const LOG_BYTES_MAX = 4 * 1024 * 1024;

/** What is shown of a log when a start fails. */
const TAIL_BYTES_MAX = 4_096;
const TAIL_LINES_MAX = 20;

const STANDARD_ERROR = 2;

export function logPath(stateFolder: string): string {
  return join(stateFolder, 'node.log');
}

/** Makes room in a log that is full. What cannot be copied is cut all the same: the bound comes first. */
export function cutFullLog(path: string, bytesMax: number = LOG_BYTES_MAX): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) < bytesMax) return;
  try {
    copyFileSync(path, `${path}.1`);
  } finally {
    truncateSync(path);
  }
}

/** Opens a log to write at its end. It may hold what canisters print: nobody else reads it. */
export function openLog(path: string): { readonly descriptor: number; readonly bytes: number } {
  cutFullLog(path);
  const descriptor = openSync(path, 'a', 0o600);
  return { descriptor, bytes: fstatSync(descriptor).size };
}

/** The last lines of a log. @param from - offset before which nothing is of interest. */
export function readLogTail(path: string, from: number): string[] {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const start = Math.max(size - TAIL_BYTES_MAX, Math.min(from, size));
    const buffer = Buffer.alloc(size - start);
    const read = readSync(descriptor, buffer, 0, buffer.length, start);
    const text = buffer.toString('utf8', 0, read).trimEnd();
    return text === '' ? [] : text.split('\n').slice(-TAIL_LINES_MAX);
  } finally {
    closeSync(descriptor);
  }
}

/** Writes lines with the time before each, then makes room if need be. */
function writeLines(path: string, text: string): void {
  const time = new Date().toISOString();
  const lines = text.split('\n').map((line) => `${`${time} ${line}`.trimEnd()}\n`);
  try {
    writeSync(STANDARD_ERROR, lines.join(''));
    cutFullLog(path);
  } catch {
    // A disk that is full stops the network by itself, with an error that is told to whoever starts it next; a log must not.
  }
}

/** What commands say, for a process whose standard streams are the log. */
export function createLogTerminal(path: string): Terminal {
  const note = (text: string): void => writeLines(path, text);
  return {
    isJson: false,
    style: (_format, text) => text,
    result: (text) => note(text),
    note,
    warn: (text) => note(`warning: ${text}`),
    during: async (text, work) => {
      note(`${text} …`);
      return await work;
    },
    failure: (error) => {
      const { message, remedy, lines, exitCode } = explain(error);
      for (const line of [`error: ${message}`, ...lines, ...(remedy === undefined ? [] : [`what to do: ${remedy}`])]) note(line);
      return exitCode;
    },
  };
}
