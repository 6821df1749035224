/**
 * What is said of a network that is ready.
 * @module
 */
import { principalToText } from '@myelin/core/base';
import { canisterUrl } from '../canister/index.ts';
import type { JsonResult, Terminal } from '../terminal/index.ts';
import { logPath } from './background-log.ts';
import type { InstalledSample } from './sample.ts';

export type StartedNetwork = {
  readonly version: string;
  readonly pid: number;
  readonly isBackground: boolean;
  readonly url: string;
  readonly port: number;
  /** Hex. */
  readonly rootKey: string;
  readonly subnetId: string;
  readonly stateFolder: string | undefined;
  readonly replayed: number;
  /** Canisters of the network, with the names that they were deployed under. */
  readonly canisters: readonly { readonly id: string; readonly name: string | undefined }[];
  readonly sample: InstalledSample | undefined;
  /** From the start of the process to the first request that could be answered. */
  readonly readyMs: number;
  /** The same with the sample app. */
  readonly allReadyMs: number;
};

const LOOPBACK_HOST = /^(localhost|127\.|::1$)/;

const SAMPLE_WORDS = {
  install: 'installed',
  reinstall: 'reinstalled',
  upgrade: 'upgraded, its state is kept',
  unchanged: 'as it was',
} as const;

const HOW_TO_STOP = { foreground: 'Press Ctrl-C to stop.', background: "'myelin stop' stops it." } as const;

type Row = readonly [head: string, text: string];

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;

/** The announcement for people and for programs. */
export function describeNetwork(
  network: StartedNetwork,
  host: string,
  { style }: Terminal,
): { readonly text: string; readonly json: JsonResult } {
  const { url, port, stateFolder, sample, canisters } = network;
  const sampleUrl = sample === undefined ? undefined : canisterUrl({ url, isLocal: true }, sample.id);
  const replayed = network.replayed === 0 ? '' : `, ${network.replayed} ${network.replayed === 1 ? 'batch' : 'batches'} replayed`;
  const others = canisters.filter(({ id }) => sample === undefined || id !== principalToText(sample.id));
  const rows: Row[] = [
    ['Network', style('cyan', `${url}/`)],
    ...(sample === undefined || sampleUrl === undefined
      ? []
      : [['Sample app', `${style('bold', style('cyan', sampleUrl))} (${SAMPLE_WORDS[sample.action]})`] as const]),
    ...others.map(({ id, name }, index): Row => {
      const shownName = name === undefined ? '' : ` (${name})`;
      return [index === 0 ? 'Canisters' : '', `${style('cyan', `http://${id}.localhost:${port}/`)}${shownName}`];
    }),
    ...(network.isBackground ? [['Process', String(network.pid)] as const] : []),
    ['State', stateFolder === undefined ? 'in memory: gone when it stops' : `${stateFolder} (kept; --clean forgets it)`],
    ...(network.isBackground && stateFolder !== undefined ? [['Log', logPath(stateFolder)] as const] : []),
    ['Root key', style('dim', network.rootKey)],
  ];
  const lines = [
    `${style('bold', `Myelin ${network.version}`)} is ready after ${seconds(network.readyMs)}${replayed}${sample === undefined ? '' : `, the sample app after ${seconds(network.allReadyMs)}`}.`,
    '',
    ...rows.map(([head, text]) => `  ${head.padEnd(12)}${text}`),
    '',
    ...(LOOPBACK_HOST.test(host) ? [] : [`  Everybody who reaches ${host} can use this network and create canisters on it.`, '']),
    `${HOW_TO_STOP[network.isBackground ? 'background' : 'foreground']} 'myelin deploy FILE.mo' brings a canister here.`,
  ];
  const json: JsonResult = {
    version: network.version,
    alreadyRunning: false,
    pid: network.pid,
    background: network.isBackground,
    log: network.isBackground && stateFolder !== undefined ? logPath(stateFolder) : null,
    url,
    port,
    rootKey: network.rootKey,
    subnetId: network.subnetId,
    state: stateFolder ?? null,
    replayed: network.replayed,
    canisters: canisters.map(({ id, name }) => ({ id, name: name ?? null })),
    sample:
      sample === undefined ? null : { name: sample.name, canister: principalToText(sample.id), url: sampleUrl, action: sample.action },
    readyMs: network.readyMs,
    allReadyMs: network.allReadyMs,
  };
  return { text: lines.join('\n'), json };
}
