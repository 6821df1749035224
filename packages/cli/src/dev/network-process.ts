/**
 * A network of its own for the time that it is needed: `myelin start` in a process below this one.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandFailure } from '../terminal/index.ts';

const PROGRAM = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));

/** How long a network may take to finish what it does when it is told to stop. */
const STOP_MS_MAX = 30_000;

export type NetworkProcess = {
  readonly url: string;
  /** Settles when the process has ended. */
  readonly ended: Promise<unknown>;
  /** Ends it in order. */
  readonly stop: () => Promise<void>;
};

type Announcement = {
  readonly ok: boolean;
  readonly url?: string;
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
};

function parseAnnouncement(line: string): Announcement | undefined {
  try {
    return JSON.parse(line) as Announcement;
  } catch {
    return undefined;
  }
}

/** Starts a network and waits until it is ready. @throws IcError as `myelin start` fails, `NETWORK_NOT_STARTED` */
export async function startNetworkProcess(stateFolder: string, port: string | undefined): Promise<NetworkProcess> {
  const words = ['start', '--state', stateFolder, '--json', ...(port === undefined ? [] : ['--port', port])];
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'));
  // In a group of its own: a Ctrl-C of the terminal is for this process, which ends the other in order.
  const child = spawn(process.execPath, [...conditions, PROGRAM, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    windowsHide: true,
  });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close').finally(() => process.off('exit', kill));
  let said = '';
  child.stdout.setEncoding('utf8');
  const line = new Promise<string>((resolve) => {
    child.stdout.on('data', (text: string) => {
      said += text;
      if (said.includes('\n')) resolve(said);
    });
    void ended.then(() => resolve(said));
  });
  const announcement = parseAnnouncement(await line);
  if (announcement?.ok === true && announcement.url !== undefined) {
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      const timer = setTimeout(kill, STOP_MS_MAX);
      await ended;
      clearTimeout(timer);
    };
    return { url: announcement.url, ended, stop };
  }
  const { code = 'NETWORK_NOT_STARTED', message = 'the network could not be started', remedy } = announcement?.error ?? {};
  throw commandFailure(code, message, remedy);
}
