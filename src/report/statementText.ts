import { markdownTable } from 'markdown-table';
import type { Interval } from '../cost/carbon';
import type { Ledger } from './ledger';
import type { ExperimentStatement, Statement } from './statement';

const joulesPerKwh = 3.6e6;

/** The statement in Markdown: a paragraph for the paper, a table of the experiments, and what is not known. */
export function statementMarkdown(statement: Statement): string {
  const { head, rows, align } = experimentTable(statement);
  return (
    [
      '## Compute',
      paragraphs(statement).join('\n\n'),
      markdownTable([head, ...rows], { align }),
      ...searchNotes(statement).map((note) => `- ${note}`),
      ...(statement.missing.length > 0
        ? ['### Not measured', statement.missing.map((each) => `- ${each}`).join('\n')]
        : []),
    ].join('\n\n') + '\n'
  );
}

/** The statement in LaTeX, for a paper with `booktabs`. */
export function statementLatex(statement: Statement): string {
  const { head, rows, align } = experimentTable(statement);
  const line = (cells: readonly string[]) => `${cells.map(escapeLatex).join(' & ')} \\\\`;
  const items = [...searchNotes(statement), ...statement.missing];
  return (
    [
      '\\paragraph{Compute.}',
      paragraphs(statement).map(escapeLatex).join('\n\n'),
      '\\begin{table}[ht]',
      '\\centering',
      '\\caption{Compute of all runs, failed and stopped ones included.}',
      `\\begin{tabular}{${align.join('')}}`,
      '\\toprule',
      line(head),
      '\\midrule',
      ...rows.map(line),
      '\\bottomrule',
      '\\end{tabular}',
      '\\end{table}',
      ...(items.length > 0
        ? ['\\begin{itemize}', ...items.map((each) => `\\item ${escapeLatex(each)}`), '\\end{itemize}']
        : []),
    ].join('\n') + '\n'
  );
}

function paragraphs(statement: Statement): string[] {
  const { total, machines, versions, intensitySource, pue } = statement;
  const where = machines.map(
    ({ cpu, cores, memoryBytes, gpu, platform, backends }) =>
      `${gpu ? `${gpu} and ` : ''}${cpu} (${cores} threads, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${platform}; ` +
      `backends: ${backends.join(', ') || 'none'})`,
  );
  const software = Object.entries(versions).map(([name, all]) => `${name} ${all.join(', ')}`);
  const hours = Object.entries(total.deviceSeconds).map(
    ([backend, seconds]) => `${hoursText(seconds)} on ${backend}`,
  );
  const statuses = Object.entries(total.statuses).map(([status, count]) => `${count} ${status}`);
  return [
    `All experiments ran on ${where.join('; ') || 'no machine yet'}, with ${software.join('; ')}. There were ` +
      `${total.runs} runs in ${total.attempts} attempts (${statuses.join(', ')}); totals are of all of them. They took ` +
      `${hoursText(total.seconds)} (measured: ${hours.join(', ')}), the longest run ${hoursText(statement.longestRunSeconds)}, and ` +
      `${scientific(total.trainingFlops)} FLOPs of training and ${scientific(total.evaluationFlops)} of evaluation (counted, ` +
      'a multiply-accumulate being two).',
    `They used ${kwhText(total.energy.joules)} kWh (${total.energy.provenance}), at a PUE of ${pue} ` +
      `${intervalText(scaled(total.gramsCO2e, 1e-3))} kg CO2e (predicted from ${middle(scaled(total.gramsCO2e, 1))} g: ${intensitySource})` +
      `${total.cost ? `, and cost ${intervalText(total.cost)} ${total.cost.currency} (predicted)` : ''}. ` +
      'In brackets: the bounds within which a figure lies nine times of ten.',
  ];
}

function experimentTable({ experiments, total }: Statement) {
  const head = [
    'experiment',
    'parameters',
    'runs',
    'not finished',
    'hours',
    'FLOPs',
    'kWh',
    'kg CO2e',
    'result',
  ];
  const row = (name: string, ledger: Ledger, experiment?: ExperimentStatement) => [
    name,
    experiment?.parameters ? [...new Set(experiment.parameters)].map(scientific).join(' to ') : '',
    String(ledger.runs),
    String(ledger.runs - (ledger.statuses.finished ?? 0)),
    (ledger.seconds / 3600).toPrecision(3),
    scientific(ledger.trainingFlops + ledger.evaluationFlops),
    kwhText(ledger.energy.joules),
    intervalText(scaled(ledger.gramsCO2e, 1e-3)),
    experiment ? resultText(experiment) : '',
  ];
  return {
    head,
    rows: [
      ...experiments.map((experiment) => row(experiment.name, experiment.total, experiment)),
      row('all', total),
    ],
    align: ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r', 'l'],
  };
}

/** The mean of finished runs, with the lowest and the highest. */
function resultText({ results }: ExperimentStatement): string {
  return Object.entries(results)
    .map(([metric, { runs, mean, low, high }]) => {
      const four = (value: number) => String(Number(value.toPrecision(4)));
      return `${metric} ${four(mean)}${runs > 1 ? ` (${four(low)} to ${four(high)}, ${runs} runs)` : ' (1 run)'}`;
    })
    .join('; ');
}

function searchNotes({ experiments }: Statement): string[] {
  return experiments.flatMap(({ name, seeds, searched }) => {
    const bounds = Object.entries(searched).map(([parameter, tried]) => `${parameter}: ${tried}`);
    const said = [
      ...(bounds.length > 0 ? [`tried ${bounds.join('; ')}`] : []),
      ...(seeds.length > 0 ? [`seeds ${seeds.join(', ')}`] : []),
    ];
    return said.length > 0 ? [`${name}: ${said.join('; ')}.`] : [];
  });
}

function hoursText(seconds: number): string {
  return seconds < 3600
    ? `${Number((seconds / 60).toPrecision(3))} min`
    : `${Number((seconds / 3600).toPrecision(3))} h`;
}

function kwhText(joules: Interval): string {
  return intervalText(scaled(joules, 1 / joulesPerKwh));
}

/** "0.12 (0.05 to 0.3)", and only the figure where bounds do not differ from it. */
function intervalText(interval: Interval): string {
  const { low, high } = interval;
  const two = (value: number) => String(Number(value.toPrecision(2)));
  return high > 1.02 * low ? `${middle(interval)} (${two(low)} to ${two(high)})` : middle(interval);
}

function middle({ value }: Interval): string {
  return String(Number(value.toPrecision(3)));
}

function scaled({ low, value, high }: Interval, factor: number): Interval {
  return { low: low * factor, value: value * factor, high: high * factor };
}

/** 1234567 -> "1.23e6". */
function scientific(value: number): string {
  if (value < 100_000) return String(value);
  const exponent = Math.floor(Math.log10(value));
  return `${(value / 10 ** exponent).toFixed(2)}e${exponent}`;
}

function escapeLatex(text: string): string {
  const special: Record<string, string> = {
    '\\': '\\textbackslash{}',
    '~': '\\textasciitilde{}',
    '^': '\\textasciicircum{}',
  };
  return text.replace(/[\\~^]|[&%$#_{}]/g, (character) => special[character] ?? `\\${character}`);
}
