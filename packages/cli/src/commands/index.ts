/**
 * All commands, in the order in which they are listed.
 * @module
 */
import type { Command } from './command.ts';
import { identityCommands } from './identity.ts';

export const commands: readonly Command[] = [...identityCommands];
