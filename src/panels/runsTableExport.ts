import { markdownTable } from 'markdown-table';
import { formatFigure } from '../protocol/formatRun';
import type { Cell, RunColumn, RunRow, RunsExportFormat } from '../protocol/runsTable';
import { csvText } from './csvText';

/**
 * Runs as a file to keep: in the order of `rows`, with the columns `ids` in theirs. CSV and JSON have exact numbers,
 * with units in the names of columns; Markdown is for people.
 */
export function exportRuns(
  rows: readonly RunRow[],
  columns: readonly RunColumn[],
  ids: readonly string[],
  format: RunsExportFormat,
): string {
  const chosen = ids.flatMap((id) => {
    const place = columns.findIndex((column) => column.id === id);
    const column = columns[place];
    return column ? [{ place, column }] : [];
  });
  const table = rows.map(({ cells }) =>
    chosen.map(({ place, column }) => ({ column, cell: cells[place] ?? null })),
  );
  switch (format) {
    case 'csv': {
      const head = chosen.map(({ column }) => column.exportName);
      return csvText([head, ...table.map((row) => row.map(({ column, cell }) => exact(column, cell) ?? ''))]);
    }
    case 'json': {
      const objects = table.map((row) =>
        Object.fromEntries(row.map(({ column, cell }) => [column.exportName, exact(column, cell)])),
      );
      return `${JSON.stringify(objects, null, 2)}\n`;
    }
    case 'markdown': {
      const head = chosen.map(({ column }) => column.title);
      const body = table.map((row) => row.map(({ column, cell }) => inCell(formatFigure(column.kind, cell))));
      const align = chosen.map(({ column }) => (isText(column) ? 'l' : 'r'));
      return `${markdownTable([head.map(inCell), ...body], { align })}\n`;
    }
  }
}

/** As a program reads it: dates in ISO 8601, and the text NaN where a number is none. */
function exact({ kind }: RunColumn, cell: Cell): Cell {
  return kind === 'date' && typeof cell === 'number' ? new Date(cell).toISOString() : cell;
}

function isText({ kind }: RunColumn): boolean {
  return kind === 'text' || kind === 'tags' || kind === 'flag';
}

/** A bar or a line break would end the cell. */
function inCell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replace(/\s*\r?\n\s*/g, ' ');
}
