/**
 * Installing a large module: reading, validation and rewriting, once the compiler has warmed to them.
 * @module
 */
import { type ParsedModule, instrumentModule, parseModule, validateModule } from '@myelin/core/wasm';
import { azleCanister } from '@myelin/test-canisters';
import type { Benchmark } from '../src/figure.ts';
import { median, summary } from '../src/statistics.ts';

const MEGABYTE = 1_000_000;

type Times = { readonly parse: number; readonly validate: number; readonly rewrite: number; readonly engine: number };

function parse(bytes: Uint8Array): ParsedModule {
  const parsed = parseModule(bytes);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function measureOnce(bytes: Uint8Array<ArrayBuffer>, validatesFirst: boolean): Times & { readonly rewrittenBytes: number } {
  const engine = (): number => {
    const began = performance.now();
    if (!WebAssembly.validate(bytes)) throw new Error('V8 refuses the module');
    return performance.now() - began;
  };
  const before = validatesFirst ? engine() : undefined;
  const began = performance.now();
  const module = parse(bytes);
  const parsed = performance.now();
  const info = validateModule(module, 'canister');
  const validated = performance.now();
  if (!info.ok) throw new Error(info.error.message);
  const rewritten = instrumentModule(module);
  const ended = performance.now();
  return {
    parse: parsed - began,
    validate: validated - parsed,
    rewrite: ended - validated,
    engine: before ?? engine(),
    rewrittenBytes: rewritten.bytes.length,
  };
}

export const rewriting: Benchmark = async ({ quick, progress }) => {
  const bytes = Uint8Array.from((await azleCanister()).wasm);
  const rounds = quick ? 3 : 11;
  const cold = measureOnce(bytes, false);
  for (let round = 0; round < 3; round++) measureOnce(bytes, false);
  const times = Array.from({ length: rounds }, (_, round) => {
    const measured = measureOnce(bytes, round % 2 === 0);
    progress(`round ${round + 1} of ${rounds}: ${(measured.parse + measured.validate + measured.rewrite).toFixed(0)} ms`);
    return measured;
  });
  const total = ({ parse, validate, rewrite }: Times): number => parse + validate + rewrite;
  const size = (length: number): string => (length / MEGABYTE).toFixed(2);
  return [
    {
      name: 'wasm.rewrite',
      what: `Reading, validation and rewriting of a module of ${size(bytes.length)} MB (Azle), warm`,
      unit: 'ms',
      better: 'lower',
      ...summary(times.map(total)),
      references: [{ kind: 'limit', what: 'V8: validation of the same module', value: median(times.map(({ engine }) => engine)) }],
      parts: {
        'reading, ms': median(times.map((time) => time.parse)),
        'validation, ms': median(times.map((time) => time.validate)),
        'rewriting, ms': median(times.map((time) => time.rewrite)),
        'first time in the process, ms': total(cold),
        'size after rewriting, MB': cold.rewrittenBytes / MEGABYTE,
      },
    },
  ];
};
