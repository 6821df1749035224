/**
 * Parts that the scripts for bash and zsh share: branches of their `case` statements.
 * @module
 */
import type { CompletedCommand, CompletionModel, ValueSource } from './model.ts';

/** A text that both shells take as it is. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A source as the scripts know it: words, of which those of names begin with `@`. */
const sourceWord = ({ words, kinds }: ValueSource): string => [...words, ...kinds.map((kind) => `@${kind}`)].join(' ');

/** What answers a text in a branch, such as `echo`. */
export type Answering = (quotedText: string) => string;

/** `'<command> <option>'` answers what its value is. */
export function valueCases({ commands }: CompletionModel, answer: Answering): string {
  const cases = (command: CompletedCommand): string[] =>
    command.options.flatMap(({ name, short, value }) => {
      if (value === undefined) return [];
      const patterns = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].map((word) => quoted(`${command.name} ${word}`));
      return [`    ${patterns.join('|')}) ${answer(quoted(sourceWord(value)))} ;;`];
    });
  return commands.flatMap(cases).join('\n');
}

/** `'<command> <number>'` answers what that operand is. */
export function operandCases({ commands }: CompletionModel, answer: Answering): string {
  const cases = ({ name, operands: { places, isRepeated } }: CompletedCommand): string[] =>
    places.map((source, index) => {
      const isEvery = isRepeated && index === places.length - 1;
      const pattern = isEvery ? `${quoted(`${name} `)}[0-9]*` : quoted(`${name} ${index}`);
      return `    ${pattern}) ${answer(quoted(sourceWord(source)))} ;;`;
    });
  return commands.flatMap(cases).join('\n');
}
