/**
 * `myelin identity …`
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Identity, IdentityStore } from '../identity/index.ts';
import { EXIT_CODES, type JsonResult, type Terminal, usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';

const KEPT_IN = 'Identities are PEM files in ~/.config/myelin/identity (MYELIN_CONFIG names another folder), readable by you alone.';

function identityJson({ name, principalText, scheme, path }: Identity): JsonResult {
  return { name, principal: principalText, scheme: scheme ?? null, path: path ?? null };
}

function identityText({ style }: Terminal, { name, principalText, scheme, path }: Identity): string {
  const rows = [
    ['Identity', style('bold', name)],
    ['Principal', principalText],
    ['Key', scheme ?? 'none'],
    ...(path === undefined ? [] : [['File', path]]),
  ];
  return rows.map(([head = '', text = '']) => `${style('dim', head.padEnd(10))} ${text}`).join('\n');
}

async function openStore(): Promise<IdentityStore> {
  const identity = await import('../identity/index.ts');
  return new identity.IdentityStore();
}

const newIdentity: Command = {
  path: ['identity', 'new'],
  operands: 'NAME',
  operandCount: [1, 1],
  summary: 'Make an identity with a fresh key',
  description: [
    'Makes a key pair and prints its principal: who you are to canisters. Nothing is sent anywhere; whoever has the file is you, so keep a copy in a safe place.',
    KEPT_IN,
  ],
  options: [
    { name: 'scheme', value: 'SCHEME', help: 'Kind of key: ed25519 or secp256k1. Default: ed25519.' },
    { name: 'use', help: 'Use it from now on when a command names none.' },
  ],
  examples: [
    ['myelin identity new alice', 'an identity for tests with two people'],
    ['myelin identity new work --scheme secp256k1 --use', 'the kind of key that other tools use by default'],
  ],
  run: async (line, terminal) => {
    const scheme = line.text('scheme') ?? 'ed25519';
    if (scheme !== 'ed25519' && scheme !== 'secp256k1') {
      throw usageFailure('USAGE_OPTION_VALUE', `'${scheme}' is not a kind of key`, 'write --scheme ed25519 or --scheme secp256k1');
    }
    const store = await openStore();
    const identity = await store.create(line.operands[0] ?? '', scheme);
    if (line.flag('use')) await store.choose(identity.name);
    terminal.result(identityText(terminal, identity), identityJson(identity));
    return EXIT_CODES.ok;
  },
};

const listIdentities: Command = {
  path: ['identity', 'list'],
  operands: '',
  operandCount: [0, 0],
  summary: 'List your identities',
  description: ['Prints every identity with its principal. The one marked with * is used when a command names none.', KEPT_IN],
  options: [],
  examples: [['myelin identity list', 'who can I be?']],
  run: async (_line, terminal) => {
    const store = await openStore();
    const [names, chosen] = await Promise.all([store.names(), store.chosenName()]);
    const identities = await Promise.all(names.map((name) => store.load(name)));
    const all = [...identities, await store.load('anonymous')];
    const width = Math.max(...all.map(({ name }) => name.length));
    const rows = all.map((identity) => {
      const isChosen = identity.name === chosen;
      return `${isChosen ? terminal.style('green', '*') : ' '} ${identity.name.padEnd(width)}  ${identity.principalText}`;
    });
    terminal.result(rows.join('\n'), { chosen, identities: all.map(identityJson) });
    return EXIT_CODES.ok;
  },
};

const showIdentity: Command = {
  path: ['identity', 'show'],
  operands: '[NAME]',
  operandCount: [0, 1],
  summary: 'Show an identity: principal, kind of key, file',
  description: ['Prints the identity of that name, or the one that is used when a command names none. The first use makes one.', KEPT_IN],
  options: [],
  examples: [
    ['myelin identity show', 'who am I?'],
    ['myelin identity show alice --json', 'her principal, for a script'],
  ],
  run: async (line, terminal) => {
    const store = await openStore();
    const identity = await store.current(line.operands[0], () => {});
    terminal.result(identityText(terminal, identity), identityJson(identity));
    return EXIT_CODES.ok;
  },
};

const useIdentity: Command = {
  path: ['identity', 'use'],
  operands: 'NAME',
  operandCount: [1, 1],
  summary: 'Choose the identity that commands use',
  description: ["Uses this identity from now on when a command names none with --identity. 'anonymous' is everybody's."],
  options: [],
  examples: [['myelin identity use alice', 'act as alice']],
  run: async (line, terminal) => {
    const store = await openStore();
    const identity = await store.choose(line.operands[0] ?? '');
    terminal.result(identityText(terminal, identity), identityJson(identity));
    return EXIT_CODES.ok;
  },
};

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const importIdentity: Command = {
  path: ['identity', 'import'],
  operands: 'NAME FILE',
  operandCount: [2, 2],
  summary: 'Take over the key of a PEM file',
  description: [
    'Copies the private key of a PEM file that another tool or OpenSSL made: Ed25519, secp256k1 or P-256, not encrypted. FILE may be - for standard input.',
    KEPT_IN,
  ],
  options: [{ name: 'use', help: 'Use it from now on when a command names none.' }],
  examples: [['myelin identity import old ~/keys/identity.pem', 'keep the principal that canisters know']],
  run: async (line, terminal) => {
    const [name = '', file = ''] = line.operands;
    const pem = file === '-' ? await readStandardInput() : await readFile(file, 'utf8');
    const store = await openStore();
    const identity = await store.importPem(name, pem);
    if (line.flag('use')) await store.choose(identity.name);
    terminal.result(identityText(terminal, identity), identityJson(identity));
    return EXIT_CODES.ok;
  },
};

export const identityCommands: readonly Command[] = [newIdentity, listIdentities, showIdentity, useIdentity, importIdentity];
