import assert from 'node:assert/strict';
import { judgeCuda, parseGpus, type CudaMachine } from '../../../src/train/gpuCheck';

/** In the form that nvidia-smi prints; no test here has a GPU. */
const listed = {
  turing: 'Tesla T4, 535.104.05, 7.5\n',
  two: 'NVIDIA A100-SXM4-40GB, 470.57.02, 8.0\nNVIDIA A100-SXM4-40GB, 470.57.02, 8.0\n',
  blackwell: 'NVIDIA GeForce RTX 5090, 575.57.08, 12.0\r\n',
  withoutCapability: 'GeForce GTX 1080 Ti, 450.102.04\n',
  oldDriver: 'GeForce GTX 1080 Ti, 440.33.01\n',
  kepler: 'GeForce GT 630, 450.80.02, 3.0\n',
};
const cuda11 = [
  'libcudart.so.11.0',
  'libcublas.so.11',
  'libcublasLt.so.11',
  'libcufft.so.10',
  'libcurand.so.10',
  'libcusolver.so.11',
  'libcusparse.so.11',
  'libcudnn.so.8',
];

describe('what a machine has for TensorFlow on CUDA', () => {
  const machine = (csv: string, changes: Partial<CudaMachine> = {}): CudaMachine => ({
    platform: 'linux',
    arch: 'x64',
    gpus: parseGpus(csv),
    libraries: new Set(cuda11),
    ...changes,
  });
  /** Kinds of the findings, and their texts together. */
  const judged = (on: CudaMachine, bundled = true) => {
    const findings = judgeCuda(on, bundled);
    return {
      kinds: findings.map(({ kind }) => kind),
      text: findings.map(({ text }) => text).join('\n'),
    };
  };

  it('is read from what nvidia-smi prints', () => {
    assert.deepEqual(parseGpus(listed.turing), [
      { name: 'Tesla T4', driver: '535.104.05', computeCapability: 7.5 },
    ]);
    assert.equal(parseGpus(listed.two).length, 2);
    assert.deepEqual(parseGpus(listed.blackwell), [
      { name: 'NVIDIA GeForce RTX 5090', driver: '575.57.08', computeCapability: 12 },
    ]);
    assert.deepEqual(parseGpus(listed.withoutCapability), [
      { name: 'GeForce GTX 1080 Ti', driver: '450.102.04' },
    ]);
    assert.deepEqual(parseGpus('\n'), []);
  });

  it('is enough with a GPU that CUDA 11.2 knows, its libraries and a driver', () => {
    assert.deepEqual(judged(machine(listed.turing)).kinds, ['fine', 'fine']);
    assert.deepEqual(judged(machine(listed.withoutCapability)).kinds, ['fine', 'fine']);
  });

  it('takes minutes at first on a GPU that the driver has to compile for', () => {
    const { kinds, text } = judged(machine(listed.two));
    assert.deepEqual(kinds, ['warns', 'warns', 'fine']);
    assert.match(text, /A100.*8\.0: the driver compiles/);
  });

  it('is not enough where the GPU is too new or too old, or the driver too old', () => {
    for (const [csv, why] of [
      [listed.blackwell, /RTX 5090.*12\.0: .*CUDA_ERROR_INVALID_PTX.*webgpu/],
      [listed.kepler, /GT 630.*3\.0: .*3\.5 and later/],
      [listed.oldDriver, /440\.33\.01.*450\.80\.02 or later/],
    ] as const) {
      const { kinds, text } = judged(machine(csv));
      assert.deepEqual(kinds, ['blocks', 'fine'], csv);
      assert.match(text, why);
    }
  });

  it('is not enough with CUDA 12, each missing library being named', () => {
    const { kinds, text } = judged(machine(listed.turing, { libraries: new Set(['libcufft.so.10']) }));
    assert.deepEqual(kinds, ['fine', 'blocks']);
    assert.match(text, /libcudart\.so\.11\.0 \(CUDA 11 runtime\).*libcudnn\.so\.8 \(cuDNN 8\)/);
    assert.doesNotMatch(text, /libcufft/);
    const windows = judged(machine(listed.turing, { platform: 'win32' }));
    assert.match(windows.text, /Not on PATH: cudart64_110\.dll/);
  });

  it('is nothing without a driver, on macOS, and where no library with CUDA can be had', () => {
    const gone = 'nvidia-smi was not found: no NVIDIA driver is installed';
    assert.match(judged(machine('', { gpus: gone })).text, /No NVIDIA GPU can be used: nvidia-smi was not/);
    assert.match(judged(machine('')).text, /lists no GPU/);
    assert.match(judged(machine('', { platform: 'darwin', arch: 'arm64' })).text, /macOS.*webgpu/);
    assert.match(judged(machine(listed.turing, { arch: 'arm64' })).text, /for linux arm64/);
  });

  it('is for a library of the user’s own to say, but for the GPU itself', () => {
    const own = judged(machine(listed.blackwell, { libraries: new Set() }), false);
    assert.deepEqual(own.kinds, ['fine']);
    assert.match(own.text, /RTX 5090, driver 575/);
    assert.deepEqual(judged(machine('', { gpus: 'nvidia-smi failed: no devices' }), false).kinds, ['blocks']);
  });
});
