// Adds to a page that is complete without it: tooltips that appear at once, and the button that copies a chart's specification.
(() => {
  const tip = document.createElement('div');
  tip.className = 'tip';
  tip.hidden = true;
  document.body.append(tip);

  for (const title of document.querySelectorAll('svg title')) {
    const mark = title.parentElement;
    mark.dataset.tip = title.textContent;
    mark.setAttribute('aria-label', title.textContent);
    title.remove();
  }

  const place = (event) => {
    const width = tip.offsetWidth;
    const right = document.documentElement.clientWidth + window.scrollX - width - 8;
    tip.style.left = `${Math.max(window.scrollX + 8, Math.min(event.pageX + 14, right))}px`;
    tip.style.top = `${event.pageY + 16}px`;
  };
  document.addEventListener('pointermove', (event) => {
    const mark = event.target instanceof Element ? event.target.closest('[data-tip]') : null;
    tip.hidden = mark === null;
    if (mark === null) return;
    tip.textContent = mark.dataset.tip;
    place(event);
  });

  const unpack = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return JSON.parse(await new Response(stream).text());
  };
  const shownView = (chart) => [...chart.querySelectorAll('.view')].find((view) => view.offsetParent !== null);

  for (const button of document.querySelectorAll('button[data-chart]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      const chart = document.getElementById(button.dataset.chart);
      const specifications = await unpack(document.getElementById('specifications').textContent);
      const text = JSON.stringify(specifications[shownView(chart)?.dataset.view ?? ''] ?? [], null, 1);
      await navigator.clipboard.writeText(text);
      const label = button.textContent;
      button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = label;
      }, 1500);
    });
  }
})();
