/**
 * Says whether the network of a state folder runs, and what it is like.
 * @module
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { amountOfBytes } from '../canister/index.ts';
import { factsJson, findNode, type FoundNode, type NodeFacts } from '../control/index.ts';
import { logPath } from '../start/index.ts';
import { EXIT_CODES, type ExitCode, type JsonResult, type Terminal } from '../terminal/index.ts';
import { folderBytes } from './folder-size.ts';

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
const SECONDS_PER_DAY = 86_400;

/** `2 d 3 h`, `4 h 5 min`, `6 min 7 s`, `8 s` */
function amountOfTime(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_PER_DAY);
  const hours = Math.floor((seconds % SECONDS_PER_DAY) / SECONDS_PER_HOUR);
  const minutes = Math.floor((seconds % SECONDS_PER_HOUR) / SECONDS_PER_MINUTE);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % SECONDS_PER_MINUTE} s` : `${seconds} s`;
}

/** States of a network, as programs are told. */
type State = 'running' | 'starting' | 'stopping' | 'stopped' | 'silent';

const MEANING: Readonly<Record<State, string>> = {
  running: 'runs',
  starting: 'starts: it does not answer requests yet',
  stopping: 'stops: it finishes what it does',
  stopped: 'does not run',
  silent: 'is used by a process that does not answer: a command that works on the state, another container, or one that hangs',
};

function stateOf(found: FoundNode): State {
  if (found.kind === 'none') return 'stopped';
  if (found.kind === 'silent') return 'silent';
  return found.facts.phase === 'ready' ? 'running' : found.facts.phase;
}

type Row = readonly [head: string, text: string];

function factRows(facts: NodeFacts, stateFolder: string, { style }: Terminal): Row[] {
  const { network, pid, startedAt, uptimeSeconds, isBackground, processMemoryBytes, version } = facts;
  const networkRows: Row[] =
    network === null
      ? []
      : [
          ['Height', `${network.height}, last batch at ${network.lastBatchAt}`],
          ['Canisters', `${network.canisters}, ${amountOfBytes(BigInt(network.canisterMemoryBytes))}`],
        ];
  return [
    ...(network === null ? [] : [['Address', style('cyan', `${network.url}/`)] as const]),
    ['Process', `${pid} in the ${isBackground ? 'background' : 'foreground'}, ${amountOfBytes(BigInt(processMemoryBytes))} of memory`],
    ['Running', `for ${amountOfTime(uptimeSeconds)}, since ${startedAt}`],
    ...networkRows,
    ['Version', version],
    ...(isBackground ? [['Log', logPath(stateFolder)] as const] : []),
  ];
}

/**
 * Prints what is known.
 * @returns 0 when the network answers requests, 3 when it does not.
 */
export async function showStatus(folder: string, terminal: Terminal): Promise<ExitCode> {
  const stateFolder = resolve(folder);
  const exists = existsSync(folder);
  const found: FoundNode = exists ? await findNode(folder) : { kind: 'none' };
  const state = stateOf(found);
  const bytes = exists ? await folderBytes(folder) : 0;
  const facts = found.kind === 'node' ? found.facts : undefined;
  const rows: Row[] = [
    ...(facts === undefined ? [] : factRows(facts, stateFolder, terminal)),
    ['State', exists ? `${stateFolder}, ${amountOfBytes(BigInt(bytes))}` : `${stateFolder}, not there yet`],
  ];
  const colour = state === 'running' ? 'green' : 'yellow';
  const text = [
    `The network ${terminal.style(colour, MEANING[state])}.`,
    '',
    ...rows.map(([head, value]) => `  ${terminal.style('dim', head.padEnd(12))}${value}`),
  ].join('\n');
  const json: JsonResult = {
    running: state === 'running',
    state,
    ...(facts === undefined ? {} : factsJson(facts)),
    log: facts?.isBackground === true ? logPath(stateFolder) : null,
    stateFolder,
    stateFolderBytes: bytes,
  };
  terminal.result(text, json);
  return state === 'running' ? EXIT_CODES.ok : EXIT_CODES.notRunning;
}
