import { MaskWriter } from '../../../src/runs/masks';
import { evolved, randomMask, randomOf, weightOf } from './maskFixtures';

/** A process that records masks until it is killed. */
const random = randomOf(1);
const writer = new MaskWriter(process.argv[2] ?? '', 1);
let mask = randomMask(250_000, 0.1, random);
writer.begin(0, [weightOf('a/kernel', [500, 500])], [mask]);
let step = 0;
const next = () => {
  mask = evolved(mask, 0.3, random);
  writer.update(++step, [mask]);
  setTimeout(next, 1);
};
next();
