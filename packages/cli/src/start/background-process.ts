/**
 * The process of a network in the background. It is told what to run by the command that starts it, tells it when the network is ready
 * or why it is not, and goes on when that command has ended.
 * @module
 */
import { keepCompiledCode } from '../compiled-code.ts';
import type { StartOutcome, StartTask } from './background.ts';

keepCompiledCode();

/** Time for what is still on its way, as in main.ts. */
const LINGER_MS = 500;

/** The command may have been ended meanwhile: then nobody waits. */
function tell(outcome: StartOutcome): void {
  if (process.connected) process.send?.(outcome, undefined, undefined, () => {});
}

async function run({ request, log }: StartTask): Promise<void> {
  const [{ createLogTerminal }, { start }, { describeNetwork }, { explain }] = await Promise.all([
    import('./background-log.ts'),
    import('./start.ts'),
    import('./announcement.ts'),
    import('../terminal/index.ts'),
  ]);
  const logTerminal = createLogTerminal(log);
  const terminal = {
    ...logTerminal,
    failure: (error: unknown) => {
      tell({ kind: 'failed', failure: explain(error) });
      return logTerminal.failure(error);
    },
  };
  terminal.note(`Process ${process.pid} starts the network of ${request.stateFolder}.`);
  const exitCode = await start(request, terminal, {
    isBackground: true,
    announce: (network) => {
      terminal.note(describeNetwork(network, request.host, terminal).text);
      tell({ kind: 'ready', network });
    },
  }).catch((error: unknown) => terminal.failure(error));
  terminal.note(`Process ${process.pid} ends with ${exitCode}.`);
  process.exitCode = exitCode;
  setTimeout(() => process.exit(exitCode), LINGER_MS).unref();
}

process.once('message', (task: StartTask) => void run(task));
