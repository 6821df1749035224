/**
 * A state folder that an older release has left in the middle of something: which command finishes it.
 * @module
 */
import { IcError } from '@myelin/core/base';
import { commandFailure } from '../terminal/index.ts';

function quoted(word: string): string {
  return /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Adds the command to a failure that asks for an older release; every other failure stays as it is. */
export function withOlderCommand(folder: string, error: unknown): unknown {
  if (!(error instanceof IcError) || error.detail.code !== 'PROTOCOL_VERSION_OLDER') return error;
  const { release } = error.detail as { readonly code: string; readonly release?: string };
  if (release === undefined) return error;
  const remedy = `run 'npx myelin@${release} start --state ${quoted(folder)}', press Ctrl-C when it is ready, then do this again`;
  return commandFailure(error.detail.code, error.message, remedy, { cause: error });
}
