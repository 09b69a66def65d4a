// Functions that run inside the browser; each stands for itself, because only its own text is sent there.

/** Texts that leave their drawing or lie on each other, in all drawings that are laid out. */
export function findBadLabels() {
  const bad = [];
  for (const drawing of document.querySelectorAll('.chart svg')) {
    const frame = drawing.getBoundingClientRect();
    const name = drawing.getAttribute('aria-label');
    const boxes = [...drawing.querySelectorAll('text')]
      .filter((text) => text.textContent !== '')
      .map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
    for (const [index, { text, box }] of boxes.entries()) {
      const wide = box.left < frame.left - 0.5 || box.right > frame.right + 0.5;
      const tall = box.top < frame.top - 0.5 || box.bottom > frame.bottom + 0.5;
      if (wide || tall) bad.push(`cut off: ${text} in ${name}`);
      for (const other of boxes.slice(index + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        // A line of text is taller than its letters: boxes may share a sliver.
        if (across > 0.5 && down > box.height * 0.2) bad.push(`overlap: ${text} / ${other.text} in ${name}`);
      }
    }
  }
  return bad;
}

/** How many drawings there are, and how many of them have no mark. */
export function countDrawings() {
  const drawings = [...document.querySelectorAll('.chart svg')];
  const isEmpty = (drawing) => drawing.querySelector('[class*=role-mark] :is(path,line,rect)') === null;
  return { all: drawings.length, empty: drawings.filter(isEmpty).length };
}

/** Goes through every setting of every chart's toggles; says where not exactly one view is shown. */
export function findWrongSettings() {
  const problems = [];
  for (const chart of document.querySelectorAll('figure.chart')) {
    const groups = [...chart.querySelectorAll('fieldset')].map((group) => [...group.querySelectorAll('input')]);
    const settings = groups.reduce(
      (all, inputs) => all.flatMap((chosen) => inputs.map((input) => [...chosen, input])),
      [[]],
    );
    for (const setting of settings) {
      for (const input of setting) input.checked = true;
      const shown = [...chart.querySelectorAll('.view, .no-view')].filter(
        (view) => getComputedStyle(view).display !== 'none',
      );
      const isRight = shown.length === 1 && shown[0].className === 'view';
      if (!isRight) problems.push(`${chart.id}: ${setting.map((one) => one.id).join(' ')}`);
    }
  }
  return problems;
}

export function listShownViews(chart) {
  return [...document.querySelectorAll(`#${chart} .view`)]
    .filter((view) => getComputedStyle(view).display !== 'none')
    .map((view) => view.dataset.view);
}

export function openAllDetails() {
  for (const details of document.querySelectorAll('details')) details.open = true;
}

/** How much wider than its window the page is, px. */
export function measureSidewaysPx() {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}

/** The paper's colour and the colour of the second mode's name in the first chart. */
export function readColours() {
  const label = document.querySelector('#rtt .view svg text[fill*="--m1"]');
  return [getComputedStyle(document.body).backgroundColor, getComputedStyle(label).fill];
}

export function readFocus() {
  const label = document.activeElement.closest('label');
  return { id: document.activeElement.id, outline: label === null ? '' : getComputedStyle(label).outlineStyle };
}

/** Charts of which at least one drawing is on the page. */
export function countChartsShown() {
  const isShown = (figure) => [...figure.querySelectorAll('svg')].some((svg) => svg.getClientRects().length > 0);
  return [...document.querySelectorAll('figure.chart')].filter(isShown).length;
}

export function readStructure() {
  const name = (one) => one.getAttribute('aria-label') ?? '';
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  return {
    levels: [...document.querySelectorAll('h1,h2,h3,h4')].map((heading) => Number(heading.tagName[1])),
    tablesWithoutCaption: [...document.querySelectorAll('table')].filter((table) => !table.caption?.textContent).length,
    unnamed: [...document.querySelectorAll('svg[role=img], [role=region]')].filter((one) => name(one) === '').length,
    twice: ids.filter((id, at) => ids.indexOf(id) !== at),
  };
}

export function readClipboard() {
  return navigator.clipboard.readText();
}

/** ms from the navigation's start to the frame in which the first chart stands. Runs before the page does. */
export function watchFirstChart() {
  const look = () => {
    const drawing = document.querySelector('.view svg');
    if (drawing === null || drawing.getClientRects().length === 0) {
      requestAnimationFrame(look);
      return;
    }
    requestAnimationFrame(() => {
      globalThis.firstChartMs = performance.now();
    });
  };
  requestAnimationFrame(look);
}

export function readFirstChartMs() {
  return globalThis.firstChartMs ?? null;
}
