import { cases } from './cases';
import type { Proof } from './float64';
import { backends, type Backend } from './run';
import { verdictOf, type Outcomes, type Verdict } from './outcome';

/** Of a gradient in float64 against differences of the loss, relative; GELU's own approximation makes 1e-7 of it. */
const provenWithin = 1e-6;

export type Verdicts = ReadonlyMap<string, Verdict>;

export function verdicts(outcomes: Outcomes, cpu: Outcomes): Verdicts {
  return new Map(
    cases.map((each) => [each.name, verdictOf(each, outcomes.get(each.name), cpu.get(each.name))]),
  );
}

export function isProven(proof: Proof | undefined): boolean {
  return proof !== undefined && proof.weights > 0 && proof.worst <= provenWithin;
}

const sections: readonly (readonly [prefix: string, heading: string])[] = [
  ['layer', 'Layers'],
  ['merge', 'Merging layers'],
  ['activation', 'Activations'],
  ['regularizer', 'Regularizers'],
  ['constraint', 'Constraints'],
  ['initializer', 'Initializers'],
  ['loss', 'Losses'],
  ['optimizer', 'Optimizers'],
  ['metric', 'Metrics'],
];

const columns = ['gradient', ...backends];
const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;

/** The document, but for its formatting. */
export function render(
  versions: Readonly<Record<string, string>>,
  columnsOf: Readonly<Record<Backend, Verdicts>>,
  proofs: ReadonlyMap<string, Proof>,
): string {
  const reasons = [...new Set(backends.flatMap((name) => [...columnsOf[name].values()].flatMap(reasonOf)))];
  const cell = (verdict: Verdict | undefined) => {
    const [reason] = verdict ? reasonOf(verdict) : [];
    return reason === undefined
      ? (verdict ?? '')
      : `${verdict?.split(':')[0]} (${reasons.indexOf(reason) + 1})`;
  };
  const counts = ['pass', 'refused', 'fails'].map((kind) =>
    row([
      kind,
      ...backends.map((name) => [...columnsOf[name].values()].filter((each) => each.startsWith(kind)).length),
    ]),
  );
  const tables = sections.flatMap(([prefix, heading]) => [
    `## ${heading}`,
    '',
    row([prefix, ...columns]),
    row(['---', ...columns.map(() => '---')]),
    ...cases
      .filter(({ name }) => name.startsWith(`${prefix} `))
      .map(({ name, refused }) =>
        row([
          name.slice(prefix.length + 1),
          refused ? '-' : isProven(proofs.get(name)) ? 'proven' : 'not proven',
          ...backends.map((backend) => cell(columnsOf[backend].get(name))),
        ]),
      ),
    '',
  ]);
  return [
    introduction(versions),
    row(['', ...backends]),
    row(['---', ...backends.map(() => '---')]),
    ...counts,
    '',
    ...tables,
    '## Reasons',
    '',
    ...reasons.map((reason, i) => `${i + 1}. ${reason}`),
    '',
  ].join('\n');
}

function reasonOf(verdict: Verdict): string[] {
  const at = verdict.indexOf(': ');
  return at < 0 ? [] : [verdict.slice(at + 2)];
}

function introduction(versions: Readonly<Record<string, string>>): string {
  const seen = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Conformance

What each backend trains: ${cases.length} small models, one for each layer, activation, regularizer, constraint, initializer, loss, optimizer and metric of TensorFlow.js. \`npm run conformance\` runs them and writes this file; a test fails where it no longer says what is seen, of webgpu for one in three.

Seen with ${seen.join(', ')}. The webgpu column is of a software adapter: it says that the results are right, not that a GPU's driver is.

- **pass**: three training steps from the same weights on the same data give the losses and metrics that the cpu backend gives, within 2e-5 of their size and 1e-6, and leave no tensor behind.
- **refused**: a run stops before training and says the reason, by its number below, the layer, its line and what to use instead.
- **fails**: neither of the two; the reason, too, is below.
- **gradient**: of the cpu backend, for each weight along a random direction, against the difference of the loss 1e-6 to either side, all in float64: proven where they agree within 1e-6 of their size. Dropout and noise are the same at each side.

What TensorFlow.js itself cannot train, the product mends: the gradients of dilated convolutions, of transposed convolutions in three dimensions, of comparisons (which thresholdedReLU and masking need), of einsum, of running sums, and of maxima, minima and squared differences of shapes that are broadcast; dropout inside of recurrent cells, whose masks it never frees; causal padding; centerCrop, resizing and categoryEncoding inside of models; and constraints, which TensorFlow.js accepts and never applies to what it trains.
`;
}

/** What the document says of each case, by column: its gradient, and the verdicts of the backends. */
export function parse(document: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map(columns.map((name) => [name, new Map<string, string>()]));
  const [tables = '', list = ''] = document.split('## Reasons');
  const reasons = [...list.matchAll(/^\d+\. (.*)$/gm)].map(([, reason = '']) => reason);
  const worded = (cell: string) =>
    cell.replace(/ \((\d+)\)$/, (_, number) => `: ${reasons[Number(number) - 1]}`);
  for (const section of tables.split('\n## ').slice(1)) {
    const prefix = sections.find(([, heading]) => section.startsWith(`${heading}\n`))?.[0];
    const rows = section.split('\n').filter((line) => line.startsWith('|'));
    for (const line of rows.slice(2)) {
      const [name = '', ...cells] = line
        .slice(1, -1)
        .split('|')
        .map((each) => each.trim());
      columns.forEach((column, i) => found.get(column)?.set(`${prefix} ${name}`, worded(cells[i] ?? '')));
    }
  }
  return found;
}
