import type { PowerKnowledge } from './estimate';

/** Watts of this machine's processor at full load, as its owner says. */
export const wattsVariable = 'COMPUTE_LENS_PROCESSOR_WATTS';

/** What the owner of this machine says of its power. A value that is no power is as good as none. */
export function knownPower(environment: NodeJS.ProcessEnv = process.env): PowerKnowledge {
  const watts = Number(environment[wattsVariable]);
  return Number.isFinite(watts) && watts > 0 ? { cpuWatts: watts } : {};
}
