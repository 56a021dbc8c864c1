import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../train/tfInstance';
import { input, one, type ShapeRules } from './rule';

/** Kernels whose attributes alone say what comes out. */
export function creationRules(tf: Tf): ShapeRules {
  return {
    Fill: (call) => {
      const { shape, value, dtype } = call.attrs as {
        shape: number[];
        value: number | string;
        dtype?: tfjs.DataType;
      };
      return one(shape, dtype ?? tf.util.inferDtype(value));
    },
    Range: (call) => {
      const { start, stop, step, dtype } = call.attrs as {
        start: number;
        stop: number;
        step: number;
        dtype?: 'float32' | 'int32';
      };
      // As tf.range counts: a step that leads away from the end makes nothing, one of 1 downwards counts as -1.
      const away = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
      const stride = stop < start && step === 1 ? -1 : step;
      return one([away ? 0 : Math.abs(Math.ceil((stop - start) / stride))], dtype ?? 'float32');
    },
    LinSpace: (call) => one([call.attrs.num as number], 'float32'),
    OneHot: (call) =>
      one([...input(call, 'indices').shape, call.attrs.depth as number], call.attrs.dtype as tfjs.DataType),
    Multinomial: (call) =>
      one([input(call, 'logits').shape[0] ?? 0, call.attrs.numSamples as number], 'int32'),
  };
}
