import fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildFailure, Plugin } from 'esbuild';
import { ExperimentError } from './experimentError';

/**
 * Compiles a user's TypeScript or JavaScript file and what it imports by path into one ES module with an inline
 * source map, so that stack traces name the user's own lines. Packages stay imports (see moduleRedirect.ts).
 *
 * @param file absolute path of the user's file
 * @param output absolute path to write to, ending in `.mjs`
 * @throws ExperimentError at the file and line of a syntax error or an import that cannot be found
 */
export async function compileUserFile(file: string, output: string): Promise<void> {
  const esbuild = await import('esbuild');
  await fs.access(file).catch(() => {
    throw new ExperimentError(`${file} does not exist or cannot be read.`);
  });
  try {
    await esbuild.build({
      entryPoints: [file],
      outfile: output,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      sourcemap: 'inline',
      logLevel: 'silent',
      banner: {
        js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(${JSON.stringify(pathToFileURL(file).href)});`,
      },
      define: {
        'import.meta.url': '__moduleUrl',
        'import.meta.filename': '__filename',
        'import.meta.dirname': '__dirname',
        'require.main': '__mainModule',
      },
      plugins: [moduleLocation(file)],
    });
  } catch (error) {
    const first = (error as Partial<BuildFailure>).errors?.[0];
    if (!first) throw error;
    throw new ExperimentError(
      first.text,
      first.location
        ? {
            file: path.resolve(first.location.file),
            line: first.location.line,
            column: first.location.column + 1,
          }
        : { file },
    );
  } finally {
    // The compiler runs as a service of its own; without this the trainer would keep it for hours.
    await esbuild.stop();
  }
}

/**
 * Gives each bundled file the location it would have unbundled. Stays on the first line to keep line numbers.
 *
 * @param unsaved text of files that an editor has changed
 */
export function moduleLocation(
  entry: string,
  unsaved: (file: string) => string | undefined = () => undefined,
): Plugin {
  const needsLocation = /\b(import\.meta|__dirname|__filename|require\.main)\b/;
  return {
    name: 'module-location',
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path: file }) => {
        const typed = unsaved(file);
        const contents = typed ?? (await fs.readFile(file, 'utf8'));
        if (!needsLocation.test(contents))
          return typed === undefined ? null : { contents: typed, loader: loaderOf(file) };
        const isMain = path.resolve(file) === path.resolve(entry) && contents.includes('require.main');
        const constants =
          `const __moduleUrl = ${JSON.stringify(pathToFileURL(file).href)}, ` +
          `__filename = ${JSON.stringify(file)}, __dirname = ${JSON.stringify(path.dirname(file))}, ` +
          `__mainModule = ${isMain ? 'module' : 'undefined'};`;
        const text = contents.startsWith('#!') ? `//${contents}` : contents;
        return { contents: `${constants} ${text}`, loader: loaderOf(file) };
      });
    },
  };
}

function loaderOf(file: string): 'ts' | 'tsx' | 'js' | 'jsx' {
  const match = /\.[cm]?([jt]sx?)$/.exec(file);
  return (match?.[1] ?? 'js') as 'ts' | 'tsx' | 'js' | 'jsx';
}
