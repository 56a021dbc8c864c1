import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import { stepColumns, type StepTable } from './stepTable';

/**
 * Writes the steps of some runs as CSV (RFC 4180), one row a step, in the order of the runs.
 *
 * @param signal ends it early; what was written stays
 */
export async function writeStepCsv(
  tables: readonly StepTable[],
  file: string,
  signal?: AbortSignal,
): Promise<void> {
  const measures = [...new Set(tables.flatMap((table) => table.measures))];
  const text = stringify({
    header: true,
    columns: [...stepColumns, ...measures],
    record_delimiter: 'windows',
    cast: { number: String },
    // Nothing of it is a formula to a table program; numbers are cast before.
    escape_formulas: false,
  });
  async function* rows() {
    for (const table of tables) yield* table.rows();
  }
  await pipeline(rows, text, createWriteStream(file), signal ? { signal } : {});
}
