import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

type Words = Readonly<Record<string, string>>;

const root = path.resolve(__dirname, '../../../..');
const read = (file: string): unknown => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
const manifest = read('package.json') as Record<string, unknown> & { readonly displayName: string };
const english = read('package.nls.json') as Words;
const chinese = read('package.nls.zh-cn.json') as Words;

/** Fields of a manifest that VS Code shows to people. */
const shown =
  /^(title|shortTitle|name|label|contents|altText|(markdown)?[dD]escription|(markdown)?[eE]numDescriptions|enumItemLabels|(markdown)?[dD]eprecationMessage|patternErrorMessage)$/;

/** Every shown text of the manifest with its path. A list of texts counts as its items. */
function texts(value: unknown, at = '', field = ''): [string, string][] {
  if (typeof value === 'string') return shown.test(field) ? [[at, value]] : [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => texts(item, `${at}[${String(index)}]`, field));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => texts(item, `${at}.${name}`, name));
}

const { description, capabilities, contributes } = manifest;
const all = texts({ description, capabilities, contributes });
const key = (text: string) => /^%(.+)%$/.exec(text)?.[1];

/** What both languages must say alike: code, and links with where they lead. */
const fixed = (text: string) => [
  ...(text.match(/`[^`]+`/g) ?? []).filter((code) => !code.startsWith('`Compute Lens: ')).sort(),
  ...[...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target),
];

describe('words of the manifest', () => {
  it('are all keys that can be translated, but for the name', () => {
    const bare = all.filter(([, text]) => key(text) === undefined && text !== manifest.displayName);
    assert.deepEqual(bare, []);
  });

  it('are there in English, and none is unused', () => {
    const used = new Set(all.flatMap(([, text]) => key(text) ?? []));
    assert.deepEqual(Object.keys(english).sort(), [...used].sort());
  });

  it('are there in Chinese, in the same order', () => {
    assert.deepEqual(Object.keys(chinese), Object.keys(english));
    for (const [name, text] of Object.entries(chinese))
      assert.ok(
        /\p{Script=Han}/u.test(text) || text === english[name],
        `${name} is neither Chinese nor a term`,
      );
  });

  it('have the same code and the same links in both languages', () => {
    for (const [name, text] of Object.entries(english))
      assert.deepEqual(fixed(chinese[name] ?? ''), fixed(text), name);
  });

  it('call commands by their titles', () => {
    for (const words of [english, chinese]) {
      const titles = new Set(
        Object.entries(words).flatMap(([k, t]) => (k.startsWith('command.') ? [t] : [])),
      );
      for (const [name, text] of Object.entries(words)) {
        for (const [, title] of text.matchAll(/`Compute Lens: ([^`]+)`/g))
          assert.ok(
            titles.has(title as string),
            `${name} names a command that is not there: ${title as string}`,
          );
        for (const [, label, command] of text.matchAll(/\[([^\]]+)\]\(command:computeLens\.(\w+)\)/g))
          assert.equal(label, words[`command.${command as string}`], name);
      }
    }
  });

  it('name in the README every command and every setting', () => {
    const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
    const { commands, configuration } = contributes as {
      commands: { command: string }[];
      configuration: { properties: object };
    };
    for (const { command } of commands) {
      const title = english[command.replace('computeLens', 'command')] ?? '';
      assert.ok(readme.includes(title), `${title} is not in the README`);
    }
    for (const setting of Object.keys(configuration.properties)) {
      const last = `\`.${setting.split('.').at(-1) ?? ''}\``;
      assert.ok(
        [`\`${setting}\``, last].some((each) => readme.includes(each)),
        `${setting} is not in the README`,
      );
    }
  });

  it('give an example for every setting', () => {
    const settings = Object.keys(
      (contributes as { configuration: { properties: object } }).configuration.properties,
    );
    for (const setting of settings) {
      const name = `setting.${setting.replace('computeLens.', '')}`;
      assert.match(english[name] ?? '', /such as[^.]*`|With the default: `/i, `${setting} has no example`);
      assert.match(chinese[name] ?? '', /例如[^。]*`|默认显示如：`/, `${setting} has no example in Chinese`);
    }
  });

  it('have walkthrough pages in both languages, with the same code and pictures', () => {
    const { walkthroughs } = contributes as {
      walkthroughs: { steps: { media: { markdown: string } }[] }[];
    };
    for (const { media } of walkthroughs.flatMap(({ steps }) => steps)) {
      const page = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');
      const blocks = (text: string) => text.match(/```[^]*?```|(?<=\]\()[^)]+/g) ?? [];
      const translated = page(media.markdown.replace(/\.md$/, '.nls.zh-cn.md'));
      assert.deepEqual(blocks(translated), blocks(page(media.markdown)), media.markdown);
      assert.match(translated, /\p{Script=Han}/u, media.markdown);
    }
  });
});
