/** What tests use of the WebAssembly JavaScript interface beyond the engine's own declarations. */
declare namespace WebAssembly {
  /** Whether V8 accepts the module. */
  function validate(bytes: Uint8Array): boolean;
}
