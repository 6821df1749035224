/**
 * Messages for universal canisters, drawn at random: the workload of whatever compares replicas.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalToBytes } from '@myelin/core/base';
import { type Program, script } from './universal.ts';

/** Candid encoding of no values. */
const NO_VALUES = script.bytes(Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0));

const { program, call, reply, argument, register, setRegister, drop, spin } = script;

/**
 * A program that does one thing of many: values, pages, calls that are answered, trap or come too late, long runs, timers, randomness.
 * @param dice - a number below a bound.
 * @param ids - universal canisters that it may call.
 */
export function randomProgram(dice: (below: number) => number, ids: readonly PrincipalId[]): Program {
  const other = principalToBytes(ids[dice(ids.length)]!);
  switch (dice(13)) {
    case 0:
      return program(setRegister(dice(16), `value ${dice(1000)}`), reply(register(dice(16))));
    case 1:
      return program(drop(script.stableGrow(1)), script.stableWrite(dice(60_000), script.filled(dice(5_000), dice(256))), reply());
    case 2:
      return program(
        call({
          callee: other,
          cycles: BigInt(dice(1_000_000)),
          argument: program(drop(script.cyclesAccept(script.cycles(500_000n))), reply('x')),
          onReply: program(reply(argument())),
        }),
      );
    case 3:
      return program(setRegister(1, 'lost'), script.trap('on purpose'));
    case 4:
      return program(call({ callee: other, argument: program(script.trap('inner')), onReject: program(reply(script.rejectMessage())) }));
    case 5:
      return program(
        call({
          callee: other,
          argument: program(reply()),
          onReply: program(script.unreachable()),
          onCleanup: program(setRegister(2, 'cleaned')),
        }),
      );
    case 6:
      return program(spin(1_700_000 + dice(4_000_000)), setRegister(4, `long ${dice(100)}`), reply(register(4)));
    case 7:
      return program(drop(script.memoryGrow(dice(3))), reply(script.memorySize()));
    case 8:
      return program(script.setCertifiedData(`data ${dice(1000)}`), script.debugPrint(`log ${dice(1000)}`), reply());
    case 9:
      return program(
        script.onTimer(program(setRegister(5, script.time()))),
        drop(script.setGlobalTimer(script.add(script.time(), dice(5)))),
        reply(),
      );
    case 10:
      return program(
        call({
          callee: other,
          bestEffortSeconds: 1,
          argument: program(spin(2_000_000), reply('late')),
          onReply: program(reply('in time')),
          onReject: program(reply('too late')),
        }),
      );
    case 11:
      return program(
        call({
          callee: principalToBytes(MANAGEMENT_CANISTER_ID),
          method: 'raw_rand',
          argument: NO_VALUES,
          onReply: program(setRegister(6, argument()), reply(argument())),
        }),
      );
    default:
      return program(reply(script.performanceCounter(0), script.canisterVersion(), script.cycleBalance()));
  }
}
