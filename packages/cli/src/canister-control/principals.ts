/**
 * Principals as options name them: themselves, or an identity.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import { parsePrincipal } from '../client/index.ts';
import { ANONYMOUS_NAME, IdentityStore } from '../identity/index.ts';
import { usageFailure } from '../terminal/index.ts';

/** @throws IcError `USAGE_OPTION_VALUE` */
export async function principalOf(text: string): Promise<PrincipalId> {
  const id = parsePrincipal(text);
  if (id !== undefined) return id;
  const store = new IdentityStore();
  const names = [...(await store.names()), ANONYMOUS_NAME];
  if (names.includes(text)) return (await store.load(text)).principal;
  throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is neither a principal nor an identity`, `the identities are: ${names.join(', ')}`);
}

/** Each once, in the order of the texts. @throws IcError `USAGE_OPTION_VALUE` */
export async function principalsOf(texts: readonly string[]): Promise<PrincipalId[]> {
  const ids: PrincipalId[] = [];
  for (const text of texts) ids.push(await principalOf(text));
  return [...new Set(ids)];
}
