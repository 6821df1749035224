import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CertificateVerificationErrorCode, HttpErrorCode, ProtocolError, TrustError } from '@icp-sdk/core/agent';
import { type IcError, principalFromText, toHex } from '@myelin/core/base';
import { decodeArgs, encodeArgsText, parseDid } from '@myelin/core/candid';
import { encodeArguments, findMethod, readReply, resolveNetwork, valueToJson } from '../../src/client/index.ts';
import { lockStateFolder, writeNodeRecord } from '../../src/project/index.ts';
import { explainRequestFailure, rejection } from '../../src/client/request-failure.ts';
import { createTerminal } from '../../src/terminal/index.ts';
import { temporaryFolder } from '../support/child-process.ts';
import { hasCode } from '../support/errors.ts';

const KEY = '30'.repeat(133);

describe('resolveNetwork', () => {
  it('is the network of the state folder while it runs, with its key', async (t) => {
    const stateFolder = temporaryFolder(t);
    const options = { network: undefined, rootKey: undefined, stateFolder };
    assert.deepEqual(await resolveNetwork(options), { url: 'http://127.0.0.1:8000', rootKey: 'fetch', isLocal: true });
    const record = { pid: 1, url: 'http://localhost:8123', rootKey: KEY, startedAt: '' };
    await writeNodeRecord(stateFolder, record);
    assert.equal((await resolveNetwork(options)).url, 'http://127.0.0.1:8000', 'a process that died left its record');
    const lock = await lockStateFolder(stateFolder);
    await writeNodeRecord(stateFolder, record);
    const { url, rootKey } = await resolveNetwork(options);
    assert.deepEqual([url, rootKey instanceof Uint8Array ? toHex(rootKey) : rootKey], ['http://localhost:8123', KEY]);
    lock.release();
  });

  it('asks only networks on this machine for their key', async () => {
    const stateFolder = '.myelin-none';
    for (const network of ['http://localhost:4943', 'http://127.0.0.1:1', 'http://[::1]:1', 'http://x.localhost']) {
      assert.equal((await resolveNetwork({ network, rootKey: undefined, stateFolder })).rootKey, 'fetch', network);
    }
    for (const network of ['ic', 'https://icp-api.io', 'https://icp0.io/x']) {
      assert.equal((await resolveNetwork({ network, rootKey: undefined, stateFolder })).rootKey, undefined, network);
    }
    for (const network of [
      'https://evil-icp0.io',
      'http://192.168.0.7:8000',
      'https://localhost.example.org',
      'http://127.0.0.1.example.org',
    ]) {
      await assert.rejects(resolveNetwork({ network, rootKey: undefined, stateFolder }), hasCode('USAGE_ROOT_KEY_MISSING'), network);
      assert.ok((await resolveNetwork({ network, rootKey: KEY, stateFolder })).rootKey instanceof Uint8Array);
    }
    await assert.rejects(resolveNetwork({ network: 'nowhere', rootKey: undefined, stateFolder }), hasCode('USAGE_OPTION_VALUE'));
    await assert.rejects(resolveNetwork({ network: 'ic', rootKey: 'xyz', stateFolder }), hasCode('USAGE_OPTION_VALUE'));
  });
});

describe('a rejected call', () => {
  const remedyOf = (code: string, message: string): string => rejection(5, message, code).detail.remedy ?? '';

  it('says what to do', () => {
    assert.match(remedyOf('IC0301', 'Canister x not found'), /check the canister id/);
    assert.match(remedyOf('IC0512', 'Only controllers of x can do that'), /--identity/);
    assert.match(remedyOf('IC0542', 'Caller 2vxsx-fae is not allowed to read the canister status of x'), /--identity/);
    assert.match(remedyOf('IC0503', "trap with message: 'RTS error: Memory-incompatible program upgrade'"), /--mode reinstall/);
  });
});

