/**
 * `myelin identity …`
 * @module
 */
import { readFile } from 'node:fs/promises';
import type { Identity, IdentityStore } from '../identity/index.ts';
import { commandFailure, confirm, EXIT_CODES, type JsonResult, type Terminal, usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { YES_OPTION } from './yes-option.ts';

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
    { name: 'scheme', value: 'ed25519|secp256k1|p256', help: 'Kind of key. Default: ed25519.' },
    { name: 'use', help: 'Use it from now on when a command names none.' },
  ],
  examples: [
    ['myelin identity new alice', 'an identity for tests with two people'],
    ['myelin identity new work --scheme secp256k1 --use', 'the kind of key that other tools use by default'],
  ],
  run: async (line, terminal) => {
    const scheme = line.text('scheme') ?? 'ed25519';
    if (scheme !== 'ed25519' && scheme !== 'secp256k1' && scheme !== 'p256') {
      throw usageFailure('USAGE_OPTION_VALUE', `'${scheme}' is not a kind of key`, 'write --scheme ed25519, secp256k1 or p256');
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
  operands: '[IDENTITY]',
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
  operands: 'IDENTITY',
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

/** Longest PEM text that is read; keys take a few hundred characters. */
const PEM_BYTES_MAX = 65_536;

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    // The rest would not make it a key; what there is is refused by its length.
    if (bytes > PEM_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

const importIdentity: Command = {
  path: ['identity', 'import'],
  operands: 'NAME FILE',
  operandCount: [2, 2],
  summary: 'Take over the key of a PEM file',
  description: [
    'Copies the private key of a PEM file that another tool or OpenSSL made: Ed25519 (PKCS #8), secp256k1 or P-256 (SEC1 or PKCS #8), not encrypted. FILE may be - for standard input.',
    "The principal stays the same. dfx prints such a file with 'dfx identity export NAME', icp with 'icp identity export NAME'.",
    KEPT_IN,
  ],
  options: [{ name: 'use', help: 'Use it from now on when a command names none.' }],
  examples: [
    ['myelin identity import old ~/keys/identity.pem', 'keep the principal that canisters know'],
    ['myelin identity import old - < identity.pem', 'from standard input'],
  ],
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

const exportIdentity: Command = {
  path: ['identity', 'export'],
  operands: '[IDENTITY]',
  operandCount: [0, 1],
  summary: 'Print the private key of an identity as PEM',
  description: [
    'Prints the PEM text of that identity, or of the one that is used when a command names none. Other tools and OpenSSL read it, and so does import. Whoever has it is you.',
    KEPT_IN,
  ],
  options: [
    {
      name: 'output',
      value: 'FILE',
      help: 'Write it to a new file that is readable by you alone, instead of printing it. Default: standard output.',
    },
  ],
  examples: [
    ['myelin identity export alice --output alice.pem', 'a copy for another machine'],
    ['myelin identity export alice | openssl pkey -noout -text', 'what is in it'],
  ],
  run: async (line, terminal) => {
    const store = await openStore();
    const identity = await store.current(line.operands[0], () => {});
    const pem = await store.exportPem(identity.name);
    const output = line.text('output');
    if (output === undefined) {
      terminal.result(pem.trimEnd(), { ...identityJson(identity), pem });
      return EXIT_CODES.ok;
    }
    await writeSecret(output, pem);
    terminal.result(`Wrote the private key of ${identity.name} to ${output}.`, { ...identityJson(identity), output });
    return EXIT_CODES.ok;
  },
};

async function writeSecret(file: string, text: string): Promise<void> {
  const { createSecretFile } = await import('../identity/index.ts');
  try {
    await createSecretFile(file, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw commandFailure('OUTPUT_EXISTS', `${file} is there already`, 'name another file, or delete it first', { cause: error });
  }
}

/** A command that prints one fact of an identity, alone on its line: for scripts. */
function factCommand(
  word: string,
  fact: (identity: Identity) => string,
  about: Pick<Command, 'summary' | 'description' | 'examples'>,
): Command {
  const takesName = word === 'principal';
  return {
    path: ['identity', word],
    operands: takesName ? '[IDENTITY]' : '',
    operandCount: [0, takesName ? 1 : 0],
    options: [],
    ...about,
    run: async (line, terminal) => {
      const store = await openStore();
      const identity = await store.current(line.operands[0], () => {});
      terminal.result(fact(identity), identityJson(identity));
      return EXIT_CODES.ok;
    },
  };
}

const whoami = factCommand('whoami', ({ name }) => name, {
  summary: 'Print the name of the identity that commands use',
  description: [
    'Prints the name of the identity that is used when a command names none, and nothing else. The first use makes one.',
    KEPT_IN,
  ],
  examples: [['myelin identity whoami', 'who am I?']],
});

const principal = factCommand('principal', ({ principalText }) => principalText, {
  summary: 'Print the principal of an identity',
  description: [
    'Prints the principal of that identity, or of the one that is used when a command names none, and nothing else. The first use makes one.',
    KEPT_IN,
  ],
  examples: [
    ['myelin identity principal', 'for another person, or a script'],
    ['myelin identity principal alice', 'hers, as an argument of a canister'],
  ],
});

const renameIdentity: Command = {
  path: ['identity', 'rename'],
  operands: 'IDENTITY NAME',
  operandCount: [2, 2],
  summary: 'Give an identity another name',
  description: [
    'Renames an identity; key and principal stay the same. The one that is used when a command names none is still used. A name that is taken is refused.',
    KEPT_IN,
  ],
  options: [],
  examples: [['myelin identity rename default work', 'a name that says what it is for']],
  run: async (line, terminal) => {
    const store = await openStore();
    const [name = '', newName = ''] = line.operands;
    const identity = await store.rename(name, newName);
    terminal.result(identityText(terminal, identity), { ...identityJson(identity), formerName: name });
    return EXIT_CODES.ok;
  },
};

const removeIdentity: Command = {
  path: ['identity', 'remove'],
  operands: 'IDENTITY',
  operandCount: [1, 1],
  summary: 'Delete an identity with its private key',
  description: [
    'Deletes the private key: nobody can act as this principal again, unless there is a copy. Asks first. The identity that is used when a command names none is refused.',
    KEPT_IN,
  ],
  options: [YES_OPTION],
  examples: [
    ['myelin identity remove alice', 'asks, then deletes her key'],
    ['myelin identity remove alice --yes', 'in a script'],
  ],
  run: async (line, terminal) => {
    const store = await openStore();
    const identity = await store.removable(line.operands[0] ?? '');
    await confirm(`the private key of ${identity.name} (${identity.principalText}) would be gone`, line.flag('yes'), terminal);
    await store.remove(identity.name);
    terminal.result(`Removed ${identity.name}.`, { name: identity.name, principal: identity.principalText });
    return EXIT_CODES.ok;
  },
};

export const identityCommands: readonly Command[] = [
  newIdentity,
  listIdentities,
  showIdentity,
  whoami,
  principal,
  useIdentity,
  importIdentity,
  exportIdentity,
  renameIdentity,
  removeIdentity,
];
