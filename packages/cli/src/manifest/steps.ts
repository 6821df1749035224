/**
 * Build and sync steps of icp.yaml.
 * Source: icp-cli, "Configuration Reference", "Build Steps" and "Sync Steps".
 * @module
 */
import { resolve } from 'node:path';
import type { ManifestValue } from './document.ts';
import type { BuildStep, PrebuiltSource } from './model.ts';

function readCommands(step: ManifestValue): string[] {
  step.allow(['type', 'command', 'commands']);
  const command = step.get('command');
  const commands = step.get('commands');
  if ((command === undefined) === (commands === undefined)) throw step.refuse("needs either 'command' or 'commands'");
  return command === undefined ? (commands?.texts() ?? []) : [command.text()];
}

function readDigest(value: ManifestValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = value.scalar().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(text)) throw value.refuse('is not the hex of a SHA-256, which has 64 digits');
  return text;
}

/** `path` or `url`, and `sha256`. */
export function readPrebuilt(value: ManifestValue, folder: string): PrebuiltSource {
  const path = value.get('path');
  const url = value.get('url');
  if ((path === undefined) === (url === undefined)) throw value.refuse("needs either 'path' or 'url'");
  const sha256 = readDigest(value.get('sha256'));
  if (path !== undefined) return { from: { path: resolve(folder, path.text()) }, sha256 };
  return { from: { url: readUrl(url ?? value) }, sha256 };
}

/** Address of a module: https, or a server on this machine. */
export function readUrl(value: ManifestValue): string {
  const url = URL.canParse(value.text()) ? new URL(value.text()) : undefined;
  const isLocal = url !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return url.href;
  throw value.refuse(`is not an https address: ${value.text()}`);
}

export function readBuildSteps(build: ManifestValue, folder: string): BuildStep[] {
  build.allow(['steps']);
  const steps = build.need('steps').items();
  if (steps.length === 0) throw build.refuse('has no steps');
  return steps.map((step) => {
    const type = step.need('type').text();
    if (type === 'script') return { kind: 'script', commands: readCommands(step) };
    if (type !== 'pre-built') throw step.refuse(`has the type '${type}'`, "build steps are 'script' or 'pre-built'");
    step.allow(['type', 'path', 'url', 'sha256']);
    return { kind: 'pre-built', ...readPrebuilt(step, folder) };
  });
}

/** Commands that run after the installation. */
export function readSyncSteps(sync: ManifestValue | undefined): string[] {
  if (sync === undefined) return [];
  sync.allow(['steps']);
  return sync
    .need('steps')
    .items()
    .flatMap((step) => {
      const type = step.need('type').text();
      if (type === 'script') return readCommands(step);
      if (type === 'assets') {
        throw step.unsupported(
          'uploads files to an assets canister, which is not done here',
          'upload them with a script step and a tool of your own, or deploy the other canisters by their names',
        );
      }
      if (type === 'plugin') {
        throw step.unsupported(
          'is a plugin, which needs a WebAssembly component host',
          'put a script step in its place, or deploy the other canisters by their names',
        );
      }
      throw step.refuse(`has the type '${type}'`, "sync steps are 'script' here");
    });
}
