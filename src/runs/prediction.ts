import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { backendNames, runFiles } from './record';

const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
/** Nine times of ten between the ends. */
const spread = v.object({ p5: amount, p50: amount, p95: amount });

/** What a run was predicted to take before it began, by the calibration of a device. */
const runPredictionSchema = v.object({
  /** Names what is trained, at which batch size. */
  model: v.string(),
  backend: v.picklist(backendNames),
  /** ISO 8601. */
  calibratedAt: v.string(),
  /** Real runs that had corrected predictions of this device by then. */
  runs: v.number(),
  /** What is trained is sparse, and this is what it would take were it dense. */
  dense: v.boolean(),
  /** Of a step by calibration alone, without what runs have said: what this run corrects. */
  calibratedSeconds: v.pipe(amount, v.gtValue(0)),
  stepSeconds: spread,
  /** Of all training steps, and what they use; absent where their number is not known. */
  runSeconds: v.optional(spread),
  joules: v.optional(spread),
  gCO2e: v.optional(spread),
  cost: v.optional(v.object({ ...spread.entries, currency: v.string() })),
  /** What watts and emissions stand on, in words. */
  sources: v.array(v.string()),
});
export type RunPrediction = v.InferOutput<typeof runPredictionSchema>;

/** Keeps it in the run's folder, beside what the run says of itself. */
export async function writePrediction(directory: string, prediction: RunPrediction): Promise<void> {
  const file = path.join(directory, runFiles.prediction);
  await fs.writeFile(`${file}.tmp`, `${JSON.stringify(prediction, null, 2)}\n`);
  await fs.rename(`${file}.tmp`, file);
}

/** Undefined where nothing was predicted, or not yet. */
export async function readPrediction(directory: string): Promise<RunPrediction | undefined> {
  try {
    const text = await fs.readFile(path.join(directory, runFiles.prediction), 'utf8');
    const parsed = v.safeParse(runPredictionSchema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
