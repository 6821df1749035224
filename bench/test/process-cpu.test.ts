import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cpuUsOf, residentBytesOf } from '../src/process-cpu.ts';

it('the processor time of a process is what the process itself sees', () => {
  const until = performance.now() + 300;
  while (performance.now() < until);
  const { user, system } = process.cpuUsage();
  // Steps of a hundredth of a second, or of a second where the system says no more.
  const step = process.platform === 'linux' ? 50_000 : 1_000_000;
  assert.ok(Math.abs(cpuUsOf(process.pid) - (user + system)) <= step);
});

it('the memory of a process is what the process itself sees', () => {
  const { rss } = process.memoryUsage();
  assert.ok(Math.abs(residentBytesOf(process.pid) - rss) < rss / 4);
});

it('a process that is not there is an error', () => assert.throws(() => cpuUsOf(2 ** 22 + 1)));
