/**
 * Finds a Chromium for the tests that need a browser: the one that `CHROMIUM_PATH` names, one that the system has, else the one
 * packed inside the npm package `@sparticuz/chromium` (Linux on x86-64 and arm64, unpacked once, nothing downloaded).
 *
 * There is no skip: a test that finds no browser fails and says which command installs one.
 * @module
 */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { repositoryRoot } from './commands.ts';

/** What playwright needs to start the browser. */
export type ChromiumLaunch = { readonly executablePath: string; readonly args: readonly string[] };

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

const FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'];

const OTHER_PATHS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A browser that refuses to run as root without this flag is started with it; tests open nothing but their own pages. */
function sandboxArguments(): string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

function findInstalled(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...FOLDERS];
  return [...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...OTHER_PATHS].find(isExecutable);
}

/** Unpacks the browser of the npm package, with the libraries that it needs, below node_modules/.cache. */
async function unpackFromPackage(): Promise<ChromiumLaunch> {
  const folder = join(repositoryRoot, 'node_modules', '.cache', 'myelin', 'chromium');
  mkdirSync(folder, { recursive: true });
  const { TMPDIR, AWS_LAMBDA_JS_RUNTIME } = process.env;
  // The package unpacks into the temporary folder, and its shared libraries only where it believes to be in such a runtime.
  process.env['TMPDIR'] = folder;
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs22.x';
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    return { executablePath: await chromium.executablePath(), args: chromium.args };
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
    if (AWS_LAMBDA_JS_RUNTIME === undefined) delete process.env['AWS_LAMBDA_JS_RUNTIME'];
    else process.env['AWS_LAMBDA_JS_RUNTIME'] = AWS_LAMBDA_JS_RUNTIME;
  }
}

/**
 * A Chromium that can be started.
 *
 * @throws Error that names the command which installs one, when there is none or `CHROMIUM_PATH` names none.
 */
export async function findChromium(): Promise<ChromiumLaunch> {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) throw new Error(`CHROMIUM_PATH is '${named}', which is not an executable file: correct or unset it`);
    return { executablePath: named, args: sandboxArguments() };
  }
  const installed = findInstalled();
  if (installed !== undefined) return { executablePath: installed, args: sandboxArguments() };
  const hint = 'This test needs a Chromium. Install one with `sudo apt-get install -y chromium` (Debian, Ubuntu), or set CHROMIUM_PATH.';
  if (process.platform !== 'linux') throw new Error(hint);
  try {
    return await unpackFromPackage();
  } catch (error) {
    throw new Error(`${hint} (The copy in the npm package @sparticuz/chromium did not unpack: ${String(error)})`, { cause: error });
  }
}
