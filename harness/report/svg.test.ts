import { describe, expect, test } from 'vitest';
import { tidySvg } from './svg.ts';

describe('tidySvg', () => {
  const colours = new Map([['#b5380a', 'm0']]);

  test('turns known colours into variables and keeps the colour behind them', () => {
    expect(tidySvg('<path fill="#B5380A" d="M0,0"/>', colours)).toBe('<path fill="var(--m0,#B5380A)" d="M0,0"/>');
    expect(tidySvg('<path fill="#123456" d="M0,0"/>', colours)).toBe('<path fill="#123456" d="M0,0"/>');
  });

  test('makes a mark\u2019s label its title, for tooltips without a script', () => {
    const svg = '<path aria-label="a &lt;b&gt; &quot;c&quot;" d="M1.23456,2"/>';
    expect(tidySvg(svg, colours)).toBe('<path d="M1.2,2"><title>a &lt;b&gt; &quot;c&quot;</title></path>');
  });

  test('leaves text alone that looks like an attribute', () => {
    const svg = '<text x="1"> fill="#b5380a" d="1.23456"</text>';
    expect(tidySvg(svg, colours)).toBe(svg);
  });
});
