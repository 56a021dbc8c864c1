import { spreadOf, type DeviceProfile, type Spread } from './deviceProfile';

/** As much as so many runs counts what calibration said of its own error. */
const priorRuns = 3;
/** Runs beyond these factors were of something else, or beside something else: they do not move the estimate. */
const believable = { low: 0.2, high: 5 };

/**
 * A profile as real runs have found it: the middle of its interval moves towards theirs, by as much as there are, and
 * its width becomes what both say. A few runs on a busy machine move it little: medians, and of each model one figure.
 *
 * @param ratios measured time of a step by the profile's own prediction, one a model
 */
export function refined(profile: DeviceProfile, ratios: readonly number[]): DeviceProfile {
  const seen = ratios.filter((ratio) => ratio > believable.low && ratio < believable.high);
  if (seen.length === 0) return profile;
  const share = seen.length / (seen.length + priorRuns);
  const { residual } = profile;
  const found = spreadOf(seen);
  const p50 = mix(residual.p50, found.p50, share);
  // What calibration knows of its spread goes along; what runs lie outside of it makes it wider.
  const end = (side: 'p5' | 'p95'): number => {
    const own = p50 * (residual[side] / residual.p50);
    const theirs = found[side];
    const outside = side === 'p5' ? theirs < own : theirs > own;
    return outside ? mix(own, theirs, Math.max(share, 0.5)) : mix(own, theirs, share * share);
  };
  const spread: Spread = { p5: Math.min(p50, end('p5')), p50, p95: Math.max(p50, end('p95')) };
  return { ...profile, residual: spread };
}

/** Between two factors, on the scale of factors. */
function mix(one: number, other: number, share: number): number {
  return Math.exp((1 - share) * Math.log(one) + share * Math.log(other));
}
