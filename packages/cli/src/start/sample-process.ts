/**
 * Builds the sample app from its sources, in a process of its own: compiler and bundler take several hundred MiB.
 * @module
 */
import { answerOnce } from '../process/index.ts';
import type { SampleApp } from './sample.ts';

answerOnce(async ({ source }: { readonly source: string }): Promise<SampleApp> => {
  const { loadHelloApp } = (await import(source)) as { readonly loadHelloApp: () => Promise<SampleApp> };
  const { name, wasm, argument } = await loadHelloApp();
  return { name, wasm, argument };
});
