export interface PanelHtml {
  readonly title: string;
  /** The element that is the whole page. */
  readonly element: string;
  /** Id of the job or machine that the page is of, where it is of one. */
  readonly subject?: string;
  readonly cspSource: string;
  readonly nonce: string;
  readonly script: string;
  readonly styles: string;
  readonly icons: string;
}

/**
 * The page of a panel. Its script is the only one that runs and its style sheets are files, so neither scripts nor styles
 * that came in with a log line could ever take effect.
 */
export function panelHtml(page: PanelHtml): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.cspSource}`,
    `font-src ${page.cspSource}`,
    `img-src ${page.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(page.title)}</title>
<link rel="stylesheet" id="vscode-codicon-stylesheet" href="${escaped(page.icons)}">
<link rel="stylesheet" href="${escaped(page.styles)}">
</head>
<body data-subject="${escaped(page.subject ?? '')}">
<${page.element}></${page.element}>
<script type="module" nonce="${page.nonce}" src="${escaped(page.script)}"></script>
</body>
</html>`;
}

/** 128 random bits. */
export function newNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
