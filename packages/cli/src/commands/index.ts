/**
 * All commands, in the order in which they are listed.
 * @module
 */
import { canisterCommands } from './canister.ts';
import type { Command } from './command.ts';
import { deployCommand } from './deploy.ts';
import { devCommand } from './dev.ts';
import { generateCommand } from './generate.ts';
import { identityCommands } from './identity.ts';
import { newCommand } from './new.ts';
import { startCommand } from './start.ts';
import { stateCommands } from './state.ts';

export const commands: readonly Command[] = [
  newCommand,
  startCommand,
  deployCommand,
  devCommand,
  generateCommand,
  ...canisterCommands,
  ...identityCommands,
  ...stateCommands,
];
