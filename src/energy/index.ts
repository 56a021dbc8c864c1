export { knownPower, wattsVariable } from './known';
export { EnergyMeter, type MeterOptions } from './meter';
export { predictEnergy } from './predict';
export { surveyEnergy, type EnergySurvey, type SurveyedComponent } from './survey';
