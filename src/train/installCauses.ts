/** Why installing or starting a native backend fails, as its output shows it. */
interface KnownCause {
  readonly shows: RegExp;
  readonly cause: string;
  readonly remedy: string;
}

const ownLibrary =
  'bring a libtensorflow of your own (computeLens.libtensorflow), such as the Python wheel "tensorflow[and-cuda]"';
const otherBackend = 'train on webgpu';

/** The first that shows is the cause: later ones also show up in the wake of earlier ones. */
const knownCauses: readonly KnownCause[] = [
  {
    shows:
      /CUDA_ERROR_INVALID_PTX|INVALID_PTX|device kernel image is invalid|NO_BINARY_FOR_GPU|no kernel image/i,
    cause: 'This GPU is newer than the CUDA that libtensorflow was built for (PTX too new).',
    remedy: `Either ${ownLibrary}, or ${otherBackend}.`,
  },
  {
    shows: /driver version is insufficient|SYSTEM_DRIVER_MISMATCH|COMPAT_NOT_SUPPORTED/i,
    cause: 'The NVIDIA driver is older than the CUDA that libtensorflow was built for.',
    remedy: 'Update the driver.',
  },
  {
    shows:
      /Cannot dlopen some GPU libraries|libcudart|libcu(?:blas|fft|rand|solver|sparse)\w*\.so|cudart64_\d+\.dll/,
    cause: "CUDA's libraries could not be loaded.",
    remedy:
      'Install CUDA 11.2, which CUDA 12 does not stand in for, and put its folder lib64 on LD_LIBRARY_PATH ' +
      `(Windows: bin on PATH), ${ownLibrary}, or ${otherBackend}.`,
  },
  {
    shows: /libcudnn[\w.]*|cudnn64_\d+\.dll|CUDNN_STATUS_NOT_INITIALIZED/,
    cause: 'cuDNN could not be loaded.',
    remedy: `Install cuDNN 8.1 for CUDA 11.2 and put its folder on LD_LIBRARY_PATH (Windows: PATH), ${ownLibrary}, or ${otherBackend}.`,
  },
  {
    shows: /libcuda\.so|nvcuda\.dll|CUDA_ERROR_NO_DEVICE|no CUDA-capable device/i,
    cause: 'No NVIDIA driver, or none that this process may use, was found.',
    remedy: `Install the driver until nvidia-smi lists the GPU, or ${otherBackend}.`,
  },
  {
    shows: /TAR_BAD_ARCHIVE|Invalid or unsupported zip format|ADM-ZIP/,
    cause:
      'The server refused the download of libtensorflow, or a proxy answered in its place: what came is no archive.',
    remedy:
      'Open the address in the log with a browser: 403 or 404 means that it is gone. Then set TFJS_NODE_CDN_STORAGE ' +
      `or TFJS_NODE_BASE_URI to a mirror, or ${ownLibrary}.`,
  },
  {
    shows:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|getaddrinfo|socket hang up|tunneling socket/,
    cause: 'A server could not be reached.',
    remedy:
      'Check the network, or set HTTPS_PROXY (and "npm config set proxy") to your proxy, and try again.',
  },
  {
    shows: /CERT_|self[- ]signed certificate|unable to (?:get|verify).*certificate/i,
    cause: 'A certificate was not trusted, as happens behind a proxy that reads along.',
    remedy: 'Set NODE_EXTRA_CA_CERTS and "npm config set cafile" to the proxy\'s certificate.',
  },
  {
    shows: /fatal error: tensorflow\/|Cannot open include file: 'tensorflow\//,
    cause: 'A header of TensorFlow is missing beside the libtensorflow that was given.',
    remedy: 'Take the folder include of the same version, whole.',
  },
  {
    shows: /cannot find -ltensorflow|unresolved external symbol TF_|undefined symbol: TF[E]?_/,
    cause: "The libtensorflow that was given lacks functions of TensorFlow's C interface.",
    remedy: 'Take TensorFlow 2.9 or later.',
  },
  {
    shows:
      /not found: make|make: (?:command )?not found|(?:g\+\+|cc|c\+\+|clang\+\+): (?:command )?not found|spawn (?:make|g\+\+) ENOENT|gyp ERR! find VS|Could not find any Visual Studio|xcode-select|gyp ERR! find Python/i,
    cause: 'There is no prebuilt native part for this Node and TensorFlow, and no compiler to build it with.',
    remedy:
      'Install one (Debian: apt install build-essential python3; macOS: xcode-select --install; Windows: the C++ build ' +
      'tools of Visual Studio), or take Node 20 or 22, for which prebuilt parts are more likely.',
  },
  {
    shows: /GLIBC(?:XX)?_[\d.]+' not found/,
    cause: "This system's C library is older than the one that libtensorflow was built with.",
    remedy: 'Take a libtensorflow built for this system, or a newer system.',
  },
  {
    shows: /The specified module could not be found|not a valid Win32 application/,
    cause: 'Windows found tfjs_binding.node, but not the tensorflow.dll that it needs.',
    remedy:
      'Copy deps\\lib\\tensorflow.dll of the package beside lib\\napi-v8\\tfjs_binding.node; a path with letters outside of ASCII can be the reason.',
  },
  {
    shows: /libtensorflow\w*\.(?:so|dylib)\S*: cannot open|Library not loaded: .*libtensorflow/,
    cause: 'The libtensorflow that this was built with is not there any more.',
    remedy: 'Install again.',
  },
  {
    shows: /SIGILL|illegal instruction/i,
    cause: 'This processor lacks instructions (AVX) that libtensorflow was built with.',
    remedy: 'Train on wasm.',
  },
  { shows: /ENOSPC/, cause: 'The disk is full.', remedy: 'Make room and try again.' },
  {
    shows: /EACCES|EPERM/,
    cause: 'A file could not be written.',
    remedy: 'Check who owns the folder, and npm\'s cache ("npm config get cache").',
  },
  {
    shows: /\b(?:403 Forbidden|404 Not Found|E403|E404|code 403|code 404)\b/,
    cause: 'A server refused a download.',
    remedy: `The log names it; try again later, or ${ownLibrary}.`,
  },
  {
    shows: /node-pre-gyp|gyp ERR/,
    cause: 'Its native part could neither be downloaded nor built for this Node.',
    remedy: 'The log says why.',
  },
];

/** The known cause that an output shows, and what to do about it, as sentences. */
export function knownCause(output: string): string | undefined {
  const known = knownCauses.find(({ shows }) => shows.test(output));
  return known && `${known.cause} ${known.remedy}`;
}
