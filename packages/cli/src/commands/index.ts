/**
 * All commands, in the order in which they are listed.
 * @module
 */
import { canisterCommands } from './canister.ts';
import type { Command } from './command.ts';
import { completionCommand } from './completion.ts';
import { cyclesCommands } from './cycles.ts';
import { deployCommand } from './deploy.ts';
import { devCommand } from './dev.ts';
import { generateCommand } from './generate.ts';
import { identityCommands } from './identity.ts';
import { logsCommand } from './logs.ts';
import { newCommand } from './new.ts';
import { startCommand } from './start.ts';
import { stateCommands } from './state.ts';
import { statusCommand } from './status.ts';
import { stopCommand } from './stop.ts';
import { topics } from './topics.ts';

export { topics };

export const commands: readonly Command[] = [
  newCommand,
  startCommand,
  stopCommand,
  statusCommand,
  deployCommand,
  devCommand,
  generateCommand,
  ...canisterCommands,
  ...cyclesCommands,
  logsCommand,
  ...identityCommands,
  ...stateCommands,
  completionCommand(
    () => commands,
    topics.map(({ name }) => name),
  ),
];
