/**
 * Brings the sample app to a network that runs.
 * @module
 */
import type { Terminal } from '../terminal/index.ts';
import type { InstalledSample, SampleApp } from './sample.ts';

/** Installs the app as the identity that commands use. What it needs is imported now: a start without it does not wait for that. */
export async function installSampleApp(
  app: SampleApp,
  network: { readonly url: string; readonly rootKeyDer: Uint8Array },
  stateFolder: string | undefined,
  terminal: Terminal,
): Promise<InstalledSample> {
  const [{ installSample }, { openConnection }, { IdentityStore }] = await Promise.all([
    import('./sample.ts'),
    import('../client/index.ts'),
    import('../identity/index.ts'),
  ]);
  const identity = await new IdentityStore().current(undefined, ({ name, principalText }) => {
    terminal.note(`Made the identity '${name}' for you: ${principalText}.`);
  });
  const connection = await openConnection(network.url, network.rootKeyDer, true, identity);
  return await installSample(app, connection, stateFolder);
}
