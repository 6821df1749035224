/**
 * Waits until watched files change.
 * @module
 */
import { type FSWatcher, watch } from 'node:fs';
import type { WatchedPaths } from '../build/index.ts';
import { POLL_MS, QUIET_MS, QUIET_MS_MAX } from './limits.ts';
import { changedPaths, type Snapshot, takeSnapshot } from './snapshot.ts';

/** Calls back after changes, when it has been quiet for a moment, or changes have gone on for long. */
class Bell {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #firstAt: number | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  touch(): void {
    const now = performance.now();
    this.#firstAt ??= now;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#firstAt = undefined;
        this.#ring();
      },
      Math.max(0, Math.min(QUIET_MS, this.#firstAt + QUIET_MS_MAX - now)),
    );
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** Watches folders; where the system has no watchers left, looks again and again. */
function watchFolders(folders: Iterable<string>, touch: () => void): () => void {
  const watchers: FSWatcher[] = [];
  let poll: NodeJS.Timeout | undefined;
  const fallBack = (): void => void (poll ??= setInterval(touch, POLL_MS));
  for (const folder of folders) {
    try {
      watchers.push(watch(folder, { persistent: true }, touch).on('error', fallBack));
    } catch {
      fallBack();
    }
  }
  return () => {
    clearInterval(poll);
    for (const watcher of watchers) watcher.close();
  };
}

/**
 * Resolves with the paths that differ from `baseline`, as soon as some do.
 * @param stopped - ends the waiting: then the list is empty.
 */
export async function awaitChange(
  watched: readonly WatchedPaths[],
  baseline: Snapshot,
  stopped: Promise<unknown>,
): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const look = async (): Promise<void> => {
    const { snapshot } = await takeSnapshot(watched);
    const changed = changedPaths(baseline, snapshot);
    if (changed.length > 0) resolve(changed);
  };
  const bell = new Bell(() => void look().catch(reject));
  const { folders } = await takeSnapshot(watched);
  const close = watchFolders(folders, () => bell.touch());
  void stopped.then(() => resolve([]));
  // What changed before the watchers were there.
  bell.touch();
  try {
    return await promise;
  } finally {
    bell.stop();
    close();
  }
}
