/**
 * Compares two descriptions of stable types with the Motoko compiler, in a process of its own: the compiler takes long to load and much memory.
 * @module
 */
import { createRequire } from 'node:module';
import { answerOnce } from '../process/index.ts';

/** The part of the compiler's interface that is used. */
type Compiler = {
  write(path: string, source: string): void;
  readonly compiler: {
    stableCompatible(
      before: string,
      after: string,
    ): { readonly diagnostics: readonly { readonly code: string; readonly message: string; readonly severity: number }[] };
  };
};

const ERROR = 1;

answerOnce(({ before, after }: { readonly before: string; readonly after: string }): readonly string[] => {
  const { default: motoko } = createRequire(import.meta.url)('motoko') as { readonly default: Compiler };
  motoko.write('before.most', before);
  motoko.write('after.most', after);
  const { diagnostics } = motoko.compiler.stableCompatible('before.most', 'after.most');
  return diagnostics.filter(({ severity }) => severity === ERROR).map(({ code, message }) => `[${code}] ${message}`);
});
