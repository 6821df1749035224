/**
 * What a command says: results on standard output, progress on standard error, colours on terminals only.
 * @module
 */
import { styleText } from 'node:util';
import { type ExitCode, explain } from './failure.ts';

type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** A result for programs. Integers beyond 2^53 are texts. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined };

export type JsonResult = { readonly [name: string]: JsonValue | undefined };

/** Times of a progress line that changes while it is waited for. */
const TICK_MS = 100;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

export type Terminal = {
  readonly isJson: boolean;
  /** A text in a colour, plain where standard output is not a terminal. */
  readonly style: (format: Format, text: string) => string;
  /** The result, once: for people (text) or for programs (json), as asked for. */
  readonly result: (text: string, json: JsonResult) => void;
  /** A line of progress. */
  readonly note: (text: string) => void;
  readonly warn: (text: string) => void;
  /** Shows, on a terminal, that something runs until its promise settles. */
  readonly during: <T>(text: string, work: Promise<T>) => Promise<T>;
  /** Tells a failure and answers the exit code that belongs to it. As JSON only when there was no result: there is one object. */
  readonly failure: (error: unknown) => ExitCode;
};

function errorStyle(format: Format, text: string): string {
  return styleText(format, text, { stream: process.stderr });
}

async function showWork<T>(text: string, work: Promise<T>): Promise<T> {
  // A log is for what happened, not for what is awaited.
  if (!process.stderr.isTTY || process.env['TERM'] === 'dumb') return await work;
  const started = performance.now();
  let frame = 0;
  const draw = (): void => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(
      `\r\x1b[2K${errorStyle('cyan', FRAMES[frame++ % FRAMES.length] ?? '')} ${text} ${errorStyle('dim', `${seconds} s`)}`,
    );
  };
  const timer = setInterval(draw, TICK_MS);
  draw();
  try {
    return await work;
  } finally {
    clearInterval(timer);
    process.stderr.write('\r\x1b[2K');
  }
}

/** The terminal, or whatever else the standard streams are. */
export function createTerminal(isJson: boolean): Terminal {
  let hasResult = false;
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    isJson,
    style: (format, text) => styleText(format, text, { stream: process.stdout }),
    result: (text, json) => {
      hasResult = true;
      process.stdout.write(isJson ? `${JSON.stringify({ ok: true, ...json })}\n` : `${text}\n`);
    },
    note,
    warn: (text) => note(`${errorStyle('yellow', 'warning:')} ${text}`),
    during: showWork,
    failure: (error) => {
      const { code, message, remedy, lines, exitCode } = explain(error);
      if (isJson && !hasResult) {
        const shown = { code, message, ...(remedy === undefined ? {} : { remedy }), ...(lines.length === 0 ? {} : { lines }) };
        process.stdout.write(`${JSON.stringify({ ok: false, error: shown })}\n`);
        return exitCode;
      }
      note(`${errorStyle('red', 'error:')} ${message}`);
      for (const line of lines) note(line);
      if (remedy !== undefined) note(`${errorStyle('dim', 'what to do:')} ${remedy}`);
      return exitCode;
    },
  };
}
