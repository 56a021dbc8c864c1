import assert from 'node:assert/strict';
import { knownCause } from '../../../src/train/installCauses';

/** Lines that TensorFlow, npm, node-gyp and the loaders print; causes, and what the advice must hold. */
const cases: [printed: string, cause: RegExp, remedy: RegExp][] = [
  [
    "W tensorflow/stream_executor/platform/default/dso_loader.cc:64] Could not load dynamic library 'libcudart.so.11.0'; dlerror: libcudart.so.11.0: cannot open shared object file\nW dso_loader.cc:64] Could not load dynamic library 'libcudnn.so.8'",
    /CUDA's libraries could not be loaded/,
    /CUDA 11\.2.*computeLens\.libtensorflow.*webgpu/,
  ],
  [
    "Could not load dynamic library 'libcudnn.so.8'; dlerror: libcudnn.so.8: cannot open shared object file",
    /cuDNN could not be loaded/,
    /cuDNN 8\.1/,
  ],
  [
    'Internal: Failed to load in-memory CUBIN: CUDA_ERROR_INVALID_PTX: a PTX JIT compilation failed',
    /newer than the CUDA/,
    /libtensorflow of your own.*webgpu/,
  ],
  ['failed call to cuInit: CUDA_ERROR_NO_DEVICE', /No NVIDIA driver/, /nvidia-smi/],
  ['CUDA driver version is insufficient for CUDA runtime version', /driver is older/, /Update/],
  ['npm error code E404\nnpm error 404 Not Found - GET', /refused/, /try again later/],
  ['Error: getaddrinfo ENOTFOUND example.invalid', /could not be reached/, /HTTPS_PROXY/],
  ['unable to verify the first certificate', /certificate/, /NODE_EXTRA_CA_CERTS/],
  [
    'node-pre-gyp WARN Pre-built binaries not installable (404)\ngyp ERR! stack Error: not found: make',
    /no prebuilt native part for this Node.*no compiler/,
    /build-essential/,
  ],
  ['gyp ERR! find VS Could not find any Visual Studio', /no compiler/, /Visual Studio/],
  [
    'deps/include/x.h:20:10: fatal error: tensorflow/core/platform/ctstring.h: No such file',
    /header/,
    /include/,
  ],
  ["/lib/libm.so.6: version `GLIBC_2.38' not found", /C library is older/, /newer system/],
  [
    'Error: The specified module could not be found.\n\\\\?\\C:\\x\\lib\\napi-v8\\tfjs_binding.node',
    /tensorflow\.dll/,
    /Copy deps/,
  ],
  ['undefined symbol: TFE_Execute', /lacks functions/, /2\.9 or later/],
  ['its process ended with SIGILL', /AVX/, /wasm/],
  ['npm error code ENOSPC', /disk is full/, /Make room/],
];

describe('the causes for which native backends fail', () => {
  for (const [printed, cause, remedy] of cases)
    it(`are known from: ${printed.split('\n').at(-1)?.slice(0, 60)}`, () => {
      assert.match(knownCause(printed) ?? '', cause);
      assert.match(knownCause(printed) ?? '', remedy);
    });

  it('are not made up: what a good installation prints has none', () => {
    const good =
      'npm http fetch GET 200 pkg 404ms\nnpm info run install { code: 0 }\ngyp info find Python using Python version 3.11.7\nmake: Entering directory build';
    assert.equal(knownCause(good), undefined);
  });
});
