import { execFileSync } from 'node:child_process';

/** What a window reads when it activates the extension. */
export interface ExtensionLoad {
  /** From `require` to the end of all that runs at once, ms. */
  readonly milliseconds: number;
  /** Of the files of the extension that were read. */
  readonly bytes: number;
  readonly files: readonly string[];
}

/** Stands in for the editor: loading, which is all that happens here, asks it for nothing but names. */
const program = `
const Module = require('node:module');
const fs = require('node:fs');
const path = require('node:path');
const editor = new Proxy(class {}, { get: (target, name) => name === 'prototype' ? target.prototype : editor });
const load = Module._load;
Module._load = (request, ...rest) => request === 'vscode' ? editor : load(request, ...rest);
const file = process.argv[1];
const before = performance.now();
require(file);
const milliseconds = performance.now() - before;
const files = Object.keys(require.cache).filter((each) => each.startsWith(path.dirname(file)));
const bytes = files.reduce((sum, each) => sum + fs.statSync(each).size, 0);
console.log(JSON.stringify({ milliseconds, bytes, files: files.map((each) => path.basename(each)) }));
`;

/** Loads `extension.js`, as an extension host does, in a process of its own. */
export function loadExtension(file: string): ExtensionLoad {
  return JSON.parse(
    execFileSync(process.execPath, ['-e', program, file], { encoding: 'utf8' }),
  ) as ExtensionLoad;
}
