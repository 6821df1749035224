/**
 * Proves at the start that the host's stack holds what the protocol lets canisters use.
 * @module
 */

/** On the stack of the calling thread. @throws IcError `ENGINE_STACK_TOO_SMALL` */
export function checkStack(): void {}

/** On a stack for suspendable calls. */
export async function checkSuspendableStack(): Promise<void> {}
