import type { InstallableBackend } from './install';

/** What the server of an archive answers before it is downloaded. */
export type ArchiveAnswer =
  | { readonly kind: 'there'; readonly bytes?: number }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unreachable'; readonly reason: string };

const version = '2.9.1';

/** A process's environment and machine, as far as they choose the archive. */
interface Chooser {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Address of the libtensorflow that the install script of tfjs-node 4.22 takes, by the same rules; none for others. */
export function archiveUri(name: InstallableBackend, chooser: Chooser = process): string | undefined {
  const { platform, arch, env } = chooser;
  const host = env.TFJS_NODE_CDN_STORAGE || env.CDN_STORAGE || 'https://storage.googleapis.com/';
  const base = env.TFJS_NODE_BASE_URI || `${host}tensorflow/libtensorflow/libtensorflow-`;
  if (platform === 'darwin' && arch === 'arm64')
    return `${host}tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz`;
  if (platform === 'linux' && arch === 'arm64')
    return `${host}tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz`;
  if (arch !== 'x64') return undefined;
  const kind = name === 'tensorflow-gpu' ? 'gpu' : 'cpu';
  if (platform === 'linux') return `${base}${kind}-linux-x86_64-${version}.tar.gz`;
  if (platform === 'win32') return `${base}${kind}-windows-x86_64-${version}.zip`;
  return platform === 'darwin' ? `${base}cpu-darwin-x86_64-${version}.tar.gz` : undefined;
}

/** Asks whether an archive can be had, and how large it is, without downloading it. */
export async function askArchive(uri: string): Promise<ArchiveAnswer> {
  try {
    const { ok, status, headers } = await fetch(uri, {
      method: 'HEAD',
      signal: AbortSignal.timeout(10_000),
    });
    if (!ok) return { kind: 'refused', status };
    const bytes = Number(headers.get('content-length'));
    return { kind: 'there', ...(bytes > 0 && { bytes }) };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return { kind: 'unreachable', reason: cause?.code ?? message };
  }
}
