import path from 'node:path';
import type { PanelModel } from './costView';

/** Models by what they are called where they stand side by side: those of one name have their files beside it. */
export function labelledModels(models: readonly PanelModel[]): ReadonlyMap<string, PanelModel> {
  const labels = new Map<string, PanelModel>();
  for (const shown of models) {
    const { name } = shown.model;
    const isAlone = models.every((other) => other === shown || other.model.name !== name);
    const candidates = [
      ...(isAlone ? [name] : []),
      `${name} (${path.basename(shown.entry)})`,
      `${name} (${shown.entry})`,
    ];
    const label = candidates.find((each) => !labels.has(each));
    // Two of one name in one file: the first stands for both, as above its line.
    if (label !== undefined) labels.set(label, shown);
  }
  return labels;
}

/** The one with this label, or with this name; else the most telling. */
export function modelCalled(
  models: readonly PanelModel[],
  label: string | undefined,
): PanelModel | undefined {
  return (
    (label === undefined ? undefined : labelledModels(models).get(label)) ??
    models.find(({ model }) => model.name === label) ??
    models[0]
  );
}

/** How a model is called among others. */
export function labelOf(models: readonly PanelModel[], shown: PanelModel): string {
  for (const [label, each] of labelledModels(models)) if (each === shown) return label;
  return shown.model.name;
}
