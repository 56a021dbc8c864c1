import type { ModelCost } from '../cost/modelCost';
import { reportModel } from '../cost/report';
import { costText } from '../cost/table';
import type { Convention } from '../cost/work';
import type { ExportFormat } from '../protocol/costPanel';
import { costFormats } from '../protocol/formatCost';
import { csvText } from './csvText';
import { rowsOf } from './costRows';

/** Names of the columns of a CSV file: units are in them. */
function csvHead(convention: Convention): string[] {
  const unit = convention === 'mac' ? 'macs' : 'flops';
  return [
    ...['layer', 'class', 'line', 'output_shape', 'params'],
    ...['forward', 'backward', 'optimizer'].map((phase) => `${phase}_${unit}`),
    ...['activation_bytes', 'share_of_step'],
  ];
}

/** The layers of a model as CSV (RFC 4180), exact numbers, one row a layer. */
function costCsv(model: ModelCost, convention: Convention): string {
  const rows = rowsOf(model, convention);
  const all = rows.reduce((sum, { now }) => sum + (now?.all ?? 0), 0);
  const lines = rows.map(({ name, className, line, outputShape, now }) => [
    name,
    className,
    line ?? '',
    outputShape.join('x'),
    ...(now ? [now.params, now.forward, now.backward, now.optimizer, now.activationBytes] : []),
    all > 0 && now ? Number((now.all / all).toPrecision(6)) : 0,
  ]);
  return csvText([csvHead(convention), ...lines]);
}

/** A model's cost as a file to keep. */
export function exportCost(model: ModelCost, convention: Convention, format: ExportFormat): string {
  switch (format) {
    case 'csv':
      return costCsv(model, convention);
    case 'json':
      return `${JSON.stringify({ convention, kind: 'counted', ...reportModel(model, convention) }, null, 2)}\n`;
    case 'markdown':
      return costText(model, convention, costFormats(convention));
  }
}
