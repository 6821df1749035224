/**
 * Program: a run of a node that is kept as a directory of genesis and input log. Arguments: the directory, messages. Says the last digest.
 */
import { type PrincipalId, toHex } from '@myelin/core/base';
import { motokoCanister, randomProgram, universalCanister } from '@myelin/test-canisters';
import { openLocalNode } from '../../src/node/index.ts';
import { deploy, send } from '../replica/node-updates.ts';
import { createDice } from '../store/log-life.ts';

const [directory, messages, seed] = process.argv.slice(2);
const dice = createDice(Number(seed));
const node = await openLocalNode({
  stateDirectory: directory,
  host: '127.0.0.1',
  port: 0,
  // No checkpoint: the log keeps everything.
  checkpoints: { logBytes: 2 ** 40, batches: 10n ** 9n, queuedBytesMax: -1 },
  onFault: (error) => {
    throw error;
  },
});
const wasm = await universalCanister(['canister_heartbeat']);
const ids: PrincipalId[] = [];
while (ids.length < 5) ids.push(await deploy(node, wasm));
const motoko = await deploy(node, (await motokoCanister('counter')).wasm);
const NO_VALUES = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

const outcomes = new Map<string, number>();
for (let sent = 0; sent < Number(messages);) {
  const together = 1 + dice(8);
  const answers = await Promise.all(
    Array.from({ length: together }, () =>
      dice(6) === 0 ? send(node, motoko, 'inc', NO_VALUES) : send(node, ids[dice(ids.length)]!, 'update', randomProgram(dice, ids)),
    ),
  );
  for (const { status } of answers) outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
  sent += together;
}
await node.close();
console.log(
  JSON.stringify({ height: Number(node.host.state.height), digest: toHex(node.host.digest()), outcomes: Object.fromEntries(outcomes) }),
);