describe('an answer that is none', () => {
  const explained = (error: Error): { readonly message: string; readonly remedy: string | undefined } => {
    const { message, detail } = explainRequestFailure(error, 'http://x:1', true) as IcError<{
      readonly code: string;
      readonly remedy?: string;
    }>;
    return { message, remedy: detail.remedy };
  };
  const http = (status: number, text: string): ProtocolError => ProtocolError.fromCode(new HttpErrorCode(status, 'Bad', [], text));

  it('is told in a line, however it came', () => {
    const page = explained(http(404, '<!DOCTYPE HTML>\n<html><p>File not found'));
    assert.match(page.message, /^what answers at http:\/\/x:1 is not an Internet Computer: it gave a web page \(HTTP 404\)$/);
    assert.match(page.remedy ?? '', /address/);
    const missing = explained(http(400, 'canister_not_found: it is not in the ranges'));
    assert.match(missing.message, /\(HTTP 400\): canister_not_found: it is/);
    assert.match(missing.remedy ?? '', /canister id/);
    assert.match(explained(http(503, '')).message, /\(HTTP 503\): Bad$/);
  });

  it('says what is not proven, without the stack of the library', () => {
    const inner = TrustError.fromCode(new CertificateVerificationErrorCode('Invalid signature'));
    const outer = TrustError.fromCode(new CertificateVerificationErrorCode('Signature verification failed', inner));
    assert.equal(explained(outer).message, 'the answer does not prove itself: Invalid signature');
  });
});

describe('arguments and replies', () => {
  const terminal = createTerminal(true);
  const { service } = parseDid('service : { add : (amount : nat, opt text) -> (nat); get : () -> (nat) query }');

  it('are read by the interface', () => {
    const type = findMethod(service, 'add');
    assert.deepEqual(encodeArguments('(5)', type?.args), encodeArgsText('(5 : nat, null : opt text)', type?.args ?? []));
    assert.throws(() => findMethod(service, 'ad'), hasCode('METHOD_UNKNOWN'));
    assert.equal(findMethod(undefined, 'anything'), undefined);
  });

  it('show the place of a mistake', () => {
    const error = (() => {
      try {
        return encodeArguments('(5, 7, true)', findMethod(service, 'add')?.args);
      } catch (thrown) {
        return thrown;
      }
    })() as { readonly detail: { readonly code: string; readonly lines: readonly string[]; readonly remedy: string } };
    assert.equal(error.detail.code, 'ARGUMENTS_INVALID');
    assert.deepEqual(error.detail.lines, ['  (5, 7, true)', '         ^']);
    assert.equal(error.detail.remedy, 'write (nat, opt text)');
  });

  it('are read by what they carry where nothing says their types', () => {
    const bytes = encodeArguments('(5 : nat8, "text")', undefined);
    assert.deepEqual(readReply(bytes, undefined, terminal), { text: '(5 : nat8, "text")', values: [5, 'text'] });
    assert.equal(readReply(Uint8Array.of(1, 2, 3), undefined, terminal), undefined);
    const { initArgs = [] } = parseDid('service : (bool) -> {}');
    assert.equal(readReply(bytes, initArgs, terminal)?.text, '(5 : nat8, "text")', 'the interface is wrong');
  });
});

describe('valueToJson', () => {
  it('loses nothing', () => {
    const text =
      '(record { big = 12345678901234567890 : nat; small = 7 : nat8; float = 1.5; nan = NaN; list = vec { opt "a"; null }; bytes = blob "\\01\\ff"; ' +
      'who = principal "2vxsx-fae"; tag = variant { ok = 1 : int }; pair = record { true; null }; call = func "aaaaa-aa".go })';
    const { initArgs: types = [] } = parseDid(
      'service : (record { big : nat; small : nat8; float : float64; nan : float64; list : vec opt text; bytes : blob; who : principal; ' +
        'tag : variant { ok : int; err : text }; pair : record { bool; null }; call : func () -> () }) -> {}',
    );
    const [value] = decodeArgs(types, encodeArgsText(text, types));
    assert.deepEqual(JSON.parse(JSON.stringify(types.map((type) => valueToJson(type, value))[0])), {
      big: '12345678901234567890',
      small: 7,
      float: 1.5,
      nan: 'NaN',
      list: [['a'], null],
      bytes: '01ff',
      who: '2vxsx-fae',
      tag: { ok: '1' },
      pair: [true, null],
      call: ['aaaaa-aa', 'go'],
    });
    assert.equal(principalFromText('2vxsx-fae'), '04');
  });
});
