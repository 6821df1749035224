import { plainMotoko, engineMotoko } from './zz-tmp.ts';
import { readFileSync } from 'node:fs'; import { gunzipSync } from 'node:zlib';
const src = new Uint8Array(gunzipSync(readFileSync('/work/main/testing/canisters/fixtures/workloads/workloads-motoko.wasm.gz')));
const run = process.argv[2] === 'plain' ? plainMotoko(src) : engineMotoko(src);
let best = 1e9; for (let i = 0; i < Number(process.argv[5] ?? 300); i++) { const t = performance.now(); run(process.argv[3]!, Number(process.argv[4])); best = Math.min(best, performance.now() - t); }
console.log(process.argv[2], process.argv[3], best.toFixed(2));
