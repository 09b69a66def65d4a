import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Html, html, trustedMarkup } from '../html.ts';

const PAGE_CSS = readFileSync(new URL('./page.css', import.meta.url), 'utf8');
const PAGE_JS = readFileSync(new URL('./page.js', import.meta.url), 'utf8');

/**
 * The page may run this one script, known by its hash, and load nothing at all: a browser keeps it offline, and a string of a run that
 * slipped through as markup would still not run.
 */
const SCRIPT_HASH = createHash('sha256').update(PAGE_JS).digest('base64');
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

/** A whole page around its content. Self-contained: style and script are in it, and nothing is fetched. */
export function renderDocument(page: { title: string; css: string; body: Html; scripted: boolean }): string {
  const script = page.scripted ? html`<script>${trustedMarkup(PAGE_JS)}</script>` : null;
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>${page.title}</title>
<link rel="icon" href="data:,">
<style>${trustedMarkup(page.css)}
${trustedMarkup(PAGE_CSS)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="page" id="content">
${page.body}
</div>
${script}
</body>
</html>
`;
  return text.markup;
}
