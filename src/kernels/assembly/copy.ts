/** Moves what lies at one address to another. */
export function copy(from: usize, to: usize, size: i32): void {
  memory.copy(to, from, size);
}
