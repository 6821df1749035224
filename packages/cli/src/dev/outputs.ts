/**
 * Files that builds write themselves, among those that are watched.
 * @module
 */
import { changedPaths, type Snapshot } from './snapshot.ts';

/** What is known of the files that builds write themselves. */
export class Outputs {
  /** Files that changed while the last build ran. */
  #suspects: ReadonlySet<string> = new Set();
  readonly #known = new Set<string>();

  /**
   * The state of the files to compare with: that before the build, so that what is edited meanwhile is not missed; but that after it for files
   * which the build writes. Those are the ones that changed while two builds in a row ran.
   */
  baseline(before: Snapshot, after: Snapshot): Snapshot {
    const during = changedPaths(before, after);
    for (const path of during) if (this.#suspects.has(path)) this.#known.add(path);
    this.#suspects = new Set(during);
    const baseline = new Map(before);
    for (const path of this.#known) {
      const seen = after.get(path);
      if (seen === undefined) baseline.delete(path);
      else baseline.set(path, seen);
    }
    return baseline;
  }
}
