// The Ask page while one types: answers, suggestions, history. It works without this file.
(() => {
  'use strict';
  const form = document.getElementById('ask');
  const answer = document.getElementById('answer');
  if (!form || !answer) return;
  const where = form.elements.where;
  const announced = document.getElementById('ask-status');
  const current = () => new URLSearchParams(new FormData(form)).toString();
  const said = () => answer.querySelector('.answer')?.dataset;

  // What was answered shows in the page's parts: its title, its address, the last questions, the map.
  const show = (logged) => {
    const a = said();
    document.dispatchEvent(new CustomEvent('answered', {detail: {e: a?.e, n: a?.n}}));
    if (!a) {
      document.title = 'Ask · Attendance times';
      if (logged) announced.textContent = answer.querySelector('.choices h2')?.textContent ?? '';
      return;
    }
    // What was read from words shows in the fields.
    for (const name of ['reported', 'category']) {
      const option = form.elements[name].options[0];
      option.textContent = a[name] ? a[name] + ' (from your words)' : 'not known';
      form.elements[name].classList.toggle('told', a[name] !== '');
    }
    document.getElementById('more-set').textContent = a.more;
    document.title = a.tab + ' · Attendance times';
    if (!logged || !a.id) return;
    close();
    announced.textContent = a.say;
    const address = '/answers/' + a.id;
    if (location.pathname !== address) history.pushState(null, '', address);
    const last = document.getElementById('last');
    const item = Object.assign(document.createElement('li'), {innerHTML: '<a></a> <span class="fine">asked now</span>'});
    Object.assign(item.firstChild, {href: address, textContent: a.tab});
    last.prepend(item);
    while (last.children.length > 10) last.lastChild.remove();
    last.closest('section').hidden = false;
  };

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
        show(!how);
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
  // While somebody types the answers are previews; what it comes to is asked once more, for the log.
  const settle = () => { clearTimeout(timer); clearTimeout(pause); close(); ask(''); };
  form.addEventListener('input', (e) => {
    grey();
    clearTimeout(timer);
    clearTimeout(pause);
    if (e.target === where) timer = setTimeout(() => { ask('&preview'); suggest(); }, 30);
    pause = setTimeout(ask, 1000, ''); // what is suggested stays where there is no answer
  });
  form.addEventListener('change', (e) => { if (e.target !== where) settle(); });
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    const at = e.submitter?.dataset.when === '' ? e.submitter.value : null;
    if (at !== null) document.getElementById('when').value = at && later(at);
    settle();
  });
  // later is a time of the page's load, moved on by how long ago that was.
  const later = (at) => {
    const t = new Date(at + 'Z');
    return new Date(t.getTime() + performance.now()).toISOString().slice(0, 16);
  };
  answer.addEventListener('click', (e) => {
    const choice = e.target.closest('.choices a');
    if (choice && !e.ctrlKey && !e.metaKey && !e.shiftKey) {
      e.preventDefault();
      choose(choice.dataset.where);
    }
    if (e.target.id !== 'again' || current() !== shown) return;
    e.preventDefault();
    asked = logged = '';
    settle();
  });
  addEventListener('popstate', () => location.reload());
  document.addEventListener('keydown', (e) => {
    if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
    e.preventDefault();
    where.focus();
    where.select();
  });
  // Suggestions: a list under the field, by the pattern of an editable combobox.
  const list = document.getElementById('suggestions');
  const close = () => {
    list.hidden = true;
    where.setAttribute('aria-expanded', 'false');
    where.removeAttribute('aria-activedescendant');
  };
  const suggest = async () => {
    const text = where.value;
    if (text.trim().length < 2) return close();
    try {
      const r = await fetch('/suggestions?' + new URLSearchParams({where: text}), {headers: {Accept: '*/*'}, signal: AbortSignal.timeout(3000)});
      const found = r.ok ? await r.text() : '';
      if (where.value !== text || document.activeElement !== where || logged === current()) return;
      list.innerHTML = found;
      close();
      if (!list.firstElementChild) return;
      list.hidden = false;
      where.setAttribute('aria-expanded', 'true');
    } catch { close(); } // the answer says what is wrong
  };
  const choose = (text) => { where.value = text; settle(); where.focus(); };
  where.addEventListener('keydown', (e) => {
    if (list.hidden) return;
    const options = [...list.children], at = options.findIndex((o) => o.ariaSelected === 'true');
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      clearTimeout(pause); // somebody chooses
      const n = options.length, next = options[e.key === 'ArrowDown' ? (at + 1) % n : (at < 1 ? n : at) - 1];
      options.forEach((o) => { o.ariaSelected = String(o === next); });
      next.scrollIntoView({block: 'nearest'});
      where.setAttribute('aria-activedescendant', next.id);
    } else if (e.key === 'Enter' && at >= 0) {
      e.preventDefault();
      choose(options[at].dataset.where);
    } else if (e.key === 'Escape') {
      close();
    }
  });
  where.addEventListener('blur', () => setTimeout(close, 150)); // a click on the list comes first
  list.addEventListener('pointerdown', (e) => e.preventDefault());
  list.addEventListener('click', (e) => {
    const option = e.target.closest('[data-where]');
    if (option) choose(option.dataset.where);
  });

  if (said()?.id && location.pathname === '/') history.replaceState(null, '', '/answers/' + said().id);
})();
