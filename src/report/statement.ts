import type { Surroundings } from '../cost/budget';
import type { RunRecord } from '../runs/record';
import { sumUp, type Ledger, type RunUsage } from './ledger';

/** What a paper has to say of its compute: what the checklists of NeurIPS, ACL and AAAI ask for. */
export interface Statement {
  readonly total: Ledger;
  readonly experiments: readonly ExperimentStatement[];
  readonly machines: readonly MachineStatement[];
  /** Longest run, in seconds of all its attempts. */
  readonly longestRunSeconds: number;
  readonly versions: Readonly<Record<string, readonly string[]>>;
  readonly intensitySource: string;
  readonly pue: number;
  /** What is missing or not measured, one sentence each. */
  readonly missing: readonly string[];
}

export interface ExperimentStatement {
  readonly name: string;
  readonly total: Ledger;
  /** Of the models trained: smallest and largest number of parameters. */
  readonly parameters: readonly [number, number] | undefined;
  readonly seeds: readonly number[];
  /** Parameters that were varied, with what was tried: bounds of numbers, else the values. */
  readonly searched: Readonly<Record<string, string>>;
  /** Of the finished runs, by metric of the last evaluation: how many, their mean, lowest and highest. */
  readonly results: Readonly<Record<string, ResultStatement>>;
}

export interface ResultStatement {
  readonly runs: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface MachineStatement {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly gpu: string | undefined;
  readonly platform: string;
  readonly backends: readonly string[];
}

/** @param unreadable folders whose record could not be read */
export function makeStatement(
  runs: readonly RunUsage[],
  surroundings: Surroundings,
  unreadable: readonly string[] = [],
): Statement {
  const total = sumUp(runs, surroundings);
  const names = [...new Set(runs.map(({ record }) => record.name))];
  return {
    total,
    experiments: names.map((name) =>
      experiment(
        name,
        runs.filter(({ record }) => record.name === name),
        surroundings,
      ),
    ),
    machines: machines(runs),
    longestRunSeconds: Math.max(0, ...runs.map((run) => sumUp([run], surroundings).seconds)),
    versions: versions(runs.map(({ record }) => record)),
    intensitySource: surroundings.intensity.source,
    pue: surroundings.pue,
    missing: missing(total, runs, unreadable),
  };
}

function experiment(
  name: string,
  runs: readonly RunUsage[],
  surroundings: Surroundings,
): ExperimentStatement {
  const records = runs.map(({ record }) => record);
  const parameters = records.flatMap(({ plan }) => plan?.parameters ?? []);
  return {
    name,
    total: sumUp(runs, surroundings),
    parameters: parameters.length > 0 ? [Math.min(...parameters), Math.max(...parameters)] : undefined,
    seeds: [...new Set(records.flatMap(({ seed }) => seed ?? []))].sort((a, b) => a - b),
    searched: searched(records),
    results: results(runs),
  };
}

/** Only what differs between runs was searched. */
function searched(records: readonly RunRecord[]): Record<string, string> {
  const names = new Set(records.flatMap(({ params }) => Object.keys(params)));
  const found: Record<string, string> = {};
  for (const name of names) {
    const values = [...new Set(records.flatMap(({ params }) => params[name] ?? []))];
    if (values.length < 2) continue;
    const numbers = values.filter((value) => typeof value === 'number');
    found[name] =
      numbers.length === values.length
        ? `${Math.min(...numbers)} to ${Math.max(...numbers)} (${values.length} values)`
        : values.map(String).sort().join(', ');
  }
  return found;
}

function results(runs: readonly RunUsage[]): Record<string, ResultStatement> {
  const values = new Map<string, number[]>();
  for (const { record, status } of runs)
    if (status === 'finished')
      for (const [metric, value] of Object.entries(record.result?.evaluation ?? {}))
        values.set(metric, [...(values.get(metric) ?? []), value]);
  return Object.fromEntries(
    [...values].map(([metric, all]) => [
      metric,
      {
        runs: all.length,
        mean: all.reduce((sum, value) => sum + value, 0) / all.length,
        low: Math.min(...all),
        high: Math.max(...all),
      },
    ]),
  );
}

function machines(runs: readonly RunUsage[]): MachineStatement[] {
  const found = new Map<string, MachineStatement>();
  for (const { record, attempts } of runs) {
    const { cpu, cores, memoryBytes, gpu, platform } = record.device;
    const key = JSON.stringify([cpu, cores, memoryBytes, gpu, platform]);
    const backends = attempts.flatMap(({ backend }) => backend ?? []);
    const known = found.get(key)?.backends ?? [];
    found.set(key, {
      cpu,
      cores,
      memoryBytes,
      gpu,
      platform,
      backends: [...new Set([...known, ...backends])].sort(),
    });
  }
  return [...found.values()];
}

function versions(records: readonly RunRecord[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { versions: each } of records)
    for (const [name, version] of Object.entries(each))
      found[name] = [...new Set([...(found[name] ?? []), version])].sort();
  return found;
}

function missing(total: Ledger, runs: readonly RunUsage[], unreadable: readonly string[]): string[] {
  const said: string[] = [];
  const estimated = new Set(
    total.energy.parts
      .filter(({ provenance }) => provenance === 'estimated')
      .map(({ component }) => component),
  );
  if (estimated.size > 0) said.push(`The energy of ${[...estimated].join(', ')} is estimated, not measured.`);
  if (total.unmeteredSeconds > 0.01 * total.seconds)
    said.push(
      `Of ${Math.round(total.unmeteredSeconds)} of ${Math.round(total.seconds)} s no figure of energy tells: the ` +
        'totals of energy, CO2e and money are that much too low.',
    );
  if (total.uncountedAttempts > 0)
    said.push(`FLOPs were not counted in ${total.uncountedAttempts} of ${total.attempts} attempts.`);
  const uncovered = runs.filter(({ record }) => record.result?.uncoveredKernels).length;
  if (uncovered > 0)
    said.push(`${uncovered} of ${runs.length} runs use kernels that are in no count of FLOPs.`);
  const going = (total.statuses.running ?? 0) + (total.statuses.starting ?? 0);
  if (going > 0) said.push(`${going} of ${runs.length} runs go on: they are in with what they used so far.`);
  for (const folder of unreadable)
    said.push(`The record of ${folder} cannot be read: it is not in the totals.`);
  return said;
}
