export { ANONYMOUS_NAME, configFolder, IdentityStore } from './identity-store.ts';
export type { Identity, NewIdentityScheme } from './identity-store.ts';
export { createSecretFile } from './key-files.ts';
