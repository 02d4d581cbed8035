// Answers as one types, coverage at a choice, steps that move by themselves.
// Every page works without this file.
(() => {
  'use strict';
  const form = document.getElementById('ask');
  const answer = document.getElementById('answer');
  if (form && answer) {
    let timer, asked;
    const ask = async () => {
      const query = new URLSearchParams(new FormData(form)).toString();
      if (query === asked) return;
      asked = query;
      try {
        const r = await fetch('/answer?' + query, {headers: {Accept: 'text/html'}});
        // A slow answer to an old question must not replace a newer one.
        if (!r.ok || query !== asked) return;
        answer.innerHTML = await r.text();
        history.replaceState(null, '', '/?' + query);
      } catch { /* offline: the button still works */ }
    };
    form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, 250); });
    form.addEventListener('submit', (e) => { e.preventDefault(); clearTimeout(timer); ask(); });
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
