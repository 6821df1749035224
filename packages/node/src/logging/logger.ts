/**
 * The log of a node: one line for each event, for people or for programs.
 *
 * A line says when, how grave, which part, what happened, and facts by name. Facts are chosen by the code that logs: there are no bodies of
 * requests and no keys among them. What comes from outside is cut and can not steer a terminal.
 * @module
 */

/** From the chattiest to the gravest; `silent` is none. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['text', 'json'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];

/** Facts by name; absent ones are left out. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

type Log = (component: string, message: string, fields?: LogFields) => void;

export type Logger = {
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
};

export type LoggerOptions = {
  /** Events below it are left out. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes a line, its end included. */
  readonly write: (line: string) => void;
  /** Milliseconds since 1970; default: the clock of the machine. */
  readonly nowMs?: () => number;
};

/** Characters of a message or of one fact. */
const TEXT_CHARACTERS_MAX = 2_000;

function bounded(text: string): string {
  return text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…` : text;
}

function printable(text: string): string {
  return bounded(text).replaceAll(/\p{C}/gu, (char) => (char === '\n' ? ' ⏎ ' : '\u{fffd}'));
}

function jsonValue(value: NonNullable<LogFields[string]>): string | number | boolean {
  if (typeof value === 'string') return bounded(value);
  return typeof value === 'bigint' ? value.toString() : value;
}

function textValue(value: NonNullable<LogFields[string]>): string {
  const text = printable(String(value));
  return text === '' || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

type Event = {
  readonly time: string;
  readonly level: LogLevel;
  readonly component: string;
  readonly message: string;
  readonly fields: LogFields;
};

function jsonLine({ time, level, component, message, fields }: Event): string {
  const facts = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, jsonValue(value)] as const]));
  return JSON.stringify({ time, level, component, message: bounded(message), ...Object.fromEntries(facts) });
}

function textLine({ time, level, component, message, fields }: Event): string {
  const facts = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${textValue(value)}`]));
  return [time, level.padEnd(5), component.padEnd(8), printable(message), ...facts].join(' ');
}

/** A log that writes lines. Nothing that it is given makes it throw. */
export function createLogger({ level, format, write, nowMs = Date.now }: LoggerOptions): Logger {
  const lineOf = format === 'json' ? jsonLine : textLine;
  const least = LOG_LEVELS.indexOf(level);
  const log = (own: LogLevel): Log => {
    if (LOG_LEVELS.indexOf(own) < least) return () => {};
    return (component, message, fields = {}) => {
      const time = new Date(nowMs()).toISOString();
      write(`${lineOf({ time, level: own, component, message, fields })}\n`);
    };
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

/** Says nothing. */
export const silentLogger: Logger = createLogger({ level: 'silent', format: 'text', write: () => {} });
