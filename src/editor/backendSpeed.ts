import { formatThree } from '../protocol/format';
import type { Peak } from '../runs/peak';

/** "41 GFLOP/s · 31 GB/s · 2 threads · measured 2026-11-21". */
export function backendSpeed({ matmul, add, threads }: Peak): string {
  return [
    `${formatThree(matmul.gigaflopsPerSecond)} GFLOP/s`,
    ...(add ? [`${formatThree(add.gigabytesPerSecond)} GB/s`] : []),
    ...(threads === undefined ? [] : [`${threads} ${threads === 1 ? 'thread' : 'threads'}`]),
    `measured ${matmul.measuredAt.slice(0, 10)}`,
  ].join(' · ');
}
