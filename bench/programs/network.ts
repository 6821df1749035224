/**
 * Program: how long a fresh process takes for its first network. Sends the milliseconds of the import and of `createNetwork()`.
 * @module
 */
const began = performance.now();
const { createNetwork } = await import('@myelin/network');
const imported = performance.now();
const network = createNetwork();
const created = performance.now();
process.send?.({ importMs: imported - began, createMs: created - imported, processMs: began, height: Number(network.height) });
