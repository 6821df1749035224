/**
 * The universal canister and the language of its messages: a message's argument is a program whose operations are the System API's
 * functions, so that a test says in place what the canister does.
 *
 * A piece of program is bytes. A `value` pushes one byte string; a statement pushes nothing. Methods: `update`, `query` and
 * `composite_query`; the arguments of install and upgrade are programs too.
 *
 * @example
 * const { call, program, reply, argument } = script;
 * program(call({ callee, argument: program(reply('pong')), onReply: program(reply(argument())) })) // a calls b and passes on 'pong'
 * @module
 */
import { assembleAssemblyScript, readAssemblyScriptSource } from './assembly-script.ts';
import { renameExports } from './wasm-sections.ts';

/** Operations below the mark touch the stack and the heap only. The order is the numbering. */
const BASIC_OPERATIONS = [
  'PUSH',
  'DROP',
  'DUPLICATE',
  'CONCAT',
  'SLICE',
  'LENGTH',
  'FILLED',
  'ADD',
  'SUBTRACT',
  'EQUAL',
  'LESS',
  'IF',
  'REPEAT',
  'RUN',
  'SPIN',
  'RECURSE',
  'UNREACHABLE',
  'MEMORY_SIZE',
  'MEMORY_GROW',
  'MEMORY_LOAD',
  'MEMORY_STORE',
  'GET_REGISTER',
  'SET_REGISTER',
  'ON_HEARTBEAT',
  'ON_TIMER',
  'ON_PRE_UPGRADE',
  'ON_INSPECT',
  'ON_LOW_MEMORY',
] as const;

const SYSTEM_OPERATIONS = [
  'ARGUMENT',
  'CALLER',
  'REJECT_CODE',
  'REJECT_MESSAGE',
  'DEADLINE',
  'REPLY_APPEND',
  'REPLY',
  'REJECT',
  'CYCLES_AVAILABLE',
  'CYCLES_REFUNDED',
  'CYCLES_ACCEPT',
  'CYCLES_BURN',
  'SELF',
  'CYCLE_BALANCE',
  'LIQUID_CYCLE_BALANCE',
  'CANISTER_STATUS',
  'CANISTER_VERSION',
  'SUBNET_SELF',
  'METHOD_NAME',
  'ACCEPT_MESSAGE',
  'CALL_NEW',
  'CALL_ON_CLEANUP',
  'CALL_DATA_APPEND',
  'CALL_BEST_EFFORT',
  'CALL_CYCLES_ADD',
  'CALL_PERFORM',
  'STABLE_SIZE',
  'STABLE_GROW',
  'STABLE_WRITE',
  'STABLE_READ',
  'ROOT_KEY',
  'CERTIFIED_DATA_SET',
  'DATA_CERTIFICATE_PRESENT',
  'DATA_CERTIFICATE',
  'TIME',
  'GLOBAL_TIMER_SET',
  'PERFORMANCE_COUNTER',
  'IS_CONTROLLER',
  'IN_REPLICATED_EXECUTION',
  'COST_CALL',
  'COST_CREATE_CANISTER',
  'COST_HTTP_REQUEST',
  'COST_SIGN_ECDSA',
  'COST_SIGN_SCHNORR',
  'COST_VETKD',
  'ENV_VAR_COUNT',
  'ENV_VAR_NAME',
  'ENV_VAR_EXISTS',
  'ENV_VAR_VALUE',
  'DEBUG_PRINT',
  'TRAP',
] as const;

type Operation = (typeof BASIC_OPERATIONS)[number] | (typeof SYSTEM_OPERATIONS)[number];

const FIRST_SYSTEM_OPERATION = 64;

function numberOf(operation: Operation): number {
  const basic = (BASIC_OPERATIONS as readonly string[]).indexOf(operation);
  return basic >= 0 ? basic : FIRST_SYSTEM_OPERATION + (SYSTEM_OPERATIONS as readonly string[]).indexOf(operation);
}

/** Entry points that change how a canister is treated merely by being there: left out unless asked for. */
const OPTIONAL_ENTRY_POINTS = ['canister_heartbeat', 'canister_inspect_message', 'canister_on_low_wasm_memory'] as const;

export type OptionalEntryPoint = (typeof OPTIONAL_ENTRY_POINTS)[number];

/**
 * The universal canister, to be installed with a program as argument (an empty one does nothing).
 *
 * @param entryPoints - the optional entry points that it shall have; their programs are set with `script.onHeartbeat` and so on.
 */
export async function universalCanister(entryPoints: readonly OptionalEntryPoint[] = []): Promise<Uint8Array> {
  const names: readonly Operation[] = [...BASIC_OPERATIONS, ...SYSTEM_OPERATIONS];
  const constants = names.map((name) => `const OP_${name}: u8 = ${numberOf(name)};`);
  const source = [
    ...constants,
    `const FIRST_SYSTEM_OPERATION: u8 = ${FIRST_SYSTEM_OPERATION};`,
    readAssemblyScriptSource('universal'),
  ].join('\n');
  const wasm = await assembleAssemblyScript(source, { runtime: 'incremental' });
  const dropped: readonly string[] = OPTIONAL_ENTRY_POINTS.filter((name) => !entryPoints.includes(name));
  return renameExports(wasm, (name) => (dropped.includes(name) ? undefined : name));
}

