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
    let timer, pause, asked, logged;
    // While somebody types the answers are previews; what it comes to is asked once more, for the log.
    const preview = () => { clearTimeout(timer); clearTimeout(pause); timer = setTimeout(ask, 100, '&preview'); pause = setTimeout(settle, 1000); };
    const settle = () => { clearTimeout(timer); clearTimeout(pause); ask(''); };
    const ask = async (how) => {
      const query = new URLSearchParams(new FormData(form)).toString();
      if (query === (how ? asked : logged)) return;
      asked = query;
      if (!how) logged = query;
      answer.setAttribute('aria-busy', 'true');
      try {
        const r = await fetch('/answer?' + query + how, {headers: {Accept: 'text/html'}});
        // A slow answer to an old question must not replace a newer one.
        if (query !== asked) return;
        if (r.status === 401) { location.reload(); return; }
        const open = [...answer.querySelectorAll('details')].map((d) => d.open);
        answer.innerHTML = await r.text();
        if (open.length) answer.querySelectorAll('details').forEach((d, i) => { d.open = open[i]; });
        history.replaceState(null, '', '/?' + query);
        mark();
      } catch { asked = logged = ''; /* offline: the button still works */ }
      answer.removeAttribute('aria-busy');
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
  const coverage = document.getElementById('coverage');
  if (coverage) coverage.addEventListener('change', () => coverage.submit());
  const steps = document.getElementById('steps');
  if (steps && steps.dataset.events) {
    const source = new EventSource(steps.dataset.events);
    source.addEventListener('steps', (e) => { steps.innerHTML = e.data; });
    source.addEventListener('end', () => { source.close(); location.reload(); });
  }
})();
