/**
 * Messages: sequences of arguments or results.
 *
 * An `ArgsCodec` is built once per list of types and keeps what it has worked out: the head of the messages it sends, an encoder per
 * type, and a decoding plan for each of the last few heads it has received. The plans change no answer and no cost limit, only time.
 * @module
 */
import { equalBytes } from '../base/index.ts';
import { absentValue, createDecodePlan, decoderOf, MISMATCH } from './decode-plan.ts';
import type { DecodePlan, Decoder } from './decode-plan.ts';
import { encodeHeader } from './encode-table.ts';
import { encoderOf } from './encode-plan.ts';
import type { EncodePlan, Encoder } from './encode-plan.ts';
import { candidError } from './errors.ts';
import { DEFAULT_CANDID_LIMITS, PLANS_MAX, PLAN_HEADER_BYTES_MAX } from './limits.ts';
import type { CandidLimits } from './limits.ts';
import { Reader, charge, malformed } from './reader.ts';
import { skipperOf } from './skip.ts';
import type { Skipper } from './skip.ts';
import { isOptional } from './subtype.ts';
import { readHeader } from './type-table.ts';
import { typeToText } from './type-text.ts';
import type { DecodedAll, TypeNode } from './types.ts';
import { Writer } from './writer.ts';

/** Encodes and decodes messages of one list of types. */
export interface ArgsCodec<T extends readonly unknown[] = readonly unknown[]> {
  readonly types: readonly TypeNode[];
  /** @throws IcError `CANDID_VALUE_INVALID` when a value does not fit its type. */
  encode(values: Readonly<T>): Uint8Array<ArrayBuffer>;
  /**
   * Decodes with subtyping: values of the sender's types that fit the expected ones. Blobs are copies.
   * @throws IcError `CANDID_MALFORMED`, `CANDID_TYPE_MISMATCH`, `CANDID_LIMIT_EXCEEDED`
   */
  decode(bytes: Uint8Array, limits?: CandidLimits): T;
}

/** The codec of a list of types. Build it once and keep it. */
export function argsCodec<const C extends readonly TypeNode[]>(types: C): ArgsCodec<DecodedAll<C>> {
  const encode = messageEncoder(types);
  const plans: HeaderPlan[] = [];
  return {
    types,
    encode,
    decode: (bytes, limits = DEFAULT_CANDID_LIMITS) => decodeMessage(types, plans, bytes, limits) as DecodedAll<C>,
  };
}

const codecs = new WeakMap<readonly TypeNode[], ArgsCodec<never>>();

/** The codec that belongs to this very array. */
function codecOf<const C extends readonly TypeNode[]>(types: C): ArgsCodec<DecodedAll<C>> {
  let codec = codecs.get(types) as ArgsCodec<DecodedAll<C>> | undefined;
  if (codec === undefined) codecs.set(types, (codec = argsCodec(types)) as ArgsCodec<never>);
  return codec;
}

/** As `argsCodec(types).encode(values)`; fast when called with the same array of types again. */
export function encodeArgs<const C extends readonly TypeNode[]>(types: C, values: Readonly<DecodedAll<C>>): Uint8Array<ArrayBuffer> {
  return codecOf(types).encode(values);
}

/** As `argsCodec(types).decode(bytes)`; fast when called with the same array of types again. */
export function decodeArgs<const C extends readonly TypeNode[]>(types: C, bytes: Uint8Array, limits?: CandidLimits): DecodedAll<C> {
  return codecOf(types).decode(bytes, limits);
}

function messageEncoder(types: readonly TypeNode[]): (values: readonly unknown[]) => Uint8Array<ArrayBuffer> {
  let header: Uint8Array | undefined;
  const plan: EncodePlan = new Map();
  const encoders: Encoder[] = [];
  return (values) => {
    if (values.length !== types.length) {
      throw candidError('CANDID_VALUE_INVALID', `${types.length} values are expected, got ${values.length}`);
    }
    if (header === undefined) {
      for (const type of types) encoders.push(encoderOf(plan, type));
      header = encodeHeader(types);
    }
    const writer = idleWriter ?? new Writer(WRITER_BYTES);
    idleWriter = undefined;
    writer.reset();
    writer.append(header);
    let index = 0;
    try {
      for (; index < encoders.length; index++) encoders[index]!(writer, values[index]);
    } catch (error) {
      throw namingValue(error, types.length > 1 ? `value ${index + 1}` : 'value');
    }
    const message = writer.finish();
    if (writer.bytes.length <= WRITER_BYTES) idleWriter = writer;
    return message;
  };
}

