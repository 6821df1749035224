/**
 * A job of the generator, ready to run.
 * @module
 */
import { signTransfer } from '../ethereum-transfers.ts';
import type { LoadJob, LoadReport, LoadRequests } from './job.ts';
import { createKeptAnswers } from './kept-answers.ts';
import { runOpenLoop } from './open-loop.ts';
import { signLoad, type SignedLoad } from './signed-load.ts';
import { verifyAnswers, type Verification } from './verify-answers.ts';

const ANSWER_TIME_MS = 30_000;
/** Bytes of answers that are kept. */
const KEPT_BYTES_MAX = 3 * 1024 * 1024 * 1024;
/** Time that signing a request takes, about: for when the first will be sent. */
const SIGNING_MS = 0.06;

export type PreparedLoad = {
  run(): Promise<LoadReport>;
  verify(keys: { readonly rootKeyDer: Uint8Array; readonly canisterId: string }, share: number): Promise<Verification>;
};

type Requests = {
  readonly request: (index: number) => Uint8Array;
  /** Text that a wanted answer holds. */
  readonly wanted: string;
  readonly signed?: SignedLoad;
};

function plainRequest({ path, host = 'localhost' }: LoadRequests & { kind: 'get' }): Requests {
  const bytes = Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
  return { request: () => bytes, wanted: '' };
}

function transferRequests(firstNonce: number, count: number): Requests {
  const made = Array.from({ length: count }, (_, index) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransaction', params: [signTransfer(firstNonce + index)] });
    return Buffer.from(
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
  });
  return { request: (index) => made[index]!, wanted: '"result"' };
}

function makeRequests({ requests, count, ratePerSecond }: LoadJob): Requests {
  switch (requests.kind) {
    case 'get':
      return plainRequest(requests);
    case 'post': {
      const { path, body, wanted } = requests;
      const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cbor\r\ncontent-length: ${body.length}\r\n\r\n`;
      const bytes = Buffer.concat([Buffer.from(head), body]);
      return { request: () => bytes, wanted };
    }
    case 'transfer':
      return transferRequests(requests.firstNonce, count);
    default: {
      const signed = signLoad({ ...requests, count, ratePerSecond, startMs: Date.now() + count * SIGNING_MS });
      return { request: (index) => signed.request(index), wanted: requests.kind === 'call' ? 'certificate' : 'replied', signed };
    }
  }
}

/** What kind of failure an answer is; undefined for the wanted one. */
function failureOf(status: number, body: Buffer, wanted: string): string | undefined {
  if (status !== 200) return `HTTP ${status}`;
  return wanted === '' || body.includes(wanted) ? undefined : 'HTTP 200 with something else';
}

/** Makes all requests of a job. */
export function prepareLoad(job: LoadJob): PreparedLoad {
  const { request, wanted, signed } = makeRequests(job);
  const kept = createKeptAnswers(KEPT_BYTES_MAX);
  return {
    async run() {
      const { port, localAddress, connections, ratePerSecond, count, timeMs, keeps } = job;
      const before = process.cpuUsage();
      const result = await runOpenLoop({
        port,
        ...(localAddress === undefined ? {} : { localAddress }),
        connections,
        ratePerSecond,
        count,
        timeMs,
        answerTimeMs: job.answerTimeMs ?? ANSWER_TIME_MS,
        request,
        judge: (index, status, body) => {
          const failure = failureOf(status, body, wanted);
          if (failure === undefined && keeps) kept.keep(index, body);
          return failure;
        },
      });
      const { user, system } = process.cpuUsage(before);
      const { latencies, lateness, answered, perSecond, failures, seconds } = result;
      const milliseconds = (percent: number): number => (latencies.count === 0 ? 0 : latencies.percentile(percent) / 1_000);
      return {
        answered,
        perSecond,
        p50: milliseconds(50),
        p99: milliseconds(99),
        p999: milliseconds(99.9),
        max: latencies.max / 1_000,
        failures,
        seconds,
        ownCpuUs: (user + system) / Math.max(answered, 1),
        lateness: lateness.count === 0 ? 0 : lateness.percentile(99) / 1_000,
      };
    },
    verify(keys, share) {
      if (signed === undefined) throw new Error('these requests have no certificates');
      return verifyAnswers(kept, signed, keys, share);
    },
  };
}
