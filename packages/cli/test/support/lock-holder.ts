/**
 * Holds the lock of a folder until it is killed.
 */
import { lockStateFolder } from '../../src/project/index.ts';

const lock = await lockStateFolder(process.argv[2] ?? '');
console.log('locked');
setTimeout(() => lock.release(), 60_000);
