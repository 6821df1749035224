/**
 * The identities of a person: PEM files in one folder, and which of them is used.
 *
 * `<folder>/identity/<name>.pem` holds the private key, readable by its owner alone; `<folder>/settings.json` names the chosen one.
 * @module
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ANONYMOUS_PRINCIPAL, type PrincipalId, principalToText, selfAuthenticatingPrincipal } from '@myelin/core/base';
import type { MessageSigner } from '@myelin/core/crypto';
import { ed25519SeedToPem, identityFromPem, type IdentityScheme, nodeHasher, secp256k1SecretKeyToPem } from '@myelin/node/crypto';
import { commandFailure, usageFailure } from '../terminal/index.ts';
import { diskKeyFiles, type KeyFiles, systemCode } from './key-files.ts';

/** The caller that everybody can be. */
export const ANONYMOUS_NAME = 'anonymous';
const DEFAULT_NAME = 'default';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** An identity that can be used. */
export type Identity = {
  readonly name: string;
  readonly principal: PrincipalId;
  /** Text of the principal. */
  readonly principalText: string;
  /** Undefined for the anonymous caller, who signs nothing. */
  readonly signer: MessageSigner | undefined;
  readonly scheme: IdentityScheme | undefined;
  /** Its PEM file. */
  readonly path: string | undefined;
};

/** Kinds of keys that are made here. */
export type NewIdentityScheme = 'ed25519' | 'secp256k1' | 'p256';

const ANONYMOUS: Identity = {
  name: ANONYMOUS_NAME,
  principal: ANONYMOUS_PRINCIPAL,
  principalText: principalToText(ANONYMOUS_PRINCIPAL),
  signer: undefined,
  scheme: undefined,
  path: undefined,
};

/** Where the identities are: MYELIN_CONFIG, else the place that the system has for configuration. */
export function configFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['MYELIN_CONFIG'];
  if (named !== undefined && named !== '') return named;
  const base = env['XDG_CONFIG_HOME'] ?? (process.platform === 'win32' ? env['APPDATA'] : undefined) ?? '';
  return join(base === '' ? join(homedir(), '.config') : base, 'myelin');
}

function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT';
}

/** An identity that has this name, or where none has, one that differs from it by upper and lower case. */
function alike(names: readonly string[], name: string): string | undefined {
  return names.includes(name) ? name : names.find((other) => other.toLowerCase() === name.toLowerCase());
}

function unknownIdentity(names: readonly string[], name: string): Error {
  const known = names.length === 0 ? 'there are none yet' : `there are: ${names.join(', ')}`;
  const meant = alike(names, name);
  const remedy = meant === undefined ? `make it with 'myelin identity new ${name}'` : `write it as '${meant}'`;
  return commandFailure('IDENTITY_UNKNOWN', `there is no identity '${name}'; ${known}`, remedy);
}

/** The identities below one folder. */
export class IdentityStore {
  readonly #folder: string;
  readonly #files: KeyFiles;

