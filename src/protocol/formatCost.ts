import { formatDensity } from './formatDensity';
import { formatBytes, formatCount, formatFlops } from './format';

/** 1274019840 -> "1.27 GFLOPs", or "1.27 GMACs" where matrix work is counted in MACs. */
export function formatWork(value: number, convention: 'mac2' | 'mac' | 'padded'): string {
  return formatFlops(value, convention === 'mac' ? 'MACs' : 'FLOPs');
}

/** 1234567 -> "1.23 M"; below a thousand as it is. */
export function formatShort(value: number): string {
  return formatFlops(value, '');
}

/** 0.434 -> "43 %"; what is there but less than one is "<1 %". */
export function formatShare(fraction: number): string {
  return fraction > 0 && fraction < 0.01 ? '<1 %' : `${Math.round(fraction * 100)} %`;
}

/** How the figures of a table of costs are written. */
export function costFormats(convention: Parameters<typeof formatWork>[1]) {
  return {
    count: formatCount,
    flops: (value: number) => formatWork(value, convention),
    bytes: formatBytes,
    percent: formatShare,
    papersFlops: (value: number) => formatFlops(value),
    part: (active: number, size: number) => formatDensity({ active, size }),
  };
}
