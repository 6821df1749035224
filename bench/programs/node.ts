/**
 * Program: a node on a free port. Argument: its state directory, or nothing for a node in memory. Sends its URL over the channel,
 * and the processor time it has used whenever it is asked anything.
 * @module
 */
import { openNode } from '@myelin/node';

const [stateDirectory] = process.argv.slice(2);
const node = await openNode({
  stateDirectory,
  host: '127.0.0.1',
  port: 0,
  onFault: (error) => {
    console.error('the node stopped by itself:', error);
    process.exit(1);
  },
});
const close = (): void => void node.close().then(() => process.exit(0));
process.once('SIGTERM', close);
process.once('disconnect', close);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
process.send?.({ url: node.url });
