/** What is used here of WebAssembly, whose types come with those of browsers, which this code is not for. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** Sizes in pages of 64 kB. */
    constructor(size: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean });
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: Module, imports: { readonly env: { readonly memory: Memory } });
  }
  function validate(bytes: Uint8Array): boolean;
}
