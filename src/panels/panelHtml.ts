/** Where the page's own files are, and what it is about. */
export interface PanelPage {
  readonly scriptUri: string;
  readonly styleUri: string;
  readonly cspSource: string;
  readonly nonce: string;
  /** Of its own, because the component library reads it from the page. */
  readonly styleNonce: string;
  readonly title: string;
  /** Whether the page starts workers. */
  readonly workers?: boolean;
  /** Kept in the webview's state, so that the panel can be restored: folder of the run, or the file, that it is about. */
  readonly about: string;
}

/** The page of a panel: its own script and style sheet, and nothing else from anywhere. */
export function panelHtml(page: PanelPage): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${page.nonce}'`,
    // Of its own script only: see webview/masks/workerPainter.ts.
    ...(page.workers ? [`worker-src blob:`] : []),
    `style-src ${page.cspSource} 'nonce-${page.styleNonce}'`,
    `form-action 'none'`,
    `base-uri 'none'`,
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta property="csp-nonce" content="${page.styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeHtml(page.styleUri)}">
<title>${escapeHtml(page.title)}</title>
</head>
<body>
<main id="app" data-about="${escapeHtml(page.about)}"></main>
<script nonce="${page.nonce}" src="${escapeHtml(page.scriptUri)}"></script>
</body>
</html>
`;
}

/** Text that means itself, in content and in quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[character] ?? '',
  );
}
