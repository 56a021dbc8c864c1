import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import type { io } from '@tensorflow/tfjs';
import type { TraceResult } from '../../../../src/trace/request';
import type { Tf } from '../../../../src/train/tfInstance';
import { onlyModel, onlyRemark, said, Tracing } from './tracing';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, not this test's bundle
const tf = require(path.resolve(__dirname, '../../../../../dist/tf.js')) as Tf;

describe('a saved model.json', () => {
  const tracing = new Tracing();

  before(() => tf.setBackend('cpu'));
  after(() => tracing.dispose());

  const write = (folder: string, json: unknown): string =>
    tracing.write(`${folder}/model.json`, typeof json === 'string' ? json : JSON.stringify(json));

  describe('of layers', () => {
    /** As TensorFlow.js saves it. */
    async function saved(folder: string): Promise<string> {
      const model = tf.sequential();
      model.add(tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, name: 'conv' }));
      model.add(tf.layers.flatten());
      model.add(tf.layers.dense({ units: 10, name: 'dense' }));
      let artifacts: io.ModelArtifacts | undefined;
      const modelArtifactsInfo = { dateSaved: new Date(0), modelTopologyType: 'JSON' } as const;
      await model.save({
        save: async (made) => {
          artifacts = made;
          return { modelArtifactsInfo };
        },
      });
      const { modelTopology, weightSpecs: weights } = artifacts ?? {};
      return write(folder, {
        format: 'layers-model',
        modelTopology,
        weightsManifest: [{ paths: ['weights.bin'], weights }],
      });
    }

    it('is traced for a training step, without its weight file', async () => {
      const file = await saved('layers');
      const result = await tracing.traceSaved(file, { batch: 2 });
      assert.equal(said(result.remarks), '');
      const { name, batch, params, work, layers, place, inputShapes } = onlyModel(result);
      assert.deepEqual([name, batch, place], ['layers', 2, { file, line: 1, column: 1 }]);
      assert.deepEqual(inputShapes, [[2, 8, 8, 3]]);
      assert.equal(params, 3 * 3 * 3 * 4 + 4 + 144 * 10 + 10);
      assert.equal(work.forward.macs, 2 * (36 * 27 * 4 + 1440));
      assert.ok(work.optimizer.kernels > 0);
      assert.deepEqual(
        layers.map((layer) => [layer.name, layer.work.forward.macs]),
        [
          ['conv', 2 * 3888],
          [layers[1]?.name, 0],
          ['dense', 2 * 1440],
        ],
      );
    });

    it('gives the same at each trace', async () => {
      const file = await saved('again');
      const first = await tracing.traceSaved(file);
      assert.deepEqual(await tracing.traceSaved(file), first);
    });

    it('has its names from the file, and leaves those of the next file alone', async () => {
      const layer = (name: string) => `import * as tf from '@tensorflow/tfjs';
tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 3, ${name} })] });`;
      const nameIn = (result: TraceResult) => onlyModel(result).layers.at(-1)?.name;
      assert.equal(nameIn(await tracing.trace(layer(''))), 'dense_Dense1');
      const file = await saved('named');
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('"dense"', '"dense_Dense57"'));
      assert.equal(nameIn(await tracing.traceSaved(file)), 'dense_Dense57');
      assert.equal(nameIn(await tracing.trace(layer(''))), 'dense_Dense1');
      await tracing.trace(layer(`name: 'dense_Dense99'`));
      assert.equal(nameIn(await tracing.trace(layer(''))), 'dense_Dense1');
    });
  });

  describe('of a graph', () => {
    const type = { type: 'DT_FLOAT' };
    const text = (s: string) => ({ s: Buffer.from(s).toString('base64') });
    const ones = { list: { i: ['1', '1', '1', '1'] } };
    const variable = (name: string, dtype = 'DT_FLOAT') => ({
      name,
      op: 'Const',
      attr: { dtype: { type: dtype }, value: { tensor: { dtype, tensorShape: {} } } },
    });
    /** A convolution, a reshape to a shape that is among the weights, and a matrix product. */
    const graph = {
      format: 'graph-model',
      modelTopology: {
        node: [
          {
            name: 'x',
            op: 'Placeholder',
            attr: {
              dtype: type,
              shape: { shape: { dim: [{ size: '-1' }, { size: '8' }, { size: '8' }, { size: '3' }] } },
            },
          },
          variable('kernel'),
          variable('shape', 'DT_INT32'),
          variable('matrix'),
          {
            name: 'conv',
            op: 'Conv2D',
            input: ['x', 'kernel'],
            attr: {
              T: type,
              strides: ones,
              dilations: ones,
              padding: text('VALID'),
              data_format: text('NHWC'),
            },
          },
          { name: 'flat', op: 'Reshape', input: ['conv', 'shape'], attr: { T: type } },
          {
            name: 'y',
            op: 'MatMul',
            input: ['flat', 'matrix'],
            attr: { T: type, transpose_a: { b: false }, transpose_b: { b: false } },
          },
        ],
        library: {},
        versions: {},
      },
      weightsManifest: [
        {
          paths: ['weights1.bin', 'weights2.bin'],
          weights: [
            { name: 'kernel', shape: [3, 3, 3, 4], dtype: 'float32' },
            { name: 'shape', shape: [2], dtype: 'int32' },
            { name: 'matrix', shape: [144, 10], dtype: 'float32' },
          ],
        },
      ],
    };
    /** The shape [-1, 144] after the kernel, cut in two in its midst. */
    function writeWeights(folder: string): void {
      const bytes = Buffer.alloc(4 * (108 + 2 + 1440));
      bytes.writeInt32LE(-1, 4 * 108);
      bytes.writeInt32LE(144, 4 * 109);
      tracing.write(`${folder}/weights1.bin`, bytes.subarray(0, 434));
      tracing.write(`${folder}/weights2.bin`, bytes.subarray(434));
    }
    const check = (result: TraceResult, batch: number) => {
      assert.equal(said(result.remarks), '');
      const model = onlyModel(result);
      assert.deepEqual(model.inputShapes, [[batch, 8, 8, 3]]);
      assert.equal(model.work.forward.macs, batch * (36 * 27 * 4 + 1440));
      assert.equal(model.work.backward.kernels + model.work.optimizer.kernels, 0);
      assert.equal(model.trainableParams, 0);
      assert.match(model.assumptions.join(), /forward pass/);
    };

    it('is traced for a forward pass', async () => {
      writeWeights('graph');
      check(await tracing.traceSaved(write('graph', graph), { batch: 4 }), 4);
    });

    it('of one that says nothing of its format', async () => {
      writeWeights('plain');
      const { modelTopology, weightsManifest } = graph;
      check(await tracing.traceSaved(write('plain', { modelTopology, weightsManifest }), { batch: 1 }), 1);
    });

    it('says which weight file is missing, where its values are needed', async () => {
      const file = write('alone', graph);
      const { models, remarks } = await tracing.traceSaved(file);
      assert.equal(models.length, 0);
      assert.match(said(remarks), /^1 error: .*weights1\.bin/);
    });

    it('does without weight files that hold nothing but weights', async () => {
      const nodes = graph.modelTopology.node.filter(
        ({ name }) => !['shape', 'flat', 'matrix', 'y'].includes(name),
      );
      const [group] = graph.weightsManifest;
      const file = write('light', {
        ...graph,
        modelTopology: { ...graph.modelTopology, node: nodes },
        weightsManifest: [{ paths: ['weights.bin'], weights: group?.weights.slice(0, 1) }],
      });
      assert.equal(onlyModel(await tracing.traceSaved(file)).work.forward.macs, 3888);
    });

    it('says which operation is unknown', async () => {
      const node = graph.modelTopology.node.map((each) =>
        each.op === 'MatMul' ? { ...each, op: 'Gemm' } : each,
      );
      writeWeights('unknown');
      const file = write('unknown', { ...graph, modelTopology: { ...graph.modelTopology, node } });
      assert.match(said([onlyRemark(await tracing.traceSaved(file))]), /^1 error: .*Gemm/);
    });
  });

  it('that is none says so', async () => {
    const remarkOf = async (file: string) => said([onlyRemark(await tracing.traceSaved(file))]);
    assert.match(await remarkOf(write('broken', '{ "a": ')), /^1 error: .*broken\/model\.json is not JSON/);
    assert.match(await remarkOf(write('other', { name: 'x' })), /^1 error: .*holds no "modelTopology"/);
    assert.match(await remarkOf(write('null', 'null')), /^1 error: .*holds no "modelTopology"/);
    assert.match(await remarkOf(write('odd', { modelTopology: null })), /^1 error: ./);
    const gone = path.join(tracing.folder, 'gone/model.json');
    assert.ok(!fs.existsSync(gone));
    assert.match(await remarkOf(gone), /^1 error: .*gone\/model\.json/);
  });
});
