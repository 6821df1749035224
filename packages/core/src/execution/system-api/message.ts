/**
 * Arguments, caller and response of the running message.
 * Source: IC interface spec, "Method arguments", "Responding", "Ingress message inspection".
 * @module
 */
import { fromUtf8, principalToBytes, utf8 } from '../../base/index.ts';
import { contractViolation } from '../traps.ts';
import type { ApiState } from './api-state.ts';

const NO_BYTES: Uint8Array = new Uint8Array(0);

export function msg_arg_data_size(this: ApiState): number {
  return this.context.argument.length;
}

export function msg_arg_data_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(this.context.argument, destination, offset, size);
}

export function msg_caller_size(this: ApiState): number {
  return this.context.caller.length / 2;
}

export function msg_caller_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(principalToBytes(this.context.caller), destination, offset, size);
}

export function msg_caller_info_data_size(this: ApiState): number {
  return this.context.senderInfo?.info.length ?? 0;
}

export function msg_caller_info_data_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(this.context.senderInfo?.info ?? NO_BYTES, destination, offset, size);
}

function signer(api: ApiState): Uint8Array {
  const info = api.context.senderInfo;
  return info === undefined ? NO_BYTES : principalToBytes(info.signer);
}

export function msg_caller_info_signer_size(this: ApiState): number {
  return signer(this).length;
}

export function msg_caller_info_signer_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(signer(this), destination, offset, size);
}

export function msg_reject_code(this: ApiState): number {
  return this.context.rejectCode;
}

export function msg_reject_msg_size(this: ApiState): number {
  return utf8(this.context.rejectMessage).length;
}

export function msg_reject_msg_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(utf8(this.context.rejectMessage), destination, offset, size);
}

export function msg_deadline(this: ApiState): bigint {
  return this.context.deadlineNs;
}

function assertUnanswered(api: ApiState, name: string): void {
  if (!api.context.needsResponse || api.response !== undefined) {
    throw contractViolation(`${name}: the call is already replied or rejected`);
  }
}

export function msg_reply_data_append(this: ApiState, source: number, size: number): void {
  assertUnanswered(this, 'ic0.msg_reply_data_append');
  const bytes = this.reply.length + size;
  if (bytes > this.context.responseBytesMax) {
    throw contractViolation(
      `ic0.msg_reply_data_append: application payload size (${bytes}) cannot be larger than ${this.context.responseBytesMax}`,
    );
  }
  this.reply.append(this.instance.read(source, size));
}

export function msg_reply(this: ApiState): void {
  assertUnanswered(this, 'ic0.msg_reply');
  this.response = { kind: 'reply', data: this.reply.joined() };
  this.cyclesAvailable = 0n;
}

export function msg_reject(this: ApiState, source: number, size: number): void {
  assertUnanswered(this, 'ic0.msg_reject');
  if (size > this.context.responseBytesMax) {
    throw contractViolation(`ic0.msg_reject: application payload size (${size}) cannot be larger than ${this.context.responseBytesMax}`);
  }
  const message = fromUtf8(this.instance.read(source, size));
  if (message === undefined) throw contractViolation('ic0.msg_reject: the message is not valid UTF-8');
  this.response = { kind: 'reject', message };
  this.cyclesAvailable = 0n;
}

export function msg_method_name_size(this: ApiState): number {
  return utf8(this.context.methodName).length;
}

export function msg_method_name_copy(this: ApiState, destination: number, offset: number, size: number): void {
  this.copyToCanister(utf8(this.context.methodName), destination, offset, size);
}

export function accept_message(this: ApiState): void {
  if (this.acceptedMessage) throw contractViolation('ic0.accept_message: the message is already accepted');
  this.acceptedMessage = true;
}
