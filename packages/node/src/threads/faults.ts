/**
 * Errors as plain data, to cross from one thread to another with their code.
 * @module
 */
import { IcError } from '@myelin/core/base';

export type Fault = {
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an {@link IcError}. */
  readonly detail: { readonly code: string } | undefined;
  /** Of an error of the operating system: `ENOSPC`, `EADDRINUSE`, … */
  readonly systemCode: string | undefined;
};

export function toFault(error: unknown): Fault {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, detail: undefined, systemCode: undefined };
  const detail = error instanceof IcError ? { ...error.detail } : undefined;
  const { code } = error as { code?: unknown };
  return { message: error.message, stack: error.stack, detail, systemCode: typeof code === 'string' ? code : undefined };
}

/** The error again. Its stack is that of the thread where it happened. */
export function fromFault({ message, stack, detail, systemCode }: Fault): Error {
  const error = detail === undefined ? new Error(message) : new IcError(detail, message);
  if (stack !== undefined) error.stack = stack;
  return systemCode === undefined ? error : Object.assign(error, { code: systemCode });
}
