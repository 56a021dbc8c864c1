import fs from 'node:fs/promises';
import path from 'node:path';
import type { BuildContext, BuildFailure, BuildOptions, Plugin } from 'esbuild';
import { moduleLocation } from '../train/compile';
import { redirected } from '../train/redirected';
import type { SourcePlace } from '../cost/modelCost';
import { requireName } from './request';

/** A file and all it imports as one ES module. */
export interface Bundle {
  readonly code: string;
  readonly sourceMap: string;
  /** Text of the file itself. */
  readonly source: string;
  /** Absolute paths of the user's files in it. */
  readonly inputs: readonly string[];
}

/** The file, or one that it imports, cannot be compiled. */
export class BundleError extends Error {
  override readonly name = 'BundleError';

  constructor(
    message: string,
    readonly place: SourcePlace,
  ) {
    super(message);
  }
}

/** The text of a file as its editor has it; undefined where it is as on disk. */
export type ReadText = (file: string) => string | undefined;

/** Entry files whose build is kept ready for the next. */
const mostKept = 8;

/** Bundles files as they are typed: what was compiled before is compiled again only if it has changed. */
export class Bundler {
  private readonly contexts = new Map<string, Promise<BuildContext>>();

  constructor(private readonly unsaved: ReadText) {}

  /** @throws BundleError at the file and line of a syntax error or an import that cannot be found */
  async bundle(file: string): Promise<Bundle> {
    const context = await this.contextOf(file);
    try {
      const { outputFiles = [], metafile } = await context.rebuild();
      const text = (extension: string) =>
        outputFiles.find(({ path: name }) => name.endsWith(extension))?.text ?? '';
      return {
        code: text('.mjs'),
        sourceMap: text('.map'),
        source: this.unsaved(file) ?? (await fs.readFile(file, 'utf8')),
        inputs: Object.keys(metafile?.inputs ?? {})
          .filter((name) => !/(^|\/)node_modules\//.test(name))
          .map((name) => path.resolve(path.dirname(file), name)),
      };
    } catch (error) {
      throw bundleError(error, file);
    }
  }

  async dispose(): Promise<void> {
    const contexts = [...this.contexts.values()];
    this.contexts.clear();
    await Promise.all(contexts.map(async (context) => (await context).dispose().catch(() => undefined)));
  }

  private contextOf(file: string): Promise<BuildContext> {
    const known = this.contexts.get(file);
    this.contexts.delete(file);
    const context = known ?? open(file, this.unsaved);
    // Most recently used last.
    this.contexts.set(file, context);
    context.catch(() => this.contexts.delete(file));
    const [oldest] = this.contexts;
    if (this.contexts.size > mostKept && oldest) {
      this.contexts.delete(oldest[0]);
      void oldest[1].then((each) => each.dispose());
    }
    return context;
  }
}

async function open(file: string, unsaved: ReadText): Promise<BuildContext> {
  const esbuild = await import('esbuild');
  const options: BuildOptions = {
    entryPoints: [file],
    absWorkingDir: path.dirname(file),
    outfile: path.join(path.dirname(file), 'traced.mjs'),
    write: false,
    bundle: true,
    metafile: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    // Names are what reads well in a message: they stay as written.
    keepNames: false,
    banner: { js: `const require = globalThis.${requireName};` },
    define: {
      'import.meta.url': '__moduleUrl',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
      'require.main': '__mainModule',
    },
    plugins: [oursStayOutside, moduleLocation(file, unsaved)],
  };
  return esbuild.context(options);
}

/** TensorFlow.js and `compute-lens` are in the tracer already; whatever cannot be bundled fails where it is used. */
const oursStayOutside: Plugin = {
  name: 'ours-stay-outside',
  setup(build) {
    build.onResolve({ filter: /^(@tensorflow\/|compute-lens$)/ }, ({ path: specifier }) =>
      redirected(specifier) ? { path: specifier, external: true } : null,
    );
    build.onResolve({ filter: /\.node$/ }, ({ path: specifier }) => ({ path: specifier, external: true }));
  },
};

function bundleError(error: unknown, file: string): BundleError {
  const [first] = (error as Partial<BuildFailure>).errors ?? [];
  if (!first) return new BundleError(error instanceof Error ? error.message : String(error), at(file));
  const { location } = first;
  if (!location) return new BundleError(first.text, at(file));
  return new BundleError(first.text, {
    file: path.resolve(path.dirname(file), location.file),
    line: location.line,
    column: location.column + 1,
  });
}

function at(file: string): SourcePlace {
  return { file, line: 1, column: 1 };
}
