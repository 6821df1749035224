/**
 * Where a canister's pages are.
 * @module
 */
import { type PrincipalId, principalToText } from '@myelin/core/base';

/** Address that a browser opens; undefined for networks whose gateway is not known. */
export function canisterUrl(network: { readonly url: string; readonly isLocal: boolean }, canister: PrincipalId): string | undefined {
  const id = principalToText(canister);
  if (network.isLocal) {
    const { port } = new URL(network.url);
    return `http://${id}.localhost${port === '' ? '' : `:${port}`}/`;
  }
  return /\/\/([^/]*\.)?(icp-api\.io|icp0\.io|ic0\.app)$/.test(network.url) ? `https://${id}.icp0.io/` : undefined;
}
