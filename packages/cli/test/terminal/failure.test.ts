import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IcError } from '@myelin/core/base';
import { commandFailure, explain, usageFailure } from '../../src/terminal/index.ts';

describe('explain', () => {
  it('keeps what a failure says', () => {
    const shown = explain(commandFailure('A_B', 'what happened', 'what to do', { lines: ['a line'] }));
    assert.deepEqual(shown, { code: 'A_B', message: 'what happened', remedy: 'what to do', lines: ['a line'], exitCode: 1 });
    assert.equal(explain(usageFailure('USAGE_X', 'wrong')).exitCode, 2);
  });

  it('takes errors of the core, which have no remedy of their own', () => {
    const shown = explain(new IcError({ code: 'PRINCIPAL_INVALID' }, 'not a principal'));
    assert.deepEqual([shown.code, shown.message, shown.remedy, shown.exitCode], ['PRINCIPAL_INVALID', 'not a principal', undefined, 1]);
  });

  it('says what errors of the system mean and what helps', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
    const shown = explain(full);
    assert.equal(shown.code, 'SYSTEM_ENOSPC');
    assert.equal(shown.message, 'write: the disk is full');
    assert.match(shown.remedy ?? '', /free some space/);
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: 'a.wasm', syscall: 'stat' });
    assert.equal(explain(missing).message, 'a.wasm: there is no such file or directory');
  });

  it('calls what nobody foresaw a fault', () => {
    const shown = explain(new RangeError('out of it'));
    assert.deepEqual([shown.code, shown.message, shown.exitCode], ['FAULT_UNEXPECTED', 'out of it', 1]);
    assert.match(shown.remedy ?? '', /MYELIN_DEBUG=1/);
    assert.equal(explain('a text').message, 'a text');
  });
});
