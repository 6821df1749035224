/**
 * The question before something is lost for good.
 * @module
 */
import { createInterface } from 'node:readline';
import { commandFailure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/**
 * Asks whether it is meant. Only who sits at a terminal can be asked; a script says `--yes`.
 *
 * @param what - what would be lost, as a sentence without a full stop.
 * @param isConfirmed - whether `--yes` was given.
 * @throws IcError `CONFIRMATION_MISSING` when nobody can be asked, `CONFIRMATION_REFUSED` when the answer is not yes
 */
export async function confirm(what: string, isConfirmed: boolean, { isJson }: Terminal): Promise<void> {
  if (isConfirmed) return;
  if (isJson || !process.stdin.isTTY || !process.stderr.isTTY) {
    throw commandFailure('CONFIRMATION_MISSING', `${what}; nothing was done`, 'give --yes if it is meant');
  }
  process.stderr.write(`${what}. Go on? [y/N] `);
  const lines = createInterface({ input: process.stdin, terminal: false });
  try {
    const { value, done } = await lines[Symbol.asyncIterator]().next();
    if (done !== true && /^\s*y(es)?\s*$/i.test(value)) return;
  } finally {
    lines.close();
  }
  throw commandFailure('CONFIRMATION_REFUSED', 'nothing was done, as the answer was not yes');
}
