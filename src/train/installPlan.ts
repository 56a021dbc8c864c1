import { judgeCuda, lookAtMachine, type Finding } from './gpuCheck';
import { testedVersions, type InstallableBackend } from './install';
import { archiveUri, askArchive, type ArchiveAnswer } from './libtensorflowArchive';
import { findLibtensorflow, type Libtensorflow } from './libtensorflow';
import { backendPackages } from './packages';

/** What installing a backend would do on this machine, and what speaks against it. */
export interface InstallPlan {
  readonly name: InstallableBackend;
  /** What comes from where, and how large it is, as sentences. */
  readonly downloads: string;
  readonly findings: readonly Finding[];
}

/**
 * Looks at this machine before anything is downloaded.
 *
 * @param place where a libtensorflow of the user's own is
 * @throws Error that says what is missing there
 */
export async function planInstall(name: InstallableBackend, place?: string): Promise<InstallPlan> {
  if (name === 'webgpu') return { name, downloads: describeDownloads(name), findings: [] };
  const own = place ? await findLibtensorflow(place) : undefined;
  const uri = own ? undefined : archiveUri(name);
  const archive = uri === undefined ? undefined : await askArchive(uri);
  const findings = [
    ...(name === 'tensorflow-gpu' ? judgeCuda(await lookAtMachine(), !own) : []),
    ...(own ? judgeOwn(name, own) : judgeArchive(uri, archive)),
  ];
  return { name, downloads: describeDownloads(name, own, archive), findings };
}

function judgeOwn(name: InstallableBackend, own: Libtensorflow): Finding[] {
  if (name === 'tensorflow-gpu' && own.cuda === false)
    return [{ kind: 'blocks', text: `${own.library} is built without CUDA: only tensorflow can use it.` }];
  return [{ kind: 'fine', text: `${own.library} is there, with its headers.` }];
}

function judgeArchive(uri: string | undefined, archive: ArchiveAnswer | undefined): Finding[] {
  if (uri === undefined)
    return [
      {
        kind: 'blocks',
        text: `tfjs-node knows no libtensorflow to download for ${process.platform} ${process.arch}. Bring your own (computeLens.libtensorflow).`,
      },
    ];
  if (archive?.kind === 'refused')
    return [
      {
        kind: 'blocks',
        text: `The download is refused: ${uri} answers ${archive.status}. Bring a libtensorflow of your own (computeLens.libtensorflow), or set TFJS_NODE_BASE_URI to a mirror.`,
      },
    ];
  if (archive?.kind === 'unreachable')
    return [
      {
        kind: 'warns',
        text: `${new URL(uri).host} could not be reached from here (${archive.reason}); behind a proxy, npm may still reach it.`,
      },
    ];
  return [];
}

function describeDownloads(name: InstallableBackend, own?: Libtensorflow, archive?: ArchiveAnswer): string {
  const spec = `${backendPackages[name]} ${testedVersions[name]}`;
  if (name === 'webgpu') return `Downloads ${spec} with npm, about 60 MB: Dawn, Chromium's WebGPU.`;
  if (own)
    return `Downloads ${spec} with npm, about 60 MB, and builds its native part with this machine's C++ compiler on ${own.library}. No libtensorflow is downloaded.`;
  const gpu = name === 'tensorflow-gpu';
  const size =
    archive?.kind === 'there' && archive.bytes !== undefined
      ? `${Math.round(archive.bytes / 1e6)} MB`
      : gpu
        ? 'several hundred MB'
        : 'about 100 MB';
  const needs = gpu ? ', which needs an NVIDIA driver, CUDA 11.2 and cuDNN 8.1' : '';
  return `Downloads ${spec} with npm, about 60 MB, and libtensorflow 2.9.1 (${size})${needs}.`;
}

const marks: Record<Finding['kind'], string> = { fine: '✓', warns: '!', blocks: '✗' };

/** The plan for a person to read, a finding a line. */
export function planText({ downloads, findings }: InstallPlan): string {
  const lines = findings.map(({ kind, text }) => `${marks[kind]} ${text}`);
  return [downloads, ...lines].join('\n');
}

/** Whether something is known to keep the backend from training here. */
export function isBlocked({ findings }: Pick<InstallPlan, 'findings'>): boolean {
  return findings.some(({ kind }) => kind === 'blocks');
}