const WRITER_BYTES = 4096;

/** A small writer to use again, while no one else does: reading a property of a value may run code that encodes. */
let idleWriter: Writer | undefined;

function namingValue(error: unknown, name: string): unknown {
  const { detail, message } = error as { detail?: { code?: string }; message?: string };
  if (detail?.code !== 'CANDID_VALUE_INVALID') return error;
  return candidError('CANDID_VALUE_INVALID', `${name}${message!.startsWith('.') || message!.startsWith('[') ? '' : ': '}${message}`);
}

/** What was worked out for one head. */
type HeaderPlan = {
  /** The bytes from the magic number to the types of the arguments; a message that begins with them has this head. */
  readonly header: Uint8Array;
  /** Decoders of the expected arguments that are present. */
  readonly decoders: readonly Decoder[];
  /** Skippers of arguments that nobody expects. */
  readonly skippers: readonly Skipper[];
};

function decodeMessage(types: readonly TypeNode[], plans: HeaderPlan[], bytes: Uint8Array, limits: CandidLimits): unknown[] {
  if (bytes.length > limits.bytesMax) {
    throw candidError('CANDID_LIMIT_EXCEEDED', `the message has ${bytes.length} bytes, at most ${limits.bytesMax} are accepted`);
  }
  const reader = new Reader(bytes, limits);
  const plan = knownPlan(plans, reader) ?? newPlan(plans, reader, types);
  const values: unknown[] = [];
  charge(reader, types.length + plan.skippers.length);
  for (let index = 0; index < plan.decoders.length; index++) {
    const value = plan.decoders[index]!(reader);
    if (value === MISMATCH) throw misfit(reader, types.length > 1 ? `value ${index + 1}` : 'value');
    values.push(value);
  }
  for (const skip of plan.skippers) skip(reader);
  for (let index = plan.decoders.length; index < types.length; index++) {
    const type = types[index]!;
    if (!isOptional(type)) {
      const wanted = typeToText(type, { depthMax: 1 });
      throw candidError(
        'CANDID_TYPE_MISMATCH',
        `the message has ${plan.decoders.length} values, value ${index + 1} (${wanted}) is missing`,
      );
    }
    values.push(absentValue(type));
  }
  if (reader.offset !== bytes.length) throw malformed(reader, `${bytes.length - reader.offset} bytes follow the last value`);
  return values;
}

function misfit(reader: Reader, name: string): Error {
  return candidError('CANDID_TYPE_MISMATCH', `${name}${reader.path} does not fit: ${reader.why}`);
}

function knownPlan(plans: HeaderPlan[], reader: Reader): HeaderPlan | undefined {
  const { bytes, limits } = reader;
  // A plan was made under the default bound for tables; under another one the head must be counted again.
  if (limits.typeTableItemsMax !== DEFAULT_CANDID_LIMITS.typeTableItemsMax) return undefined;
  for (let index = 0; index < plans.length; index++) {
    const plan = plans[index]!;
    const { header } = plan;
    if (bytes.length < header.length || !startsWith(bytes, header)) continue;
    if (index > 0) {
      plans.splice(index, 1);
      plans.unshift(plan);
    }
    reader.offset = header.length;
    return plan;
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (prefix.length > 256) return equalBytes(bytes.subarray(0, prefix.length), prefix);
  // From the end: heads of one codec tend to begin alike.
  for (let index = prefix.length - 1; index >= 0; index--) if (bytes[index] !== prefix[index]) return false;
  return true;
}

function newPlan(plans: HeaderPlan[], reader: Reader, types: readonly TypeNode[]): HeaderPlan {
  const wireTypes = readHeader(reader);
  const decodePlan: DecodePlan = createDecodePlan();
  const shared = Math.min(wireTypes.length, types.length);
  const plan: HeaderPlan = {
    header: reader.bytes.slice(0, reader.offset),
    decoders: types.slice(0, shared).map((type, index) => decoderOf(decodePlan, wireTypes[index]!, type)),
    skippers: wireTypes.slice(shared).map((type) => skipperOf(decodePlan, type)),
  };
  if (reader.offset <= PLAN_HEADER_BYTES_MAX && reader.limits.typeTableItemsMax === DEFAULT_CANDID_LIMITS.typeTableItemsMax) {
    plans.unshift(plan);
    if (plans.length > PLANS_MAX) plans.pop();
  }
  return plan;
}
