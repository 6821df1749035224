/**
 * Names of bindings: file, class and interface are called after the canister.
 * @module
 */
import { usageFailure } from '../terminal/index.ts';
import { NAME_LENGTH_MAX } from './limits.ts';

/** What the bindings import or declare themselves, with a capital letter as the class has it. */
const TAKEN: ReadonlySet<string> = new Set([
  'Actor',
  'ActorConfig',
  'ActorSubclass',
  'Agent',
  'HttpAgent',
  'None',
  'Option',
  'Principal',
  'Some',
]);

/**
 * The name as an identifier of TypeScript: `my-counter` becomes `my_counter`.
 * @throws IcError `USAGE_OPTION_VALUE` when nothing of it can be one
 */
export function bindingName(canister: string): string {
  const name = canister.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/^(?=[0-9])/, '_');
  if (/^_*$/.test(name) || name.length > NAME_LENGTH_MAX) {
    throw usageFailure('USAGE_OPTION_VALUE', `'${canister}' cannot be the name of bindings`, 'give another with --name NAME');
  }
  const className = name.charAt(0).toUpperCase() + name.slice(1);
  return TAKEN.has(className) ? `${name}_canister` : name;
}
