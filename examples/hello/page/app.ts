/**
 * The page: shows the counter and the guest book, and what the browser verified.
 * @module
 */
import { connect, type Connection, type Entry } from './backend.ts';

const ENTRIES_PER_PAGE = 10n;
const CALLS_SHOWN = 6;

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`the page has no ${kind.name} '${id}'`);
  return found;
}

const count = element('count', HTMLElement);
const incrementButton = element('increment', HTMLButtonElement);
const form = element('sign', HTMLFormElement);
const message = element('message', HTMLElement);
const entryList = element('entries', HTMLOListElement);
const moreButton = element('more', HTMLButtonElement);
const callRows = element('calls', HTMLElement);

function say(text: string, isBad = false): void {
  message.textContent = text;
  message.classList.toggle('bad', isBad);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs a call and notes in the table what it was and how long it took. Agents throw when a certificate or signature is wrong. */
async function observed<T>(name: string, kind: 'update' | 'query', call: () => Promise<T>): Promise<T> {
  const started = performance.now();
  let result = kind === 'update' ? 'certificate valid' : 'signature valid';
  try {
    return await call();
  } catch (error) {
    result = 'failed';
    throw error;
  } finally {
    const row = document.createElement('tr');
    for (const text of [name, kind, result, `${Math.round(performance.now() - started)} ms`]) {
      const cell = document.createElement('td');
      cell.textContent = text;
      row.append(cell);
    }
    row.lastElementChild?.classList.add('figure');
    callRows.prepend(row);
    while (callRows.childElementCount > CALLS_SHOWN) callRows.lastElementChild?.remove();
  }
}

function entryItem(entry: Entry): HTMLLIElement {
  const item = document.createElement('li');
  const who = document.createElement('div');
  who.className = 'who';
  const name = document.createElement('b');
  name.textContent = entry.name;
  const time = document.createElement('time');
  const date = new Date(Number(entry.time / 1_000_000n));
  time.dateTime = date.toISOString();
  time.textContent = date.toLocaleString();
  const author = document.createElement('span');
  author.textContent = entry.author.isAnonymous() ? 'anonymous' : `${entry.author.toText().slice(0, 11)}…`;
  author.title = entry.author.toText();
  who.append(name, time, author);
  const text = document.createElement('p');
  text.textContent = entry.message;
  item.append(who, text);
  return item;
}

async function showEntries({ backend }: Connection, start: bigint): Promise<void> {
  const { total, entries } = await observed('entries', 'query', () => backend.entries(start, ENTRIES_PER_PAGE));
  if (start === 0n) entryList.replaceChildren();
  entryList.append(...entries.map(entryItem));
  moreButton.hidden = BigInt(entryList.childElementCount) >= total;
  if (total === 0n) say('Nobody has signed yet: be the first.');
}

async function increment({ backend }: Connection): Promise<void> {
  incrementButton.disabled = true;
  count.ariaBusy = 'true';
  try {
    count.textContent = String(await observed('increment', 'update', () => backend.increment()));
  } catch (error) {
    say(textOf(error), true);
  } finally {
    count.ariaBusy = 'false';
    incrementButton.disabled = false;
    incrementButton.focus();
  }
}

async function sign(connection: Connection): Promise<void> {
  const fields = new FormData(form);
  const [name, text] = [fields.get('name'), fields.get('message')].map((value) => (typeof value === 'string' ? value : ''));
  const button = form.querySelector('button');
  if (button !== null) button.disabled = true;
  say('Signing…');
  try {
    const answer = await observed('sign', 'update', () => connection.backend.sign(name ?? '', text ?? ''));
    if ('err' in answer) return say(answer.err, true);
    form.reset();
    say(`Thank you, ${answer.ok.name}. Your entry has number ${answer.ok.id + 1n}.`);
    await showEntries(connection, 0n);
  } catch (error) {
    say(textOf(error), true);
  } finally {
    if (button !== null) button.disabled = false;
  }
}

function showWhere({ agent, canisterId, identity }: Connection): void {
  element('canister-id', HTMLElement).textContent = canisterId;
  element('principal', HTMLElement).textContent = identity.getPrincipal().toText();
  element('whoami', HTMLElement).textContent = 'Signed with a key of this browser.';
  const rootKey = Array.from(agent.rootKey ?? [], (byte) => byte.toString(16).padStart(2, '0')).join('');
  const shown = element('root-key', HTMLElement);
  shown.textContent = rootKey.length > 32 ? `…${rootKey.slice(-32)}` : rootKey;
  shown.title = rootKey;
}

async function start(): Promise<void> {
  try {
    const connection = await connect();
    showWhere(connection);
    incrementButton.addEventListener('click', () => void increment(connection));
    moreButton.addEventListener('click', () => void showEntries(connection, BigInt(entryList.childElementCount)));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void sign(connection);
    });
    count.textContent = String(await observed('counter', 'query', () => connection.backend.counter()));
    count.ariaBusy = 'false';
    await showEntries(connection, 0n);
  } catch (error) {
    say(`The canister cannot be reached: ${textOf(error)}`, true);
    count.textContent = '–';
  }
}

await start();