  constructor(folder: string = configFolder(), files: KeyFiles = diskKeyFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  #pemPath(name: string): string {
    if (!NAME.test(name) || name === ANONYMOUS_NAME) {
      throw usageFailure(
        'IDENTITY_NAME_INVALID',
        `'${name}' cannot be the name of an identity`,
        `use 1 to 64 letters, digits, dots, dashes and underscores, and not '${ANONYMOUS_NAME}'`,
      );
    }
    return join(this.#folder, 'identity', `${name}.pem`);
  }

  /** Names of all identities that have a key, in order. */
  async names(): Promise<string[]> {
    try {
      const files = await this.#files.list(join(this.#folder, 'identity'));
      return files
        .filter((file) => file.endsWith('.pem'))
        .map((file) => file.slice(0, -'.pem'.length))
        .filter((name) => NAME.test(name))
        .toSorted();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** Name of the identity that is used when none is named. */
  async chosenName(): Promise<string> {
    const path = join(this.#folder, 'settings.json');
    try {
      const { identity } = JSON.parse(await this.#files.read(path)) as { readonly identity?: unknown };
      return typeof identity === 'string' ? identity : DEFAULT_NAME;
    } catch (error) {
      if (isMissing(error)) return DEFAULT_NAME;
      if (error instanceof SyntaxError)
        throw commandFailure('IDENTITY_SETTINGS_INVALID', `${path} is not JSON`, 'correct or delete it', { cause: error });
      throw error;
    }
  }

  /** Uses an identity from now on when none is named. @throws IcError `IDENTITY_UNKNOWN` */
  async choose(name: string): Promise<Identity> {
    const identity = await this.load(name);
    await this.#files.replace(join(this.#folder, 'settings.json'), `${JSON.stringify({ identity: name }, undefined, 2)}\n`);
    return identity;
  }

  /** An identity by its name. @throws IcError `IDENTITY_UNKNOWN`, `IDENTITY_PEM_INVALID` */
  async load(name: string): Promise<Identity> {
    if (name === ANONYMOUS_NAME) return ANONYMOUS;
    const path = this.#pemPath(name);
    const names = await this.names();
    // Not only whether the file opens: where upper and lower case are the same to the disk, ALICE would be alice, and not the chosen one.
    if (!names.includes(name)) throw unknownIdentity(names, name);
    const pem = await this.#files.read(path).catch((error: unknown) => {
      throw isMissing(error)
        ? unknownIdentity(
            names.filter((other) => other !== name),
            name,
          )
        : error;
    });
    const signer = identityFromPem(pem);
    const principal = selfAuthenticatingPrincipal(signer.publicKeyDer, nodeHasher);
    return { name, principal, principalText: principalToText(principal), signer, scheme: signer.scheme, path };
  }

  /**
   * The identity that a command acts as; the first use of all makes one.
   *
   * @param name - the one that was asked for; undefined for the chosen one.
   * @param onCreated - told when one was made.
   */
  async current(name: string | undefined, onCreated: (identity: Identity) => void): Promise<Identity> {
    if (name !== undefined) return await this.load(name);
    const chosen = await this.chosenName();
    if (chosen !== DEFAULT_NAME || (await this.names()).includes(chosen)) return await this.load(chosen);
    const created = await this.create(DEFAULT_NAME, 'ed25519').catch((error: unknown) => {
      // Another process made it at the same moment.
      if ((error as { readonly detail?: { readonly code?: string } }).detail?.code === 'IDENTITY_EXISTS') return undefined;
      throw error;
    });
    if (created === undefined) return await this.load(DEFAULT_NAME);
    onCreated(created);
    return created;
  }

  /** Makes an identity with a fresh key. @throws IcError `IDENTITY_EXISTS`, `IDENTITY_NAME_INVALID` */
  async create(name: string, scheme: NewIdentityScheme): Promise<Identity> {
    const pem = newPem(scheme);
    return await this.#place(name, (path) => this.#files.create(path, pem));
  }

  /** Takes over the key of a PEM file. @throws IcError `IDENTITY_PEM_INVALID`, `IDENTITY_EXISTS`, `IDENTITY_NAME_INVALID` */
  async importPem(name: string, pem: string): Promise<Identity> {
    identityFromPem(pem);
    return await this.#place(name, (path) => this.#files.create(path, pem));
  }

  /** The PEM text of an identity. @throws IcError `IDENTITY_UNKNOWN`, `IDENTITY_KEYLESS` */
  async exportPem(name: string): Promise<string> {
    const { path } = await this.load(name);
    if (path !== undefined) return await this.#files.read(path);
    throw commandFailure('IDENTITY_KEYLESS', `'${name}' has no key: everybody can be it`, 'name another identity');
  }

  /**
   * Gives an identity another name. If it is the one that is used, it stays so.
   * @throws IcError `IDENTITY_UNKNOWN`, `IDENTITY_EXISTS`, `IDENTITY_NAME_INVALID`, `IDENTITY_KEYLESS`
   */
  async rename(name: string, newName: string): Promise<Identity> {
    const pem = await this.exportPem(name);
    const path = this.#pemPath(name);
    // In this order the key is never away, and the chosen name never means nothing; each step is on the disk before the next.
    const renamed = await this.#place(newName, async (newPath) => {
      try {
        await this.#files.link(path, newPath);
      } catch (error) {
        if (systemCode(error) === 'EEXIST' || isMissing(error)) throw error;
        // A file has one name only on this disk: a copy.
        await this.#files.create(newPath, pem);
      }
    });
    if ((await this.chosenName()) === name) await this.choose(newName);
    await this.#files.remove(path);
    return renamed;
  }

  /**
   * An identity that may be removed.
   * @throws IcError `IDENTITY_UNKNOWN`, `IDENTITY_KEYLESS`; `IDENTITY_CHOSEN` for the one that is used when none is named
   */
  async removable(name: string): Promise<Identity> {
    const identity = await this.load(name);
    if (identity.path === undefined)
      throw commandFailure('IDENTITY_KEYLESS', `'${name}' has no key that could be removed: everybody can be it`, 'name another identity');
    if ((await this.chosenName()) !== name) return identity;
    throw commandFailure(
      'IDENTITY_CHOSEN',
      `'${name}' is the identity that is used when a command names none`,
      "choose another one first: 'myelin identity use NAME'",
    );
  }

  /** Removes an identity with its key. @throws IcError as {@link removable} */
  async remove(name: string): Promise<void> {
    await this.removable(name);
    await this.#files.remove(this.#pemPath(name));
  }

  /** Puts the file of a key where it belongs, and reads it. @throws IcError `IDENTITY_EXISTS`, `IDENTITY_NAME_INVALID` */
  async #place(name: string, put: (path: string) => Promise<void>): Promise<Identity> {
    const path = this.#pemPath(name);
    try {
      await put(path);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      const there = alike(await this.names(), name) ?? name;
      const why = there === name ? '' : `, and this disk does not tell ${name} from ${there}`;
      throw commandFailure(
        'IDENTITY_EXISTS',
        `there is an identity '${there}' already${why}`,
        `choose another name, or move ${path} away first`,
      );
    }
    return await this.load(name);
  }
}

function newPem(scheme: NewIdentityScheme): string {
  switch (scheme) {
    case 'ed25519':
      return ed25519SeedToPem(randomBytes(32));
    case 'secp256k1':
      return secp256k1SecretKeyToPem(newSecp256k1Key());
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  }
}

/** Order of the group: a key is a number from 1 to below it. */
const SECP256K1_ORDER = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;

function newSecp256k1Key(): Uint8Array {
  for (;;) {
    const bytes = randomBytes(32);
    const value = BigInt(`0x${bytes.toString('hex')}`);
    if (value > 0n && value < SECP256K1_ORDER) return bytes;
  }
}
