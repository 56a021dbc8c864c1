import v8 from 'node:v8';

/**
 * The file of kernels for this Node, built from assembly/ for memory that threads share or for one thread: with relaxed
 * SIMD, whose multiply-add is one instruction where the machine has it, or without.
 */
export function moduleFile(shared: boolean): string {
  return `kernels${hasRelaxedSimd() ? '-relaxed' : ''}${shared ? '-threads' : ''}.wasm`;
}

function hasRelaxedSimd(): boolean {
  // Node 20 has it behind a flag.
  if (!WebAssembly.validate(relaxedProbe)) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedProbe);
}

/** A module of one function, v128 -> v128, whose body is one relaxed multiply-add. */
const relaxedProbe = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 6, 1, 0x60, 1, 0x7b, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x85, 2, 0x0b],
);
