import { describe, expect, test } from 'vitest';
import { codeWords, html, trustedMarkup } from './html.ts';

describe('html', () => {
  test('escapes what is put in, in text and in attributes', () => {
    const text = `<b title="x" and='y'>&`;
    expect(html`<p title="${text}">${text}</p>`.markup).toBe(
      '<p title="&lt;b title=&quot;x&quot; and=&#39;y&#39;&gt;&amp;">&lt;b title=&quot;x&quot; and=&#39;y&#39;&gt;&amp;</p>',
    );
  });

  test('puts markup into markup, lists after each other, and nothing for null', () => {
    expect(
      html`<ul>${['a', '<'].map((item) => html`<li>${item}</li>`)}${null}${trustedMarkup('<hr>')}</ul>`.markup,
    ).toBe('<ul><li>a</li><li>&lt;</li><hr></ul>');
  });

  test('sets words in backticks as code, and leaves an odd backtick be', () => {
    expect(codeWords('run `10k` or `<b>`, not `').markup).toBe('run <code>10k</code> or <code>&lt;b&gt;</code>, not `');
  });
});
