/**
 * `myelin state …`: the state of a network that does not run.
 * @module
 */
import type { CommandLine } from '../command-line/index.ts';
import type { Terminal } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { stateFolderOf } from './network-options.ts';
import { YES_OPTION } from './yes-option.ts';

const STATE_OPTION = { name: 'state', value: 'DIR', help: 'State folder. Default: .myelin in the current folder.' } as const;
const REPLACE_OPTION = {
  name: 'replace',
  help: 'Replace the network that is in the state folder already. What it holds is gone then.',
} as const;
const STOPPED = 'The network must not run: stop it first.';

type Work = typeof import('../state/index.ts');

/** A command that works on a state folder which nobody else uses meanwhile. */
function onState(run: (work: Work, folder: string, line: CommandLine, terminal: Terminal) => Promise<void>): Command['run'] {
  return async (line, terminal) => {
    const work = await import('../state/index.ts');
    await run(work, stateFolderOf(line), line, terminal);
    return 0;
  };
}

export const stateCommands: readonly Command[] = [
  {
    path: ['state', 'verify'],
    operands: '',
    operandCount: [0, 0],
    summary: 'Check that the state of a stopped network is whole',
    description: [
      `Reads the checkpoint, runs the batches after it, and compares digests and invariants: what a start would do, and more. Changes nothing. ${STOPPED}`,
    ],
    options: [STATE_OPTION],
    examples: [['myelin state verify', 'after a copy, or a look at the disk']],
    run: onState((work, folder, _line, terminal) => work.verify(folder, terminal)),
  },
  {
    path: ['state', 'export'],
    operands: 'FILE',
    operandCount: [1, 1],
    summary: 'Write a stopped network to one file',
    description: [
      `The file holds everything: canisters, cycles, the names they were deployed under, and the secret keys of the network. Who has it can go on with the network, and sign as it. A file of that name is replaced. ${STOPPED}`,
    ],
    options: [STATE_OPTION],
    examples: [['myelin state export network.state', 'to keep it, or to move it to another machine']],
    run: onState((work, folder, line, terminal) => work.exportTo(folder, line.operands[0] ?? '', terminal)),
  },
  {
    path: ['state', 'import'],
    operands: 'FILE',
    operandCount: [1, 1],
    summary: 'Make a network from a file',
    description: [
      'Makes the network of the state folder from a file that was exported, with its keys, ids and names. It is checked before it takes its place; a file that is not whole changes nothing.',
    ],
    options: [STATE_OPTION, REPLACE_OPTION],
    examples: [['myelin state import network.state', "then 'myelin start'"]],
    run: onState((work, folder, line, terminal) => work.importFrom(folder, line.operands[0] ?? '', line.flag('replace'), terminal)),
  },
  {
    path: ['state', 'snapshot'],
    operands: 'NAME',
    operandCount: [1, 1],
    summary: 'Keep the state of a stopped network under a name',
    description: [`Writes the network to a file in the state folder, from which 'myelin state restore NAME' makes it again. ${STOPPED}`],
    options: [STATE_OPTION],
    examples: [['myelin state snapshot before-upgrade', 'then try, and go back if need be']],
    run: onState((work, folder, line, terminal) => work.snapshot(folder, line.operands[0] ?? '', terminal)),
  },
  {
    path: ['state', 'restore'],
    operands: 'NAME',
    operandCount: [1, 1],
    summary: 'Go back to a snapshot',
    description: [
      `Replaces the network of the state folder by what it was when the snapshot was taken. What came after is gone: asks first. ${STOPPED}`,
    ],
    options: [STATE_OPTION, YES_OPTION],
    examples: [
      ['myelin state restore before-upgrade', 'asks, then it is as it was'],
      ['myelin state restore before-upgrade --yes', 'in a script'],
    ],
    run: onState((work, folder, line, terminal) => work.restore(folder, line.operands[0] ?? '', line.flag('yes'), terminal)),
  },
  {
    path: ['state', 'snapshots'],
    operands: '',
    operandCount: [0, 0],
    summary: 'List the snapshots',
    description: ['Prints the snapshots of the state folder with the time when each was taken and its size, the oldest first.'],
    options: [STATE_OPTION],
    examples: [['myelin state snapshots', 'what can be gone back to?']],
    run: onState((work, folder, _line, terminal) => work.listSnapshots(folder, terminal)),
  },
  {
    path: ['state', 'delete-snapshot'],
    operands: 'NAME',
    operandCount: [1, 1],
    summary: 'Delete a snapshot',
    description: ['Deletes a snapshot; the network stays as it is, and may run. Asks first.'],
    options: [STATE_OPTION, YES_OPTION],
    examples: [['myelin state delete-snapshot before-upgrade', 'when it is not needed any more']],
    run: onState((work, folder, line, terminal) => work.deleteSnapshot(folder, line.operands[0] ?? '', line.flag('yes'), terminal)),
  },
];
