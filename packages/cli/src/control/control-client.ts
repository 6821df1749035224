/**
 * Asks the process that runs the network of a state folder.
 *
 * Whether one runs is what the lock says, which the operating system gives back when a process ends in whatever way. Who it is says the
 * record that the holder of the lock wrote, and is believed when the process at that address answers with the same name. Process ids
 * decide nothing: they are used again.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type ControlRecord, isStateFolderLocked, readControlRecord } from '../project/index.ts';
import { ANSWER_CHARACTERS_MAX, ANSWER_MS_MAX, APPEAR_MS_MAX, LINGER_MS_MAX, POLL_MS } from './limits.ts';
import { isNodeFacts, type NodeFacts } from './node-facts.ts';

/** What is found in a state folder. */
export type FoundNode =
  | { readonly kind: 'none' }
  | { readonly kind: 'node'; readonly facts: NodeFacts; readonly record: ControlRecord }
  /** Something has the lock and does not answer: a command that works on the state, or a network that cannot be reached from here. */
  | { readonly kind: 'silent'; readonly record: ControlRecord | undefined };

/** Reads an answer as far as it is allowed to be. */
async function readText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_CHARACTERS_MAX) throw new Error('the answer is too long');
  }
  return text;
}

async function readFacts(record: ControlRecord): Promise<NodeFacts | undefined> {
  try {
    const response = await fetch(`${record.url}/facts`, {
      headers: { authorization: `Bearer ${record.secret}` },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      redirect: 'error',
    });
    const answer = JSON.parse(await readText(response)) as { readonly instance?: unknown };
    return answer.instance === record.instance && isNodeFacts(answer) ? answer : undefined;
  } catch {
    // Nothing listens there any more, or something else does.
    return undefined;
  }
}

/** Looks once. */
async function look(folder: string): Promise<FoundNode> {
  if (!isStateFolderLocked(folder)) return { kind: 'none' };
  const record = await readControlRecord(folder);
  const facts = record === undefined ? undefined : await readFacts(record);
  if (record !== undefined && facts !== undefined) return { kind: 'node', facts, record };
  // It may have ended in between.
  return isStateFolderLocked(folder) ? { kind: 'silent', record } : { kind: 'none' };
}

/** Finds the process that runs the network of a folder. One that has just begun is given a moment to say who it is. */
export async function findNode(folder: string): Promise<FoundNode> {
  for (const until = performance.now() + APPEAR_MS_MAX; ;) {
    const found = await look(folder);
    if (found.kind !== 'silent' || performance.now() > until) return found;
    await delay(POLL_MS);
  }
}

async function untilFree(folder: string, signal: AbortSignal): Promise<boolean> {
  while (isStateFolderLocked(folder)) {
    if (signal.aborted) return false;
    await delay(POLL_MS);
  }
  return true;
}

/**
 * Asks a node to stop and waits until its process has ended.
 * @returns whether it has, within the time.
 */
export async function stopNode(folder: string, { url, secret }: ControlRecord, timeoutMs: number): Promise<boolean> {
  const over = new AbortController();
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), over.signal]);
  const headers = { authorization: `Bearer ${secret}` };
  // The connection lasts as long as the process. It breaks off where the process is killed, or is gone already: the lock tells then.
  const ended = fetch(`${url}/stop`, { method: 'POST', headers, signal, redirect: 'error' })
    .then(readText)
    .catch(() => undefined);
  const isFree = await untilFree(folder, signal);
  // A program that runs a network among other things goes on after it.
  if (isFree) await Promise.race([ended, delay(LINGER_MS_MAX, undefined, { ref: false })]);
  over.abort();
  return isFree;
}
