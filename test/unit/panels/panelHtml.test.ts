import assert from 'node:assert/strict';
import { panelHtml } from '../../../src/panels/panelHtml';

const page = (changes: Partial<Parameters<typeof panelHtml>[0]> = {}) =>
  panelHtml({
    scriptUri: 'https://example.test/run.js',
    styleUri: 'https://example.test/run.css',
    cspSource: 'https://example.test',
    nonce: 'NONCE',
    styleNonce: 'STYLE',
    title: 'a run',
    about: '/w/.compute-lens/runs/a',
    ...changes,
  });

describe('the page of a run panel', () => {
  const policy = (html: string) =>
    /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'") ?? '';

  it('allows nothing but its own script and style', () => {
    const rules = policy(page()).split('; ');
    assert.ok(rules.includes("default-src 'none'"));
    assert.ok(rules.includes("script-src 'nonce-NONCE'"));
    assert.doesNotMatch(policy(page()), /unsafe|\*|data:|blob:/);
    for (const directive of ['connect-src', 'img-src', 'frame-src', 'font-src'])
      assert.ok(!policy(page()).includes(directive), `${directive} must fall back to 'none'`);
  });

  it('allows workers made of its own script, where a page has them', () => {
    assert.deepEqual(
      policy(page({ workers: true }))
        .split('; ')
        .filter((rule) => rule.includes('blob:')),
      ['worker-src blob:'],
    );
  });

  it('gives every script tag the nonce, and has no inline code', () => {
    const scripts = [...page().matchAll(/<script\b([^>]*)>(.*?)<\/script>/gs)];
    assert.ok(scripts.length > 0);
    for (const [, attributes, body] of scripts) {
      assert.match(attributes ?? '', /nonce="NONCE"/);
      assert.equal(body, '');
    }
    assert.doesNotMatch(page(), /\son\w+=/);
  });

  it('takes names and paths for what they are, whatever is in them', () => {
    const html = page({ title: '</title><script>x</script>', about: '"><img src=x onerror=y>' });
    assert.doesNotMatch(html, /<script>x|<img/);
  });
});
