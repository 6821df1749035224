/**
 * Reads server-sent events: the little of the format that nodes write.
 * @module
 */

export type StreamEvent = { readonly name: string; readonly data: string; readonly id: string | undefined };

/** Characters of one event; a line of a log has far fewer. */
const EVENT_CHARACTERS_MAX: number = 1024 * 1024;

function parseEvent(text: string): StreamEvent | undefined {
  let [name, data, id]: [string, string | undefined, string | undefined] = ['message', undefined, undefined];
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^ /, '');
    if (line.startsWith('event:')) name = value;
    else if (line.startsWith('data:')) data = value;
    else if (line.startsWith('id:')) id = value;
  }
  return data === undefined ? undefined : { name, data, id };
}

/**
 * Events as they come, until the stream ends.
 * @throws what the stream throws, and RangeError when an event does not end
 */
export async function* readEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const event = parseEvent(rest.slice(0, end));
      rest = rest.slice(end + 2);
      if (event !== undefined) yield event;
    }
    if (rest.length > EVENT_CHARACTERS_MAX) throw new RangeError('an event of the stream does not end');
  }
}
