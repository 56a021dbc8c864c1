// `npm run bench:gpu`: what this machine's GPU gives to training, beside the other engines that are here. Every engine
// first has to agree with cpu; one that does not is an error.
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { engines, marker, type EngineName, type EngineReport } from './gpuEngine';
import { measureTorch } from './gpuTorch';
import { full, modelNames, small, type Sizes } from './gpuWork';

/** Of sums of some hundred float32 products, and of what three steps make of them. */
const tolerance = 1e-3;

function main(): void {
  const { version } = process;
  console.log(`${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${version}`);
  const reference = run('cpu', 'check');
  if (typeof reference === 'string') throw new Error(`cpu: ${reference}`);
  const found = run('webgpu', 'check');
  const software = typeof found !== 'string' && found.software;
  const sizes = software ? small : full;
  const measured = new Map<string, EngineReport>();
  for (const name of engines.filter((each) => each !== 'cpu')) {
    const report = run(name, software ? 'small' : 'full');
    if (typeof report === 'string') console.log(`${name}: not measured: ${report}`);
    else {
      assertAgreement(name, report.samples, reference.samples);
      console.log(`${name}: ${report.device}; results as cpu's`);
      measured.set(name, report);
    }
  }
  const torch = measureTorch(sizes);
  if (typeof torch === 'string') console.log(`PyTorch: not measured: ${torch}`);
  else {
    console.log(`PyTorch: ${torch.device}`);
    measured.set('PyTorch', torch);
  }
  if (software)
    console.log(
      '\nSoftware adapter: correctness only. The times below are of a GPU imitated on the processor, at small sizes.',
    );
  console.log(`\n${table(measured, sizes)}`);
}

function run(name: EngineName, what: 'full' | 'small' | 'check'): EngineReport | string {
  const child = spawnSync(process.execPath, [path.join(__dirname, 'gpuEngine.js'), name, what], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const answer = child.stdout.split('\n').find((line) => line.startsWith(marker));
  if (answer) return JSON.parse(answer.slice(marker.length)) as EngineReport;
  const [last = ''] = child.stderr.trim().split('\n').slice(-1);
  return last || `its process ended with ${child.signal ?? `exit code ${child.status}`}`;
}

function assertAgreement(name: string, found: EngineReport['samples'], expected: EngineReport['samples']) {
  for (const [what, values] of Object.entries(expected))
    values.forEach((value, i) => {
      const got = found[what]?.[i] ?? NaN;
      if (!(Math.abs(got - value) <= tolerance * (1 + Math.abs(value))))
        throw new Error(`${name} computes ${what} wrong: ${got}, and ${value} on cpu (number ${i}).`);
    });
}

/** One row for each kind of work; beside webgpu's figure, how many times as fast it is as each of the others. */
function table(measured: ReadonlyMap<string, EngineReport>, sizes: Sizes): string {
  const names = [...measured.keys()];
  const head = [
    'measured',
    ...names.flatMap((name) => (name === 'webgpu' ? [name] : [name, `webgpu : ${name}`])),
  ];
  const row = (what: string, of: (report: EngineReport) => number | undefined, speed: boolean) => {
    const own = measured.get('webgpu');
    const mine = own && of(own);
    const cells = names.flatMap((name) => {
      const value = of(measured.get(name) as EngineReport);
      const shown = value === undefined ? '' : `${significant(value)} ${speed ? 'GFLOP/s' : 'ms'}`;
      if (name === 'webgpu') return [shown];
      const ratio = mine === undefined || value === undefined ? NaN : speed ? mine / value : value / mine;
      return [shown, Number.isNaN(ratio) ? '' : significant(ratio)];
    });
    return [what, ...cells];
  };
  const { mlp, cnn, lstm } = sizes;
  const titles = {
    mlp: `step of an MLP ${mlp.units.join('-')}, batch ${mlp.batch}, Adam`,
    cnn: `step of a CNN ${cnn.side}x${cnn.side}x1, conv ${cnn.filters.join('/')}, batch ${cnn.batch}, Adam`,
    lstm: `step of an LSTM of ${lstm.units}, ${lstm.steps} x ${lstm.features}, batch ${lstm.batch}, Adam`,
  };
  const rows = [
    ...sizes.matMul.map((side) => row(`matmul ${side}`, ({ gflops }) => gflops[side], true)),
    ...modelNames.map((name) => row(titles[name], ({ steps }) => steps[name], false)),
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function significant(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
