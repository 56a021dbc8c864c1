/** Throws RangeError unless `value` is a whole number in [least, most]. */
export function requireOption(
  source: string,
  name: string,
  value: number,
  least: number,
  most: number,
): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(
      `${source}: ${name} must be a whole number from ${least} to ${most}; found ${value}`,
    );
}

/** Throws RangeError unless `value` is in [0, 1). */
export function requireFraction(source: string, name: string, value: number): void {
  if (!(value >= 0 && value < 1))
    throw new RangeError(`${source}: ${name} must be at least 0 and less than 1; found ${value}`);
}
