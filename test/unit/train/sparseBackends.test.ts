import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { softwareGpu } from '../../harness/softwareGpu';
import { nativeModules } from './nativePackages';
import { sparseCases } from './sparseCases';

/** Backends without sparse kernels of ours: masks are simulated there. */
const backends: Record<string, (test: Mocha.Context) => { args: string[]; env?: NodeJS.ProcessEnv }> = {
  tensorflow: (test) => ({ args: ['tensorflow', nativeModules(test)] }),
  webgpu: (test) => ({ args: ['webgpu'], env: softwareGpu(test) }),
};

for (const [backend, prepare] of Object.entries(backends))
  describe(`sparse training on ${backend}, as on cpu to rounding`, function () {
    this.timeout(300_000);
    let problems: Map<string, string | undefined>;
    before(async function () {
      const { args, env } = prepare(this);
      const program = path.join(__dirname, 'sparseOnBackend.js');
      const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
      const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], options);
      const lines = stdout.split('\n').filter((line) => line.startsWith('{"name"'));
      const reports = lines.map((line) => JSON.parse(line) as { name: string; problem?: string });
      problems = new Map(reports.map(({ name, problem }) => [name, problem]));
    });
    for (const { name } of sparseCases)
      it(name, () => {
        assert.ok(problems.has(name), 'it was not checked');
        assert.equal(problems.get(name), undefined);
      });
  });
