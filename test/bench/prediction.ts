// `npm run bench:prediction`: predicted against measured steps of models that no backend was calibrated by.
import os from 'node:os';
import { benchPrediction, predictionTables } from './prediction.bench';

export async function printPredictions(): Promise<void> {
  for (const line of predictionTables(await benchPrediction())) console.log(line);
}

if (require.main === module) {
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.versions.node}\n`,
  );
  void printPredictions();
}
