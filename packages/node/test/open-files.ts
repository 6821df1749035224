/**
 * What this process has open, where the system tells.
 */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';

const LIST = '/proc/self/fd';

/** Open files below a directory; none where the system does not tell. */
export function openFilesBelow(directory: string): string[] {
  if (!existsSync(LIST)) return [];
  return readdirSync(LIST).flatMap((fd) => {
    try {
      const path = readlinkSync(`${LIST}/${fd}`);
      return path.startsWith(directory) ? [path] : [];
    } catch {
      // The one that the list itself was read through.
      return [];
    }
  });
}