declare const statementBrand: unique symbol;
declare const valueBrand: unique symbol;

/** A piece of program that leaves the stack as it was. */
export type Statement = Uint8Array & { readonly [statementBrand]: true };

/** A piece of program that pushes one byte string. */
export type Value = Uint8Array & { readonly [valueBrand]: true };

/** Whatever can stand for a value: bytes and texts stand for themselves, numbers for 8 bytes, little-endian. */
export type Operand = Value | Program | string | number | bigint;

declare const programBrand: unique symbol;

/** A whole program: an argument, or what a callback or handler runs. As an operand it is data. */
export type Program = Uint8Array & { readonly [programBrand]: true };

const encoder = new TextEncoder();

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function pushBytes(bytes: Uint8Array): Value {
  const code = new Uint8Array(5 + bytes.length);
  code[0] = numberOf('PUSH');
  new DataView(code.buffer).setUint32(1, bytes.length, true);
  code.set(bytes, 5);
  return code as Value;
}

function littleEndian(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));
}

const programs = new WeakSet<Uint8Array>();

function push(operand: Operand): Uint8Array {
  if (typeof operand === 'string') return pushBytes(encoder.encode(operand));
  if (typeof operand === 'number' || typeof operand === 'bigint') return pushBytes(littleEndian(BigInt(operand), 8));
  return programs.has(operand) ? pushBytes(operand) : operand;
}

function code(operation: Operation, operands: readonly Operand[]): Uint8Array {
  return join([...operands.map(push), Uint8Array.of(numberOf(operation))]);
}

function statement(operation: Operation): (...operands: Operand[]) => Statement {
  return (...operands) => code(operation, operands) as Statement;
}

function value(operation: Operation): (...operands: Operand[]) => Value {
  return (...operands) => code(operation, operands) as Value;
}

/** Joins statements into a program. */
function program(...statements: readonly Statement[]): Program {
  const whole = join(statements) as Program;
  programs.add(whole);
  return whole;
}

/** One outgoing call. */
export type ScriptCall = {
  readonly callee: Uint8Array;
  readonly method?: string;
  readonly argument?: Operand;
  readonly onReply?: Program;
  readonly onReject?: Program;
  readonly onCleanup?: Program;
  /** Cycles to attach. */
  readonly cycles?: bigint;
  /** Makes it a best-effort call that waits this many seconds. */
  readonly bestEffortSeconds?: number;
};

/** Prepares and performs a call; pushes the code that `call_perform` gives. */
function performCall(call: ScriptCall): Value {
  const nothing = program();
  return join([
    code('CALL_NEW', [pushBytes(call.callee), call.method ?? 'update', call.onReply ?? nothing, call.onReject ?? nothing]),
    ...(call.onCleanup === undefined ? [] : [code('CALL_ON_CLEANUP', [call.onCleanup])]),
    code('CALL_DATA_APPEND', [call.argument ?? nothing]),
    ...(call.cycles === undefined ? [] : [code('CALL_CYCLES_ADD', [pushBytes(littleEndian(call.cycles, 16))])]),
    ...(call.bestEffortSeconds === undefined ? [] : [code('CALL_BEST_EFFORT', [call.bestEffortSeconds])]),
    code('CALL_PERFORM', []),
  ]) as Value;
}

/**
 * Builds programs for the universal canister. Functions that push a value are named after what they push, the others after what
 * they do.
 */
