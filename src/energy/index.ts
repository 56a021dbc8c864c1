export { knownPower, wattsVariable } from './known';
export { EnergyMeter, type MeterOptions } from './meter';
export { surveyEnergy, type EnergySurvey, type SurveyedComponent } from './survey';
