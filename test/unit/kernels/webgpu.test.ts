import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { softwareGpu } from '../../harness/softwareGpu';
import { arithmeticFamilies } from './arithmeticCases';
import { families } from './cases';
import { comparisons } from './comparisons';

describe('kernels of WebGPU', function () {
  this.timeout(180_000);
  let problems: Map<string, string | undefined>;

  before(async function () {
    const env = { ...process.env, ...softwareGpu(this) };
    const checks = path.join(__dirname, 'webgpuChecks.js');
    const { stdout } = await promisify(execFile)(process.execPath, [checks], { env, maxBuffer: 1 << 26 });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const reports = lines.map((line) => JSON.parse(line) as { name: string; problem?: string });
    problems = new Map(reports.map(({ name, problem }) => [name, problem]));
  });

  const right = (name: string) => {
    assert.ok(problems.has(name), 'it was not checked');
    assert.equal(problems.get(name), undefined);
  };
  describe('give the results and gradients of the reference for', () => {
    for (const { name } of [...families, ...arithmeticFamilies]) it(name, () => right(name));
  });
  describe('give the results and gradients of cpu for', () => {
    for (const { name } of comparisons) it(name, () => right(name));
  });
});
