// The canister: a counter that outlives upgrades, with a page to look at.
import { IDL, query, StableBTreeMap, update } from 'azle';
import { Request, Response, showPage } from './page';

export default class {
  /** Lies in stable memory, which outlives upgrades. Every other field starts anew with each of them. */
  numbers = new StableBTreeMap<string, bigint>(0);

  /** A query: one node answers at once, nothing is changed. */
  @query([], IDL.Nat)
  get(): bigint {
    return this.numbers.get('count') ?? 0n;
  }

  /** An update: the network puts it in order, runs it and signs the answer. */
  @update([], IDL.Nat)
  increment(): bigint {
    const count = this.get() + 1n;
    this.numbers.insert('count', count);
    return count;
  }

  @query([IDL.Text], IDL.Text)
  greet(name: string): string {
    return `Hello, ${name}!`;
  }

  /** What a browser gets. What changes something is asked for again as an update. */
  @query([Request], Response)
  http_request(request: Request): Response {
    if (request.method === 'POST') return { status_code: 200, headers: [], body: new Uint8Array(), upgrade: [true] };
    return showPage(this.get());
  }

  @update([Request], Response)
  http_request_update(_request: Request): Response {
    this.increment();
    return { status_code: 303, headers: [['location', '/']], body: new Uint8Array(), upgrade: [] };
  }
}
