import assert from 'node:assert/strict';
import { it } from 'node:test';
import { requestFaultTeller } from '../../src/start/request-fault.ts';
import { createTerminal } from '../../src/terminal/index.ts';

it('a request that failed is told of, with what failed, once for each fault', () => {
  const told: string[] = [];
  const note = (text: string): void => void told.push(text);
  const tell = requestFaultTeller({ ...createTerminal(false), note, warn: note });
  const fault = new RangeError('out of it');
  tell(fault, 'GET /x');
  assert.match(told.splice(0).join('\n'), /GET \/x.*out of it[\s\S]*MYELIN_DEBUG=1/);
  tell(fault, 'GET /y');
  assert.deepEqual(told, []);
  tell(new RangeError('out of it'), 'GET /z');
  assert.equal(told.length, 2);
});
