/**
 * Awaits something for as long as it takes to be seen, and prints a result.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createTerminal } from '../../src/terminal/index.ts';

const terminal = createTerminal(process.argv.includes('--json'));
await terminal.during('Waiting for a while', delay(300));
terminal.result(terminal.style('green', 'done'), { done: true });