export const script = {
  program,
  /** Bytes as a value. */
  bytes: pushBytes,
  /** An amount of cycles as a value: 16 bytes, little-endian. */
  cycles: (amount: bigint): Value => pushBytes(littleEndian(amount, 16)),
  /** Statements one after the other. */
  sequence: (...statements: readonly Statement[]): Statement => join(statements) as Statement,

  drop: statement('DROP'),
  concat: value('CONCAT'),
  /** Operands: bytes, start, size. */
  slice: value('SLICE'),
  length: value('LENGTH'),
  /** Operands: size, byte. */
  filled: value('FILLED'),
  add: value('ADD'),
  subtract: value('SUBTRACT'),
  equal: value('EQUAL'),
  less: value('LESS'),
  /** Runs one of two programs. */
  choose: (condition: Operand, then: Program, otherwise: Program = program()): Statement =>
    code('IF', [condition, then, otherwise]) as Statement,
  repeat: (times: Operand, body: Program): Statement => code('REPEAT', [times, body]) as Statement,
  /** Runs a program that is a value, for example one kept in a register. */
  run: statement('RUN'),
  /** Counts down from a number: a few instructions for each step. */
  spin: statement('SPIN'),
  /** Calls itself to a depth; pushes the depth. */
  recurse: value('RECURSE'),
  unreachable: statement('UNREACHABLE'),
  memorySize: value('MEMORY_SIZE'),
  /** Operand: pages. Pushes the previous size, or 2^64 - 1 when it could not grow. */
  memoryGrow: value('MEMORY_GROW'),
  /** Operands: address, size. */
  memoryLoad: value('MEMORY_LOAD'),
  /** Operands: address, bytes. */
  memoryStore: statement('MEMORY_STORE'),
  /** Operand: index below 16. */
  register: value('GET_REGISTER'),
  /** Operands: index below 16, bytes. */
  setRegister: statement('SET_REGISTER'),
  onHeartbeat: (handler: Program): Statement => code('ON_HEARTBEAT', [handler]) as Statement,
  onTimer: (handler: Program): Statement => code('ON_TIMER', [handler]) as Statement,
  onPreUpgrade: (handler: Program): Statement => code('ON_PRE_UPGRADE', [handler]) as Statement,
  onInspect: (handler: Program): Statement => code('ON_INSPECT', [handler]) as Statement,
  onLowMemory: (handler: Program): Statement => code('ON_LOW_MEMORY', [handler]) as Statement,

  argument: value('ARGUMENT'),
  caller: value('CALLER'),
  rejectCode: value('REJECT_CODE'),
  rejectMessage: value('REJECT_MESSAGE'),
  deadline: value('DEADLINE'),
  replyAppend: statement('REPLY_APPEND'),
  /** Replies with what was appended before, and these operands. */
  reply: (...operands: readonly Operand[]): Statement =>
    join([...operands.map((operand) => code('REPLY_APPEND', [operand])), code('REPLY', [])]) as Statement,
  reject: statement('REJECT'),
  cyclesAvailable: value('CYCLES_AVAILABLE'),
  cyclesRefunded: value('CYCLES_REFUNDED'),
  /** Operand: the most to accept. Pushes what was accepted. */
  cyclesAccept: value('CYCLES_ACCEPT'),
  cyclesBurn: value('CYCLES_BURN'),
  self: value('SELF'),
  cycleBalance: value('CYCLE_BALANCE'),
  liquidCycleBalance: value('LIQUID_CYCLE_BALANCE'),
  canisterStatus: value('CANISTER_STATUS'),
  canisterVersion: value('CANISTER_VERSION'),
  subnetSelf: value('SUBNET_SELF'),
  methodName: value('METHOD_NAME'),
  acceptMessage: statement('ACCEPT_MESSAGE'),
  performCall,
  /** Performs a call and forgets the code. */
  call: (call: ScriptCall): Statement => code('DROP', [performCall(call)]) as Statement,
  /** The single steps of a call, for calls that break the rules. Operands: callee, method, onReply, onReject. */
  callNew: statement('CALL_NEW'),
  callOnCleanup: (handler: Program): Statement => code('CALL_ON_CLEANUP', [handler]) as Statement,
  callDataAppend: statement('CALL_DATA_APPEND'),
  callBestEffort: statement('CALL_BEST_EFFORT'),
  callCyclesAdd: statement('CALL_CYCLES_ADD'),
  callPerform: value('CALL_PERFORM'),
  stableSize: value('STABLE_SIZE'),
  stableGrow: value('STABLE_GROW'),
  /** Operands: offset, bytes. */
  stableWrite: statement('STABLE_WRITE'),
  /** Operands: offset, size. */
  stableRead: value('STABLE_READ'),
  rootKey: value('ROOT_KEY'),
  setCertifiedData: statement('CERTIFIED_DATA_SET'),
  dataCertificatePresent: value('DATA_CERTIFICATE_PRESENT'),
  dataCertificate: value('DATA_CERTIFICATE'),
  time: value('TIME'),
  /** Operand: nanoseconds since 1970, 0 to switch it off. Pushes the previous one. */
  setGlobalTimer: value('GLOBAL_TIMER_SET'),
  performanceCounter: value('PERFORMANCE_COUNTER'),
  isController: value('IS_CONTROLLER'),
  inReplicatedExecution: value('IN_REPLICATED_EXECUTION'),
  /** Operands: size of the method name, size of the payload. */
  costCall: value('COST_CALL'),
  costCreateCanister: value('COST_CREATE_CANISTER'),
  /** Operands: size of the request, largest response. */
  costHttpRequest: value('COST_HTTP_REQUEST'),
  /** Operands: key name, curve or algorithm. Each pushes the result code, then the amount. */
  costSignWithEcdsa: value('COST_SIGN_ECDSA'),
  costSignWithSchnorr: value('COST_SIGN_SCHNORR'),
  costVetkdDeriveKey: value('COST_VETKD'),
  envVarCount: value('ENV_VAR_COUNT'),
  envVarName: value('ENV_VAR_NAME'),
  envVarExists: value('ENV_VAR_EXISTS'),
  envVarValue: value('ENV_VAR_VALUE'),
  debugPrint: statement('DEBUG_PRINT'),
  trap: statement('TRAP'),
} as const;
