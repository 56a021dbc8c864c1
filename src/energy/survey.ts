import os from 'node:os';
import { readGpuPower, type GpuPower } from './gpuPower';
import { findPowercap, powercapFolder } from './powercap';
import { estimateCpu, estimateMemory, type PowerKnowledge } from './estimate';
import { wattsVariable } from './known';
import type { ComponentName, Provenance } from '../runs/energy';

/** What can be known of one component's energy on this machine. */
export interface SurveyedComponent {
  readonly component: ComponentName;
  readonly provenance: Provenance | 'absent';
  readonly source: string;
  /** What would make more of it readable, one sentence each. */
  readonly advice: readonly string[];
}

export interface EnergySurvey {
  readonly components: readonly SurveyedComponent[];
}

/** Looks at the meters of this machine; changes nothing. */
export async function surveyEnergy(
  known: PowerKnowledge = {},
  root = powercapFolder,
  readGpus: () => Promise<GpuPower[]> = readGpuPower,
): Promise<EnergySurvey> {
  const { zones, problems } = await findPowercap(root);
  const gpus = await readGpus().catch((error: NodeJS.ErrnoException) => error);
  const counted = (component: 'cpu' | 'memory') =>
    zones.filter((zone) => zone.component === component).map(({ name }) => name);
  return {
    components: [
      surveyed('cpu', counted('cpu'), estimateCpu(0, 0, known).source, [
        ...problems,
        ...(known.cpuWatts === undefined && counted('cpu').length === 0
          ? [
              `Set ${wattsVariable} to what your ${os.cpus()[0]?.model.trim() ?? 'processor'} draws at full load, for a closer estimate.`,
            ]
          : []),
      ]),
      surveyed('memory', counted('memory'), estimateMemory(0, 0).source, []),
      surveyedGpu(gpus),
    ],
  };
}

function surveyed(
  component: 'cpu' | 'memory',
  zones: readonly string[],
  estimate: string,
  advice: readonly string[],
): SurveyedComponent {
  return zones.length > 0
    ? { component, provenance: 'measured', source: `energy counters (RAPL): ${zones.join(', ')}`, advice: [] }
    : { component, provenance: 'estimated', source: estimate, advice };
}

function surveyedGpu(gpus: readonly GpuPower[] | NodeJS.ErrnoException): SurveyedComponent {
  if (gpus instanceof Error)
    return {
      component: 'gpu',
      provenance: 'absent',
      source:
        gpus.code === 'ENOENT'
          ? 'no nvidia-smi: no NVIDIA GPU, or no driver'
          : `nvidia-smi: ${gpus.message.split('\n')[0]}`,
      advice: [],
    };
  const names = gpus.map(({ name }) => name).join(', ');
  if (gpus.length === 0)
    return { component: 'gpu', provenance: 'absent', source: 'nvidia-smi lists no GPU', advice: [] };
  const silent = gpus.filter(({ watts }) => watts === undefined);
  return silent.length === 0
    ? { component: 'gpu', provenance: 'measured', source: `nvidia-smi: ${names}`, advice: [] }
    : {
        component: 'gpu',
        provenance: 'estimated',
        source: `by the limit of each: ${names}`,
        advice: [`${silent.map(({ name }) => name).join(', ')} does not tell what it draws.`],
      };
}
