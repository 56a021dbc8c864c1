let current: string | undefined;

/** Runs `work`, a part of a layer, so that errors in it name that. */
export function blaming<T>(layer: string, work: () => T): T {
  const outer = current;
  current = layer;
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && !error.message.startsWith(layer))
      error.message = `${layer}: ${error.message}`;
    throw error;
  } finally {
    current = outer;
  }
}

/** Words a problem as one of the layer that runs at this moment, also when it comes up later, in a plan. */
export function blamer(): (problem: string) => string {
  const layer = current;
  return (problem) => (layer === undefined ? problem : `${layer}: ${problem}`);
}
