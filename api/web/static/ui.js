// Answers as one types, coverage at a choice, steps that move by themselves.
// Every page works without this file.
(() => {
  'use strict';
  const form = document.getElementById('ask');
  const answer = document.getElementById('answer');
  const map = document.querySelector('.ask .map svg[data-west]');
  const svg = (name, attributes, parent) => {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    parent.append(e);
    return e;
  };
  // mark shows on the map which place was answered for.
  const mark = () => {
    if (!map) return;
    for (const old of map.querySelectorAll('.mark')) old.remove();
    const {e, n} = answer.querySelector('.answer')?.dataset ?? {};
    if (!e || !n) return;
    const at = {cx: (e - map.dataset.west) / 10, cy: (map.dataset.north - n) / 10};
    const g = svg('g', {class: 'mark'}, map);
    svg('circle', {...at, r: 95}, g);
    svg('circle', {...at, r: 22}, g);
  };
  if (form && answer) {
    const current = () => new URLSearchParams(new FormData(form)).toString();
    let timer, pause, asked, logged, shown = current();
    // trouble says above the answer, which is grey then, why there is no new one.
    const trouble = (text, action, act) => {
      const note = Object.assign(document.createElement('p'), {className: 'note trouble'});
      note.setAttribute('role', 'alert');
      const button = Object.assign(document.createElement('button'), {type: 'button', className: 'plain', textContent: action});
      button.addEventListener('click', act);
      note.append(text + ' ', button);
      answer.querySelector('.trouble')?.remove();
      answer.prepend(note);
    };
    // An answer to another question than the form's is grey.
    const grey = () => answer.classList.toggle('stale', current() !== shown);
    // While somebody types the answers are previews; what it comes to is asked once more, for the log.
    const preview = () => { grey(); clearTimeout(timer); clearTimeout(pause); timer = setTimeout(ask, 100, '&preview'); pause = setTimeout(settle, 1000); };
    const settle = () => { clearTimeout(timer); clearTimeout(pause); ask(''); };
    const ask = async (how) => {
      const query = current();
      grey();
      if (query === (how ? asked : logged)) return;
      asked = query;
      if (!how) logged = query;
      answer.setAttribute('aria-busy', 'true');
      const again = () => { asked = logged = ''; settle(); };
      const slow = setTimeout(() => trouble('The answer takes longer than usual.', 'Ask again', again), 3000);
      try {
        // Without text/html in Accept a session that is over is a 401 and no page.
        const r = await fetch('/answer?' + query + how, {headers: {Accept: '*/*'}, signal: AbortSignal.timeout(15000)});
        const text = await r.text();
        // A slow answer to an old question must not replace a newer one.
        if (query !== asked) return;
        if (r.status === 401) {
          trouble('Not answered: you are no longer signed in.', 'Sign in again', () => location.assign('/sign-in?to=' + encodeURIComponent('/?' + query)));
        } else if (!r.ok) {
          trouble('Not answered: the service has a problem (' + r.status + ').', 'Try again', again);
        } else {
          const open = [...answer.querySelectorAll('details')].map((d) => d.open);
          answer.innerHTML = text;
          if (open.length) answer.querySelectorAll('details').forEach((d, i) => { d.open = open[i]; });
          shown = query;
          history.replaceState(null, '', '/?' + query);
          mark();
        }
      } catch {
        if (query === asked) trouble('Not answered: no connection.', 'Try again', again);
      } finally {
        clearTimeout(slow);
        if (query === asked) {
          answer.removeAttribute('aria-busy');
          if (answer.querySelector('.trouble')) asked = logged = ''; // the same may be asked again
        }
        grey();
      }
    };
    form.addEventListener('input', preview);
    form.addEventListener('change', settle);
    form.addEventListener('submit', (e) => { e.preventDefault(); settle(); });
    map?.addEventListener('click', (e) => {
      const cell = e.target.closest('a');
      if (!cell || e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      form.elements.where.value = new URL(cell.href.baseVal, location.href).searchParams.get('where');
      settle();
    });
    document.addEventListener('keydown', (e) => {
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
      e.preventDefault();
      form.elements.where.focus();
      form.elements.where.select();
    });
  }
  // A plot says what its points are where somebody points at them.
  const tip = Object.assign(document.createElement('output'), {className: 'tip', hidden: true});
  document.body.append(tip);
  for (const img of document.querySelectorAll('img[src*="/plots/"]')) {
    let box, marks;
    img.addEventListener('pointerenter', async () => {
      if (marks) return;
      marks = [];
      const r = await fetch(img.src);
      if (!r.ok) return;
      const drawing = new DOMParser().parseFromString(await r.text(), 'image/svg+xml').documentElement;
      box = drawing.getAttribute('viewBox').split(' ').map(Number);
      marks = [...drawing.querySelectorAll('.value')].map((c) => ({x: +c.getAttribute('cx'), y: +c.getAttribute('cy'), text: c.textContent}));
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
  // What scrolls sideways can be reached by the keyboard.
  for (const e of document.querySelectorAll('.scroll')) if (e.scrollWidth > e.clientWidth) e.tabIndex = 0;
  const coverage = document.getElementById('coverage');
  if (coverage) coverage.addEventListener('change', () => coverage.submit());
  // The page's own part and the menu's badges follow what happens, while somebody looks.
  if (document.body.dataset.events) {
    let source;
    const follow = () => {
      source?.close();
      if (document.hidden) return;
      source = new EventSource(document.body.dataset.events);
      for (const id of ['board', 'steps']) source.addEventListener(id, (e) => { document.getElementById(id).innerHTML = e.data; });
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
