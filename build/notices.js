// The licences of everything that others wrote and a VSIX ships, in one file beside what was built.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const name = 'THIRD-PARTY-NOTICES.txt';

/** Licences that allow what a VSIX does. Another one is for a person to read first. */
const allowed = ['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];

/** Packages that no bundle shows: compilers of experiments, what the WebAssembly kernels are made of, and types. */
const besideBundles = ['esbuild', 'assemblyscript', '@tensorflow/tfjs', '@tensorflow/tfjs-backend-webgl'];

/**
 * Writes `THIRD-PARTY-NOTICES.txt` into `folder`.
 *
 * @param metafiles what esbuild says it has put into the bundles
 * @throws Error that names a package whose licence nobody has looked at
 */
function writeNotices(metafiles, folder) {
  const folders = new Set(besideBundles.map((each) => path.join(root, 'node_modules', each)));
  for (const file of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    const inside = /^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file);
    if (inside) folders.add(path.resolve(root, inside[0]));
  }
  const packages = [...folders].map(describe).sort((a, b) => (a.title < b.title ? -1 : 1));
  const text = packages.map(({ title, license, texts }) => [`${title} (${license})`, ...texts].join('\n\n'));
  const rule = `\n\n${'-'.repeat(78)}\n\n`;
  const opening = 'Compute Lens contains these packages, in whole or in part, under their own licences.';
  fs.writeFileSync(path.join(folder, name), [opening, ...text].join(rule) + '\n');
}

function describe(folder) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const { name: packageName, version, license, author } = manifest;
  const title = `${packageName} ${version}`;
  const licenses = license.split(' AND ');
  if (!licenses.every((each) => allowed.includes(each)))
    throw new Error(`${title} has the licence ${license}: read it, and say so in build/notices.js.`);
  const files = fs.readdirSync(folder).filter((each) => /^(licen[cs]e|notices?)(\.|$)/i.test(each));
  const own = files.sort().map((each) => fs.readFileSync(path.join(folder, each), 'utf8').trim());
  const texts = files.some((each) => /^licen/i.test(each))
    ? own
    : [...licenses.map((each) => standard(each, author, title)), ...own];
  return { title, license, texts };
}

/** For packages that name their licence and leave its text out. */
function standard(license, author, title) {
  const holder = (typeof author === 'string' ? author : author?.name) ?? `the authors of ${title}`;
  const copyright = `Copyright (c) ${holder}`;
  if (license === 'MIT')
    return fs
      .readFileSync(path.join(root, 'LICENSE'), 'utf8')
      .trim()
      .replace(/^Copyright.*$/m, copyright);
  if (license === 'Apache-2.0') {
    const whole = fs
      .readFileSync(path.join(root, 'node_modules', 'assemblyscript', 'LICENSE'), 'utf8')
      .trim();
    return `${copyright}\n\n${whole}`;
  }
  throw new Error(`${title} comes without the text of its licence ${license}: add it to build/notices.js.`);
}

module.exports = { writeNotices };
