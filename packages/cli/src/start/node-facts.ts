/**
 * What a running network tells the commands of its project.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import { toHex } from '@myelin/core/base';
import type { RunningNode, StateFigures } from '@myelin/node';
import type { NetworkFacts, NodeFacts, NodePhase } from '../control/index.ts';
import { readVersion } from '../version.ts';

/** How long the replica may take to say where it stands: between two slices of its work. Then the last that is known is told. */
const FIGURES_MS_MAX = 5_000;

type Network = { readonly node: RunningNode; readonly url: string };

/** Keeps what is known of this process and its network, and answers it when asked. */
export class FactKeeper {
  readonly #isBackground: boolean;
  readonly #startedAt = new Date();
  #phase: NodePhase = 'starting';
  #network: Network | undefined;
  #figures: StateFigures | undefined;

  constructor(isBackground: boolean) {
    this.#isBackground = isBackground;
  }

  /** When this process began to start the network, ISO 8601. */
  get startedAt(): string {
    return this.#startedAt.toISOString();
  }

  /** The network answers requests. */
  async ready(node: RunningNode, url: string): Promise<void> {
    this.#figures = await node.stateFigures();
    this.#network = { node, url };
    this.#phase = 'ready';
  }

  stopping(): void {
    this.#phase = 'stopping';
  }

  async facts(): Promise<NodeFacts> {
    const network = await this.#networkFacts();
    return {
      phase: this.#phase,
      version: readVersion(),
      pid: process.pid,
      startedAt: this.startedAt,
      uptimeSeconds: Math.round(process.uptime()),
      isBackground: this.#isBackground,
      processMemoryBytes: process.memoryUsage.rss(),
      network,
    };
  }

  async #networkFacts(): Promise<NetworkFacts | null> {
    if (this.#network === undefined || this.#figures === undefined) return null;
    const { node, url } = this.#network;
    if (this.#phase === 'ready') {
      // A network that fails or ends meanwhile is told of by its phase.
      const asked = node.stateFigures().catch(() => undefined);
      this.#figures = (await Promise.race([asked, delay(FIGURES_MS_MAX, undefined, { ref: false })])) ?? this.#figures;
    }
    const { height, timeNs, canisters, memoryBytes } = this.#figures;
    return {
      url,
      rootKey: toHex(node.rootKeyDer),
      height: String(height),
      lastBatchAt: new Date(Number(timeNs / 1_000_000n)).toISOString(),
      canisters,
      canisterMemoryBytes: String(memoryBytes),
    };
  }
}
