/**
 * The option of commands that ask before something is lost.
 * @module
 */
import type { OptionSpec } from '../command-line/index.ts';

export const YES_OPTION: OptionSpec = { name: 'yes', short: 'y', help: 'Do not ask. Where there is no terminal to ask on, it is needed.' };
