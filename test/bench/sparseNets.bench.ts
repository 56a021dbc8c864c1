// `npm run bench:sparse-nets [THREADS] [NAME]`: whether a step is ever slower with sparse weights than with dense ones, by
// nets, batches and sparsities. NAME is a part of the nets' names.
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { NetSteps } from './sparseNetSteps';
import { sparseNets } from './sparseNets';

const sparsities = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99];
const batches = { convolutions: [1, 8, 32, 128], dense: [1, 2, 4, 8, 128] };

async function main([threads = '1', part = '']: string[]): Promise<void> {
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads; times faster than the dense step\n`,
  );
  const line = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`);
  const header = [
    'net',
    'batch',
    'dense',
    'dense again',
    ...sparsities.map((each) => `${Math.round(100 * each)} %`),
  ];
  line(header);
  line(header.map(() => '---'));
  const ratios: number[] = [];
  const noise: number[] = [];
  for (const net of Object.keys(sparseNets).filter((name) => name.includes(part)))
    for (const batch of batches[net.includes('channels') ? 'convolutions' : 'dense']) {
      const { dense, again, sparse } = await steps(net, batch, threads);
      const faster = sparse.map((each) => dense / each);
      noise.push(Math.abs(dense / again - 1));
      ratios.push(...faster);
      const cells = [
        `${dense.toFixed(dense < 10 ? 2 : 1)} ms`,
        ...[dense / again, ...faster].map((x) => `${x.toFixed(2)}x`),
      ];
      line([net, String(batch), ...cells]);
    }
  const lowest = Math.min(...ratios);
  console.log(
    `\nSlowest of ${ratios.length}: ${lowest.toFixed(2)}x the speed of the dense step. Two dense nets that are the same differ by ` +
      `${(100 * Math.max(...noise)).toFixed(0)} % at most.`,
  );
}

async function steps(net: string, batch: number, threads: string): Promise<NetSteps> {
  const args = [net, String(batch), threads, ...sparsities.map(String)];
  const file = path.join(__dirname, 'sparseNetSteps.js');
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { timeout: 240_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as NetSteps;
}

void main(process.argv.slice(2));
