/**
 * Tickets in memory that all threads see: what was given to several threads is run by the one that takes its ticket first.
 * @module
 */

/** Where a ticket lies, and its number: a place serves again, a number does not for a long while. */
export type Ticket = { readonly place: number; readonly number: number };

/** Tickets that are out at once. */
const PLACES = 8_192;
const NUMBER_MAX = 2 ** 31 - 1;
const TAKEN = 0;

/** Takes a ticket; false when another thread has it. */
export function takeTicket(places: SharedArrayBuffer, { place, number }: Ticket): boolean {
  return Atomics.compareExchange(new Int32Array(places), place, number, TAKEN) === number;
}

export class Tickets {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT);
  readonly #places = new Int32Array(this.memory);
  readonly #free: number[] = Array.from({ length: PLACES }, (_, place) => place);
  #number = 0;

  /** A new ticket that nobody has taken; undefined when too many are out. */
  issue(): Ticket | undefined {
    const place = this.#free.pop();
    if (place === undefined) return undefined;
    this.#number = (this.#number % NUMBER_MAX) + 1;
    Atomics.store(this.#places, place, this.#number);
    return { place, number: this.#number };
  }

  isTaken({ place, number }: Ticket): boolean {
    return Atomics.load(this.#places, place) !== number;
  }

  /** What it was for is done. */
  giveBack({ place }: Ticket): void {
    Atomics.store(this.#places, place, TAKEN);
    this.#free.push(place);
  }
}
