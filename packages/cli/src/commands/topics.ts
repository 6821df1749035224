/**
 * What `myelin help <topic>` explains.
 * @module
 */
import type { HelpTopic } from '../command-line/index.ts';
import { LOG_ENVIRONMENT } from './log-options.ts';

const exitCodes: HelpTopic = {
  name: 'exit-codes',
  summary: 'What the number says that a command ends with',
  content: [
    [
      ['0', 'it is done; or, where a network should run or be stopped, it was so already'],
      ['1', 'it failed. The message on standard error says what happened, why, and what to do'],
      ['2', 'the command line is wrong: an unknown command or option, a value that does not fit'],
      ['3', "'myelin status': the network does not run, or does not answer yet"],
      ['130', "a second Ctrl-C has ended 'myelin start' at once. What was answered is kept"],
      ['128 + N', 'signal N has ended the process'],
    ],
    'Failures have codes that stay the same over versions, such as NETWORK_UNREACHABLE; docs/errors.md lists them. With --json they are printed.',
  ],
};

const environment: HelpTopic = {
  name: 'environment',
  summary: 'Environment variables that are read',
  content: [
    [
      ['MYELIN_CONFIG', 'folder of the identities, instead of ~/.config/myelin'],
      ['MYELIN_DEBUG', 'when set, an unexpected fault is printed with its place in the program'],
      ['PORT', "port of 'myelin start' where --port is not given"],
      ...LOG_ENVIRONMENT,
      ['MOPS_ENV', "what stands for {MOPS_ENV} in paths of mops.toml, instead of 'local'"],
      ['NO_COLOR', 'when set, no colours on terminals either'],
      ['FORCE_COLOR', 'colours where there is no terminal: for pagers and logs that show them'],
      ['TERM', "'dumb' is a terminal without lines that change while something is awaited"],
      ['XDG_CONFIG_HOME', 'base of the configuration, instead of ~/.config'],
      ['XDG_CACHE_HOME', 'base of the compiled code of this program and of the packages of mops, instead of ~/.cache'],
      ['PATH', 'where programs of builds are looked for: cargo, ic-wasm, bash'],
      ['APPDATA', 'on Windows the base of the configuration'],
    ],
  ],
};

const files: HelpTopic = {
  name: 'files',
  summary: 'Files that are read and written',
  content: [
    'The state folder is .myelin in the current folder, or what --state names. Version control leaves it alone: it holds the secret keys of the network.',
    [
      ['.myelin/network/', 'the network: genesis, checkpoint, input log'],
      ['.myelin/canisters.json', 'ids of deployed canisters by network, which its root key tells, and name'],
      ['.myelin/snapshots/', "what 'myelin state snapshot' keeps"],
      ['.myelin/build/', 'interfaces of the canisters that were built last, for build commands'],
      ['.myelin/lock', 'held by the process that runs the network, or works on its state, and by the system given back when that ends'],
      ['.myelin/node.json', 'address and root key of the network that runs'],
      [
        '.myelin/control.json',
        "how 'myelin stop' and 'myelin status' reach its process: an address on this machine and a secret of this start",
      ],
      ['.myelin/node.log', 'what a network in the background says, 4 MiB at most; node.log.1 is what came before'],
    ],
    'Of the person rather than the project:',
    [
      ['~/.config/myelin/identity/NAME.pem', 'private keys, readable by their owner alone'],
      ['~/.config/myelin/settings.json', 'the identity that is used when a command names none'],
      ['~/.cache/myelin/compiled/', 'compiled code of this program; it may be deleted at any time'],
    ],
  ],
};

const json: HelpTopic = {
  name: 'json',
  summary: 'Results and failures for programs',
  content: [
    'With --json a command prints one JSON object on one line of standard output and nothing else there. What else there is to say, such as warnings, goes to standard error.',
    [
      ['{"ok":true,…}', 'it is done; the other fields depend on the command'],
      [
        '{"ok":false,"error":{"code":…,"message":…,"remedy":…,"lines":[…]}}',
        "'code' stays the same over versions; 'remedy' and 'lines' may be missing",
      ],
    ],
    "Amounts that may be larger than 2^53, such as cycles and heights, are texts of digits. Times are ISO 8601. 'myelin start' in the foreground prints its object when the network is ready, and goes on.",
    'Colours are used on terminals only, and not with NO_COLOR. What changes while something is awaited is shown on terminals only.',
  ],
};

const networks: HelpTopic = {
  name: 'networks',
  summary: 'Which network a command talks to, and how answers are checked',
  content: [
    [
      [
        '--network local',
        'the network that runs in the state folder, wherever it listens; where none runs, what answers at http://127.0.0.1:8000. The default',
      ],
      ['--network ic', 'the public network'],
      ['--network URL', 'a network at that address'],
    ],
    'Answers of update calls and of the state carry a certificate, which is checked by the root key of the network: that in the state folder for a local one, the known one for the public network. Another network on this machine is asked for its key, which proves nothing. For any other, --root-key says it; ask somebody you trust, not the network.',
    "A query is answered by one node, whose signature is checked. 'myelin canister call' asks the network as a whole.",
  ],
};

const argumentsTopic: HelpTopic = {
  name: 'arguments',
  summary: "How arguments of methods are written: Candid's text form",
  content: [
    'Arguments stand in parentheses, separated by commas, in quotes for the shell: \'(5, "text")\'. A single value needs no parentheses.',
    [
      ['42, -7, 1_000, 0xff', 'numbers'],
      ['1.5', 'a float'],
      ['true, false, null', 'as they are'],
      ['"text"', 'a text; \\n, \\", \\u{1f600} as in programs'],
      ['blob "\\00\\ff"', 'bytes'],
      ['principal "aaaaa-aa"', 'an id'],
      ['opt 5', 'an option that is there; null where it is not'],
      ['vec { 1; 2 }', 'a list'],
      ['record { name = "Ada"; age = 36 }', 'fields, with semicolons between them'],
      ['variant { ok = 5 }', 'one of several'],
    ],
    "They are checked against the interface that the canister shows. Where it shows none, values say their types: '(5 : nat64)'.",
    'Numbers of cycles are digits, which may be grouped by underscores, and T, G or M for 10^12, 10^9 or 10^6: 5T, 500_000_000.',
  ],
};

/** All topics, in the order in which they are listed. No topic is called like a command. */
export const topics: readonly HelpTopic[] = [networks, argumentsTopic, json, exitCodes, environment, files];
