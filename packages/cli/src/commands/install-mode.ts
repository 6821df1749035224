/**
 * The modes of an installation as they are typed.
 * @module
 */
import type { OptionSpec } from '../command-line/index.ts';
import { usageFailure } from '../terminal/index.ts';

const MODES = ['auto', 'install', 'reinstall', 'upgrade'] as const;
type Mode = (typeof MODES)[number];

export const MODE_OPTION: OptionSpec = {
  name: 'mode',
  value: MODES.join('|'),
  help: 'auto: install if it is empty, else upgrade; install; upgrade; reinstall: throw its state away. Default: auto.',
};

/** @throws IcError `USAGE_OPTION_VALUE` */
export function parseMode(text: string = 'auto'): Mode {
  const mode = MODES.find((candidate) => candidate === text);
  if (mode !== undefined) return mode;
  throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is not a mode`, `write --mode ${MODES.join(' | ')}`);
}
