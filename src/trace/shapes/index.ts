import type { Tf } from '../../train/tfInstance';
import { creationRules } from './creation';
import { dataDependentRules } from './dataDependent';
import { elementwiseRules } from './elementwise';
import { imageRules } from './image';
import { indexingRules } from './indexing';
import { layoutRules } from './layout';
import { matrixRules } from './matrix';
import { reductionRules } from './reduction';
import type { ShapeRules } from './rule';

/** The shape rule of every kernel that TensorFlow.js can run without a browser. */
export function shapeRules(tf: Tf): ShapeRules {
  return {
    ...elementwiseRules(tf),
    ...reductionRules(tf),
    ...matrixRules(tf),
    ...layoutRules(tf),
    ...creationRules(tf),
    ...indexingRules(tf),
    ...imageRules(),
    ...dataDependentRules(tf),
  };
}
