// What every page shares: plots that say their points, and parts that follow what happens.
// Every page works without this file.
(() => {
  'use strict';
  // A plot says what its points are where somebody points at them.
  const tip = Object.assign(document.createElement('output'), {className: 'tip', hidden: true});
  document.getElementById('main').append(tip);
  for (const img of document.querySelectorAll('img[src*="/plots/"]')) {
    let box, marks;
    img.addEventListener('pointerenter', async () => {
      if (marks) return;
      marks = [];
      const r = await fetch(img.src);
      if (!r.ok) return;
      const text = await r.text(); // as text: its styles are none that the policy lets in here
      box = text.match(/viewBox="([^"]*)"/)[1].split(' ').map(Number);
      const plain = (t) => new DOMParser().parseFromString(t, 'text/html').documentElement.textContent;
      marks = [...text.matchAll(/<circle class="value" cx="([^"]*)" cy="([^"]*)" r="0"><title>([^<]*)/g)].map((m) => ({x: +m[1], y: +m[2], text: plain(m[3])}));
    });
    img.addEventListener('pointermove', (e) => {
      if (!box) return;
      const scale = box[2] / img.clientWidth, far = (m) => Math.hypot(m.x - e.offsetX * scale, m.y - e.offsetY * scale);
      const near = marks.reduce((a, m) => (a && far(a) <= far(m) ? a : m), null);
      tip.hidden = !near || far(near) > 40;
      if (tip.hidden) return;
      tip.textContent = near.text;
      tip.style.left = e.pageX + 12 + 'px';
      tip.style.top = e.pageY - 34 + 'px';
    });
    img.addEventListener('pointerleave', () => { tip.hidden = true; });
  }
  // On a phone the menu scrolls: where one is stands in sight.
  document.querySelector('nav [aria-current]')?.scrollIntoView({block: 'nearest', inline: 'center'});
  // What scrolls sideways can be reached by the keyboard.
  for (const e of document.querySelectorAll('.scroll')) if (e.scrollWidth > e.clientWidth) e.tabIndex = 0;
  const coverage = document.getElementById('coverage');
  if (coverage) coverage.addEventListener('change', () => coverage.submit());
  // What was said once is not said again when the page is loaded again.
  const here = new URL(location);
  if (here.searchParams.has('changed')) {
    here.searchParams.delete('changed');
    history.replaceState(null, '', here);
  }
  const compare = document.getElementById('compare');
  if (compare) {
    const count = () => { compare.querySelector('button').disabled = compare.querySelectorAll(':checked').length < 2; };
    compare.addEventListener('change', count);
    count();
  }
  // The page's own part and the menu's badges follow what happens, while somebody looks.
  if (document.body.dataset.events) {
    let source;
    const follow = () => {
      source?.close();
      if (document.hidden) return;
      source = new EventSource(document.body.dataset.events);
      for (const id of ['board', 'steps', 'lead', 'elapsed']) {
        const part = document.getElementById(id);
        if (part) source.addEventListener(id, (e) => { part.innerHTML = e.data; });
      }
      source.addEventListener('badges', (e) => {
        const counts = JSON.parse(e.data);
        for (const badge of document.querySelectorAll('[data-badge]')) {
          badge.firstElementChild.textContent = counts[badge.dataset.badge];
          badge.hidden = !counts[badge.dataset.badge];
        }
      });
      source.addEventListener('end', () => { source.close(); location.reload(); });
    };
    document.addEventListener('visibilitychange', follow);
    addEventListener('pagehide', () => source?.close());
    follow();
  }
})();
