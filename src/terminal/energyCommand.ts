import { markdownTable } from 'markdown-table';
import { knownPower, surveyEnergy, type EnergySurvey } from '../energy';
import { exitCodes } from '../train/trainerProcess';

/** Says which energy a run on this machine can measure and which it has to estimate, and how to measure more. */
export async function energyCommand({ json }: { readonly json?: boolean }): Promise<number> {
  const survey = await surveyEnergy(knownPower());
  process.stdout.write(json ? `${JSON.stringify(survey)}\n` : energyText(survey));
  return exitCodes.finished;
}

function energyText({ components }: EnergySurvey): string {
  const rows = components.map(({ component, provenance, source }) => [component, provenance, source]);
  const table = markdownTable([['component', 'energy is', 'from'], ...rows]);
  const advice = components.flatMap((each) => each.advice);
  const more = advice.length > 0 ? `\nTo measure more:\n${advice.map((each) => `- ${each}\n`).join('')}` : '';
  return `${table}\n${more}`;
}
