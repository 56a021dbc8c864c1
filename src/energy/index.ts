export { knownPower, wattsVariable } from './known';
export { EnergyMeter, type MeterOptions } from './meter';
export { predictEnergy, predictedPowerSources } from './predict';
export type { PowerKnowledge } from './estimate';
export { surveyEnergy, type EnergySurvey, type SurveyedComponent } from './survey';
