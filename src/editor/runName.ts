import type { RunRecord } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';

/** What a run is called in lists: as its user named it, else its experiment. */
export function runName({ id, about, record }: RunSummary, newer: RunRecord | undefined = record): string {
  return about?.name ?? newer?.name ?? id;
}
