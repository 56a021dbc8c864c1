/**
 * The text of a file that builds ResNet-50 (He et al. 2016, table 1) with a line for each of its layers: what a lens
 * has to follow at its worst.
 */
export function resnet50Source(): string {
  const lines: string[] = [];
  let last = 'input';
  let count = 0;
  const apply = (layer: string, to = last) => {
    last = `x${++count}`;
    lines.push(`  const ${last} = tf.layers.${layer}.apply(${to}) as tf.SymbolicTensor;`);
    return last;
  };
  const conv = (filters: number, kernelSize: number, strides: number, from = last) =>
    apply(
      `conv2d({ filters: ${filters}, kernelSize: ${kernelSize}, strides: ${strides}, padding: 'same', useBias: false })`,
      from,
    );
  const normal = () => apply('batchNormalization()');
  const relu = () => apply('reLU()');
  conv(64, 7, 2);
  normal();
  relu();
  apply(`maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })`);
  [3, 4, 6, 3].forEach((blocks, stage) => {
    for (let block = 0; block < blocks; block++) {
      const filters = 64 * 2 ** stage;
      const strides = stage > 0 && block === 0 ? 2 : 1;
      const from = last;
      let shortcut = from;
      if (block === 0) {
        conv(4 * filters, 1, strides);
        shortcut = normal();
      }
      conv(filters, 1, 1, from);
      normal();
      relu();
      conv(filters, 3, strides);
      normal();
      relu();
      conv(4 * filters, 1, 1);
      const branch = normal();
      apply('add()', `[${shortcut}, ${branch}]`);
      relu();
    }
  });
  apply('globalAveragePooling2d({})');
  apply('dense({ units: 1000 })');
  return [
    `import * as tf from '@tensorflow/tfjs';`,
    '',
    'export function resnet50() {',
    '  const input = tf.input({ shape: [224, 224, 3] });',
    ...lines,
    `  return tf.model({ inputs: input, outputs: ${last} });`,
    '}',
    '',
  ].join('\n');
}
