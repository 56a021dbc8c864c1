#!/usr/bin/env node
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { version } from '../package.json';
import { budgetUnits } from './cost/budget';
import { conventions } from './cost/work';
import { backendChoices, backendNames } from './runs/record';
import { backendsCommand } from './terminal/backendsCommand';
import { calibrateCommand, type CalibrateOptions } from './terminal/calibrateCommand';
import { costCommand, type CostOptions } from './terminal/costCommand';
import { dataGetCommand } from './terminal/dataCommand';
import { energyCommand } from './terminal/energyCommand';
import { listCommand, showCommand, stopCommand } from './terminal/inspectCommands';
import { exportCommand, type ExportOptions } from './terminal/exportCommand';
import { installCommand, type InstallOptions } from './terminal/installCommand';
import { reportCommand, type ReportOptions } from './terminal/reportCommand';
import { runCommand, type RunOptions } from './terminal/runCommand';
import { UsageError } from './terminal/usageError';
import type { InstallableBackend } from './train/install';
import { backendPackages } from './train/packages';
import { exitCodes } from './train/trainerProcess';

const program = new Command('compute-lens')
  .description('Run training experiments on whatever this machine has.')
  .version(version)
  .exitOverride()
  .showHelpAfterError();

const workspace = () => new Option('--workspace <dir>', 'folder whose .compute-lens holds the runs');
const json = () => new Option('--json', 'print JSON');
let exitCode: number = exitCodes.finished;
/** Commands return their exit code. */
const exitWith =
  <A extends unknown[]>(command: (...args: A) => Promise<number>) =>
  async (...args: A) => {
    exitCode = await command(...args);
  };

surroundings(program.command('run [file]'))
  .description('train an experiment (*.experiment.ts) or run a TensorFlow.js script')
  .option(
    '--set <name=value>',
    'set a parameter; may be repeated',
    (value, all: string[]) => [...all, value],
    [],
  )
  .addOption(new Option('--backend <name>', 'what to train on').choices([...backendChoices]).default('auto'))
  .option('--seed <n>', 'seed of everything random', parseSeed)
  .option(
    '--budget <unit=amount>',
    `end with a checkpoint once so much is used: ${budgetUnits.join(', ')}; may be repeated`,
    (value, all: string[]) => [...all, value],
    [],
  )
  .option('--queue', 'wait until nothing else of the workspace trains on the device')
  .option('-y, --yes', 'start without asking also what is expected to spend its budget before its end')
  .option('--resume <id>', 'continue a stopped or crashed run from its last checkpoint')
  .addOption(new Option('--json', "print the run's events as JSON lines"))
  .addOption(workspace())
  .action(exitWith((file: string | undefined, options: RunOptions) => runCommand(file, options)));
surroundings(program.command('cost <file>'))
  .description('count what the models of a file cost, without computing anything')
  .option('--batch <n>', 'examples in a batch (default: 1)', parseBatch)
  .addOption(
    new Option('--backend <name>', 'say which kernels this backend lacks, and predict for it').choices([
      ...backendChoices,
    ]),
  )
  .addOption(
    new Option(
      '--convention <name>',
      'mac2: two FLOPs a multiply-accumulate; mac: these themselves; padded: mac2 without those on padding',
    )
      .choices([...conventions])
      .default('mac2'),
  )
  .addOption(json())
  .action(exitWith((file: string, options: CostOptions) => costCommand(file, options)));
program
  .command('list')
  .description('list runs, newest first')
  .addOption(json())
  .addOption(workspace())
  .action(exitWith(listCommand));
program
  .command('show <id>')
  .description('show one run; "last" is the newest')
  .addOption(json())
  .addOption(workspace())
  .action(exitWith(showCommand));
program
  .command('stop <id>')
  .description('ask a run for a checkpoint and a clean end')
  .addOption(workspace())
  .action(exitWith(stopCommand));
program
  .command('export <id>')
  .description('write the model of a run\'s last checkpoint; "last" is the newest run')
  .option('--sparse <dir>', 'zeros as one bit each: a file that loadSparseModel() reads')
  .option('--compressed <dir>', 'dense, without units that do nothing: the same outputs')
  .addOption(workspace())
  .action(exitWith((id: string, options: ExportOptions) => exportCommand(id, options)));
program
  .command('backends')
  .description('start and measure every backend, and say why those that do not work here do not')
  .addOption(json())
  .addOption(workspace())
  .action(exitWith(backendsCommand));
program
  .command('calibrate')
  .description('measure what training steps take here, so that times are predicted')
  .addOption(
    new Option('--backend <name>', 'one alone; default: all that train here').choices([...backendNames]),
  )
  .addOption(json())
  .addOption(workspace())
  .action(exitWith((options: CalibrateOptions) => calibrateCommand(options)));
program
  .command('energy')
  .description('say which energy is measured here and which is estimated, and how to measure more')
  .addOption(json())
  .action(exitWith(energyCommand));
surroundings(program.command('report [ids...]'))
  .description('write what a paper has to say of the compute of some runs, or of all of the workspace')
  .addOption(new Option('--format <name>', 'how').choices(['markdown', 'latex', 'json']).default('markdown'))
  .addOption(workspace())
  .action(exitWith((ids: string[], options: ReportOptions) => reportCommand(ids, options)));
program
  .command('install')
  .description('say what a native backend needs, install it with npm, and train one step on it')
  .addArgument(new Argument('<backend>').choices(Object.keys(backendPackages)))
  .addOption(
    new Option(
      '--libtensorflow <path>',
      'folder with lib/ and include/ of TensorFlow, or a Python environment that has it, to take in place of a download',
    ).env('COMPUTE_LENS_LIBTENSORFLOW'),
  )
  .option('--to <dir>', 'folder whose node_modules to install into; default: the workspace')
  .option('--anyway', 'install also what is known not to train here')
  .action(exitWith((name: InstallableBackend, options: InstallOptions) => installCommand(name, options)));
program
  .command('data')
  .description('public data sets')
  .command('get <name>')
  .description('download mnist, fashion-mnist, cifar-10 or tiny-shakespeare')
  .option('--to <dir>', 'where to; default .compute-lens/data/<name>')
  .action(exitWith(dataGetCommand));

/** Options that say where the machine stands and what it costs. */
function surroundings(command: Command): Command {
  return command
    .option(
      '--place <code>',
      "a country's code (ISO 3166, such as DEU), or its grid's grams of CO2e for a kWh",
    )
    .option(
      '--pue <factor>',
      "what the building uses for each joule of the machine's (default: 1)",
      parseFrom(1),
    )
    .option('--price-per-kwh <money>', 'of electricity', parseFrom(0))
    .option('--price-per-gpu-hour <money>', 'of GPUs that are rented', parseFrom(0))
    .option('--currency <name>', 'of the prices (default: USD)');
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('A seed is a whole number.');
}

/** A number from `least` on. */
function parseFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`It is a number from ${least} on.`);
  };
}

function parseBatch(text: string): number {
  const batch = Number(text);
  if (Number.isSafeInteger(batch) && batch > 0) return batch;
  throw new InvalidArgumentError('A batch size is a whole number above 0.');
}

program.parseAsync().then(
  () => process.exit(exitCode),
  (error: unknown) => {
    const { code, exitCode: commanderCode } = error as { code?: string; exitCode?: number };
    if (code?.startsWith('commander.')) process.exit(commanderCode === 0 ? 0 : exitCodes.usage);
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof UsageError ? exitCodes.usage : exitCodes.failed);
  },
);
