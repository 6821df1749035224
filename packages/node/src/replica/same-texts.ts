/**
 * Texts that come again and again from another thread, each time as a copy, as one and the same text. A history of requests keeps the ids of the
 * sender and of the canister with each of them, of which there are few different ones: without this they are a seventh of its memory (measured).
 * @module
 */
import { BoundedCache } from '../crypto/index.ts';

const TEXTS_KEPT = 8_192;

export class SameTexts<Text extends string> {
  readonly #known = new BoundedCache<Text>(TEXTS_KEPT);

  /** The text as it came first, as far as that is remembered. */
  same(text: Text): Text {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, text);
    return text;
  }
}
