/**
 * Calls and queries of a method by its name, with arguments and replies as text.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalToText, toHex } from '@myelin/core/base';
import { decodeUntyped, type FuncNode } from '@myelin/core/candid';
import {
  callCanister,
  connect,
  encodeArguments,
  findCanister,
  findMethod,
  methodLines,
  queryCanister,
  readReply,
  readService,
} from '../client/index.ts';
import { commandFailure, type Terminal, usageFailure } from '../terminal/index.ts';
import type { CanisterRequest } from './request.ts';

export type MethodRun = CanisterRequest & {
  readonly kind: 'call' | 'query';
  readonly method: string | undefined;
  readonly argumentText: string;
};

/** The canister that a call of the management canister is about: the field of its argument that says so. */
function subjectOf(arg: Uint8Array): PrincipalId {
  const [first] = decodeUntyped(arg).values;
  const fields = typeof first === 'object' && first !== null ? Object.values(first) : [];
  const ids = fields.filter((field): field is PrincipalId => typeof field === 'string' && /^[0-9a-f]{20}$/.test(field));
  return ids[0] ?? MANAGEMENT_CANISTER_ID;
}

function checkQueryable(method: string, type: FuncNode | undefined): void {
  if (type === undefined || type.annotations.includes('query') || type.annotations.includes('composite_query')) return;
  throw commandFailure('METHOD_NOT_QUERY', `'${method}' is an update method: it cannot be queried`, `use 'myelin canister call'`);
}

/** Runs the method and prints its reply. @throws IcError */
export async function runCanisterMethod(run: MethodRun, terminal: Terminal): Promise<void> {
  const connection = await connect(run.connection, terminal);
  const canister = await findCanister(connection, run.stateFolder, run.reference);
  const service = await readService(connection, canister, terminal);
  const { method, kind } = run;
  if (method === undefined) {
    const lines = service === undefined ? [] : methodLines(service).map((line) => `  ${line}`);
    const shown = lines.length === 0 ? 'the canister shows no interface' : 'the canister has:';
    for (const line of [shown, ...lines]) terminal.note(line);
    throw usageFailure('USAGE_OPERANDS', 'the method is missing', `write myelin canister ${kind} ${run.reference} METHOD [ARGUMENTS]`);
  }
  const type = findMethod(service, method);
  if (kind === 'query') checkQueryable(method, type);
  const arg = encodeArguments(run.argumentText, type?.args);
  const started = performance.now();
  const isManagement = canister === MANAGEMENT_CANISTER_ID;
  const bytes =
    kind === 'query'
      ? await queryCanister(connection, canister, method, arg)
      : await callCanister(connection, canister, method, arg, isManagement ? subjectOf(arg) : canister);
  const milliseconds = Math.round(performance.now() - started);
  const reply = readReply(bytes, type?.results, terminal);
  if (kind === 'query')
    terminal.warn("one node answered; its signature is valid, but the network has not certified it ('myelin canister call' does)");
  terminal.result(reply?.text ?? toHex(bytes), {
    canister: principalToText(canister),
    method,
    certified: kind === 'call',
    reply: reply?.text ?? null,
    values: reply?.values ?? null,
    bytes: toHex(bytes),
    milliseconds,
  });
}
