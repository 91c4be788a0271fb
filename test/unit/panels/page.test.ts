import { describe, expect, test } from 'vitest';
import { jobStates } from '../../../src/core/trainingJob';
import { newNonce, panelHtml } from '../../../src/ui/panels/panelHtml';
import { stateIcon } from '../../../src/ui/panels/runPanel/stateIcon';

const page = {
  title: 'x',
  element: 'run-panel',
  subject: 'digits-a2b3c4',
  cspSource: 'https://panel.example',
  nonce: 'abc123',
  script: 'https://panel.example/runPanel.js',
  styles: 'https://panel.example/runPanel.css',
  icons: 'https://panel.example/codicon.css',
};

describe('the page of a panel', () => {
  test('lets nothing run or style but its own files', () => {
    const html = panelHtml(page);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.replaceAll('&#39;', "'");
    expect(policy).toBe(
      "default-src 'none'; script-src 'nonce-abc123'; style-src https://panel.example; font-src https://panel.example; img-src https://panel.example",
    );
    expect(html).not.toMatch(/<style| style=|onload|unsafe/);
    expect(html.match(/<script/g)).toHaveLength(1);
  });

  test('cannot be left by a name', () => {
    const html = panelHtml({ ...page, title: '</title><script>1</script>', subject: '"><img src=x>' });
    expect(html).not.toContain('<img');
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('&quot;&gt;&lt;img src=x&gt;');
  });

  test('has a nonce that nobody can guess', () => {
    const nonces = new Set(Array.from({ length: 100 }, newNonce));
    expect(nonces.size).toBe(100);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{32}$/);
  });
});

test('each state that looks alike in colour differs in shape', () => {
  const shapeOf = (svg: string) => svg.replaceAll(/#[0-9a-f]{6}/g, '');
  for (const theme of ['light', 'dark'] as const) {
    expect(new Set(jobStates.map((state) => stateIcon(state, theme))).size).toBe(jobStates.length);
  }
  const shape = (state: (typeof jobStates)[number]) => shapeOf(stateIcon(state, 'dark'));
  expect(
    new Set([shape('running'), shape('succeeded'), shape('failed'), shape('stopped'), shape('queued')]).size,
  ).toBe(5);
});
