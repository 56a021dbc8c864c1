// Bundles that share code, for programs that need CommonJS: esbuild splits ES modules only, so its modules are turned into
// CommonJS afterwards. What is imported by `await import()` becomes a file that is read when it is first used, and what
// several files need is there once, so that no state is there twice.
const fs = require('node:fs');
const path = require('node:path');

/** Options for entries that lie beside each other in one folder; `__dirname` is that folder everywhere. */
function split(esbuild, options, plugins = []) {
  return {
    ...options,
    // Entries read each other by `require` when they are wanted.
    external: [...options.external, ...Object.keys(options.entryPoints).map((name) => `./${name}.js`)],
    plugins: [...plugins, asCommonJs(esbuild, options)],
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    sourcemap: options.sourcemap ? 'inline' : false,
    write: false,
  };
}

const asCommonJs = (esbuild, { sourcemap, minify, platform, target, outdir }) => ({
  name: 'as-commonjs',
  setup(build) {
    build.onEnd(async ({ outputFiles = [] }) => {
      fs.mkdirSync(outdir, { recursive: true });
      const names = await Promise.all(outputFiles.map((file) => write(file)));
      removeOthers(names);
    });

    async function write({ path: file, text }) {
      const name = path.basename(file);
      const { code, map } = await esbuild.transform(text, {
        format: 'cjs',
        // `import()` of a file of ours is to be as any other `require`: the editor provides modules to these only.
        supported: { 'dynamic-import': false },
        platform,
        target,
        minify,
        sourcemap: sourcemap ? 'external' : false,
        sourcefile: name,
        loader: 'js',
      });
      const ending = sourcemap ? `//# sourceMappingURL=${name}.map\n` : '';
      fs.writeFileSync(path.join(outdir, name), code + ending);
      if (sourcemap) fs.writeFileSync(path.join(outdir, `${name}.map`), map);
      return name;
    }

    /** Files of an earlier build whose text, and with it the name, was another. */
    function removeOthers(names) {
      const part = /^[\w]+-[A-Z0-9]{8}\.js(\.map)?$/;
      for (const name of fs.readdirSync(outdir))
        if (part.test(name) && !names.includes(name.replace(/\.map$/, '')))
          fs.rmSync(path.join(outdir, name));
    }
  },
});

module.exports = { split };
