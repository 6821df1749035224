/**
 * Failures of commands: a stable code, what happened and why, and what to do about it.
 * @module
 */
import { IcError } from '@myelin/core/base';

/** Exit codes of the program. 3 is what the Linux Standard Base has for a service that does not run. */
export const EXIT_CODES = { ok: 0, failure: 1, usage: 2, notRunning: 3, forced: 130 } as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** What a failure of a command says beside its message. */
export type FailureDetail = {
  readonly code: string;
  /** What to do, as a sentence without a capital letter; undefined when the message says it. */
  readonly remedy?: string;
  /** Lines that belong under the message, such as the diagnostics of a compiler. */
  readonly lines?: readonly string[];
  readonly exitCode?: ExitCode;
};

/** A failure that its message explains. */
export function commandFailure(
  code: string,
  message: string,
  remedy?: string,
  more: { readonly cause?: unknown; readonly lines?: readonly string[] } = {},
): IcError<FailureDetail> {
  const { cause, lines } = more;
  const detail: FailureDetail = { code, ...(remedy === undefined ? {} : { remedy }), ...(lines === undefined ? {} : { lines }) };
  return new IcError(detail, message, cause === undefined ? undefined : { cause });
}

/** A mistake in the command line. */
export function usageFailure(code: string, message: string, remedy?: string): IcError<FailureDetail> {
  return new IcError({ code, ...(remedy === undefined ? {} : { remedy }), exitCode: EXIT_CODES.usage }, message);
}

/** A failure as it is shown. */
export type Explanation = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
};

/** What errors of the system mean, and what helps. */
const SYSTEM_ERRORS: Readonly<Record<string, readonly [meaning: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'free some space, then start again: everything that was answered is kept'],
  EDQUOT: ['your disk quota is used up', 'free some space, then start again: everything that was answered is kept'],
  EFBIG: [
    'a file would become larger than this process may write',
    'raise the limit (ulimit -f), then start again: everything that was answered is kept',
  ],
  EIO: ['the disk reports an input/output error', 'check the disk, then start again; keep a copy of the state directory first'],
  EROFS: ['the file system is read-only', 'choose another directory'],
  EACCES: ['this user has no permission', 'change the permissions, or choose another place'],
  EPERM: ['this user has no permission', 'change the permissions, or choose another place'],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n) and try again'],
  ENOENT: ['there is no such file or directory', 'check the path'],
  EISDIR: ['it is a directory', 'name a file'],
  ENOTDIR: ['a part of the path is not a directory', 'check the path'],
};

function explainSystemError(error: NodeJS.ErrnoException): Explanation | undefined {
  const known = SYSTEM_ERRORS[error.code ?? ''];
  if (known === undefined) return undefined;
  const [meaning, remedy] = known;
  const message = `${error.path ?? error.syscall ?? 'the system'}: ${meaning}`;
  return { code: `SYSTEM_${error.code}`, message, remedy, lines: [], exitCode: EXIT_CODES.failure };
}

/** What an error of any kind says to a person. */
export function explain(error: unknown): Explanation {
  if (error instanceof IcError) {
    const detail = error.detail as FailureDetail;
    return {
      code: detail.code,
      message: error.message,
      remedy: detail.remedy,
      lines: detail.lines ?? [],
      exitCode: detail.exitCode ?? EXIT_CODES.failure,
    };
  }
  const system = error instanceof Error ? explainSystemError(error) : undefined;
  if (system !== undefined) return system;
  const isDebug = (process.env['MYELIN_DEBUG'] ?? '') !== '';
  return {
    code: 'FAULT_UNEXPECTED',
    message: error instanceof Error ? error.message : String(error),
    remedy: isDebug ? undefined : 'this should not happen; run it again with MYELIN_DEBUG=1 for the place in the program, and report it',
    lines: isDebug && error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [],
    exitCode: EXIT_CODES.failure,
  };
}
