/**
 * Folders that a file system can not sync.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { makeFolderNow, nodeDisk } from '../../src/store/index.ts';

const skip = process.platform !== 'linux' && 'needs a file system whose folders can not be synced';

it('a folder that can not be synced is the care of its owner, whether it is waited for or not', { skip }, async () => {
  makeFolderNow('/proc/self');
  await nodeDisk.syncFolder('/proc');
  await assert.rejects(nodeDisk.syncFolder('/proc/is-not-there'), { detail: { code: 'STATE_DISK_FAILED' } });
});
