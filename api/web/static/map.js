// The map: what is drawn comes from the base map and a layer of answers, both kept by the
// browser. Units are those of the base map: London in Web Mercator, 2^21 units around the world.
(() => {
  'use strict';
  const figure = document.getElementById('map');
  if (!figure) return;
  const frame = figure.querySelector('.map-view');
  const world = 2 ** 21, left = 1045480, top = 695520, unitM = 11.896;
  let hexM = 1000;
  const make = (name, attributes, parent) => {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    parent?.append(e);
    return e;
  };
  const html = (name, properties, parent) => {
    const e = Object.assign(document.createElement(name), properties);
    parent.append(e);
    return e;
  };
  const still = matchMedia('(prefers-reduced-motion:reduce)');

  let svg, full, view, k, cells = [], stations = [], layer = figure.dataset.layer, pinned;
  let tiles, groundCells, groundStations, hit, mark;

  // Where things are.
  const clampView = (v) => {
    v.w = Math.min(Math.max(v.w, 90), full.w);
    v.h = v.w * full.h / full.w;
    v.x = Math.min(Math.max(v.x, full.x), full.x + full.w - v.w);
    v.y = Math.min(Math.max(v.y, full.y), full.y + full.h - v.h);
    return v;
  };
  // fit is all of London in whatever shape the frame has.
  const fit = () => {
    const w = Math.max(5170, 4030 * frame.clientWidth / frame.clientHeight), h = w * frame.clientHeight / frame.clientWidth;
    return {x: (5170 - w) / 2, y: (4030 - h) / 2, w, h};
  };
  const middle = () => ({x: view.x + view.w / 2, y: view.y + view.h / 2});
  const viewAround = (p, w) => ({x: p.x - w / 2, y: p.y - w * full.h / full.w / 2, w});
  const point = (e) => {
    const box = svg.getBoundingClientRect();
    return {x: view.x + (e.clientX - box.left) * k, y: view.y + (e.clientY - box.top) * k};
  };
  const toScreen = (p) => ({x: (p.x - view.x) / k, y: (p.y - view.y) / k});
  const toDegrees = (p) => {
    const lon = (p.x + left) / world * 360 - 180;
    const lat = Math.atan(Math.sinh(Math.PI * (1 - 2 * (p.y + top) / world))) * 180 / Math.PI;
    return lat.toFixed(5) + ', ' + lon.toFixed(5);
  };
  const nearest = (list, p, within, x = 'x', y = 'y') => {
    let best, least = within;
    for (const c of list) {
      const d = Math.hypot(c[x] - p[x], c[y] - p[y]);
      if (d <= least) [best, least] = [c, d];
    }
    return best;
  };
  const cellAt = (p) => nearest(cells, p, hexM / unitM * 1.1);
  // fromGrid is a place of the National Grid, by the hexagon next to it.
  const fromGrid = (e, n) => {
    const best = nearest(cells, {e, n}, 6000, 'e', 'n');
    return best && {x: best.x + (e - best.e) / unitM, y: best.y - (n - best.n) / unitM};
  };

  // Names: as many as fit, in the order of the list.
  let names = [];
  const placeNames = () => {
    const width = frame.clientWidth, height = frame.clientHeight;
    const taken = [{x: width - 60, y: 0, w: 60, h: 160}, {x: 0, y: height - 34, w: 130, h: 34}]; // the buttons, the scale
    const free = (b) => b.x < width && b.y < height && b.x + b.w > 0 && b.y + b.h > 0 &&
      !taken.some((t) => b.x < t.x + t.w && t.x < b.x + b.w && b.y < t.y + t.h && t.y < b.y + b.h);
    for (const n of names) {
      const at = toScreen(n), lines = n.lines;
      const spot = k <= n.until && n.spots.map(([dx, dy, anchor]) => {
        const w = n.w, x = at.x + dx - {start: 0, middle: w / 2, end: w}[anchor];
        return {dx, dy, anchor, x, y: at.y + dy - n.h * 0.8, w, h: n.h * lines};
      }).find(free);
      n.e.classList.toggle('off', !spot);
      if (!spot) continue;
      taken.push(spot);
      for (const e of [n.e, ...n.e.children]) e.setAttribute('x', n.x + spot.dx * k);
      n.e.setAttribute('y', n.y + spot.dy * k);
      n.e.style.textAnchor = spot.anchor;
    }
  };
  const around = [[8, 4, 'start'], [-8, 4, 'end'], [0, -9, 'middle'], [0, 18, 'middle']];
  const over = [[0, 0], [0, 13], [0, -13], [0, 26], [0, -26], [18, 0], [-18, 0]].map((d) => [...d, 'middle']);
  const listNames = () => {
    const out = [];
    const add = (e, size, until, spots) => {
      const lines = 1 + e.children.length;
      const longest = Math.max(...[...e.childNodes].map((c) => c.textContent.length));
      const w = longest * size * 0.6 + 6, h = size * 1.15;
      out.push({e, lines, w, h, x: e.x0 ??= +e.getAttribute('x'), y: e.y0 ??= +e.getAttribute('y'), until, spots});
    };
    const boroughs = [...svg.querySelectorAll('text.borough')], placed = [...svg.querySelectorAll('text.name')];
    // The busiest stations' names are those that everybody knows; the others come nearer.
    for (const e of placed.slice(0, 12)) add(e, 12, 9, around);
    for (const e of boroughs) add(e, 12.5, 30, over);
    for (const e of placed.slice(12)) add(e, 12, 6, around);
    for (const e of svg.querySelectorAll('text.road')) add(e, 10, 8, [[0, 3, 'middle']]);
    for (const e of svg.querySelectorAll('text.crossing')) add(e, 11, 2.2, [[0, 4, 'middle']]);
    names = out;
  };

  // The view.
  let soon;
  const apply = () => {
    k = view.w / frame.clientWidth;
    svg.setAttribute('viewBox', [view.x, view.y, view.w, view.h].join(' '));
    svg.style.setProperty('--k', k);
    frame.classList.toggle('near', view.w < full.w * 0.98);
    moveTip();
    drawScale();
    clearTimeout(soon);
    soon = setTimeout(() => { placeNames(); drawTiles(); }, 60);
  };
  const zoom = (factor, at = middle()) => {
    const w = Math.min(Math.max(view.w * factor, 90), full.w), f = w / view.w;
    view = clampView({x: at.x - (at.x - view.x) * f, y: at.y - (at.y - view.y) * f, w});
    apply();
  };
  const pan = (dx, dy) => { view = clampView({...view, x: view.x + dx, y: view.y + dy}); apply(); };
  let flight;
  const fly = (to) => {
    cancelAnimationFrame(flight);
    clampView(to);
    if (still.matches) { view = to; apply(); return; }
    const from = {...view}, begin = performance.now();
    const step = (now) => {
      const t = Math.min(Math.max((now - begin) / 350, 0), 1), // a frame may have begun before
        s = t * t * (3 - 2 * t);
      view = {x: from.x + (to.x - from.x) * s, y: from.y + (to.y - from.y) * s, w: from.w + (to.w - from.w) * s};
      view.h = view.w * full.h / full.w;
      apply();
      if (t < 1) flight = requestAnimationFrame(step);
    };
    flight = requestAnimationFrame(step);
  };

  const scale = html('div', {className: 'map-scale'}, frame);
  const drawScale = () => {
    const m = [100, 200, 500, 1000, 2000, 5000, 10000].findLast((d) => d / unitM / k <= 110) ?? 100;
    scale.style.width = m / unitM / k + 'px';
    scale.textContent = m < 1000 ? m + ' m' : m / 1000 + ' km';
  };

  // The street map of others, where there is one.
  const drawTiles = () => {
    if (!figure.dataset.tiles) return;
    tiles.replaceChildren();
    const z = Math.min(Math.max(Math.round(13 - Math.log2(k)), 8), 18), size = 2 ** (21 - z);
    for (let x = Math.floor((view.x + left) / size); x * size < view.x + view.w + left; x++) {
      for (let y = Math.floor((view.y + top) / size); y * size < view.y + view.h + top; y++) {
        const href = figure.dataset.tiles.replace('{z}', z).replace('{x}', x).replace('{y}', y);
        make('image', {href, x: x * size - left, y: y * size - top, width: size, height: size}, tiles);
      }
    }
  };

  // What is said at a place: under the pointer, or beside the place that was asked about.
  const tip = html('div', {className: 'map-tip', hidden: true}, frame);
  let tipAt;
  const showTip = (p, title, text) => {
    tip.replaceChildren(Object.assign(document.createElement('strong'), {textContent: title}), text);
    tip.hidden = false;
    tipAt = p;
    moveTip();
  };
  const moveTip = () => {
    if (tip.hidden || !tipAt) return;
    const at = toScreen(tipAt), w = tip.offsetWidth, h = tip.offsetHeight;
    const x = at.x + 16 + w < frame.clientWidth ? at.x + 16 : at.x - 16 - w;
    const y = at.y + 16 + h < frame.clientHeight ? at.y + 16 : at.y - 16 - h;
    tip.style.transform = `translate(${Math.max(x, 4)}px,${Math.max(y, 4)}px)`;
  };
  const hideTip = () => {
    hit.setAttribute('d', '');
    groundStations.querySelector('.over')?.classList.remove('over');
    if (pinned) showTip(pinned.at, pinned.title, pinned.text); else tip.hidden = true;
  };
  const titled = (c) => [c.t.slice(0, c.t.indexOf(': ')), c.t.slice(c.t.indexOf(': ') + 2)];
  // A station is hit within a square of 24 pixels around it.
  const stationAt = (p) => nearest(stations, p, 14 * k);
  const look = (p) => {
    const s = stationAt(p), c = cellAt(p);
    hideTip();
    if (c) {
      hit.setAttribute('d', figure.shape);
      hit.setAttribute('transform', `translate(${c.x} ${c.y})`);
    }
    if (s) {
      s.e.classList.add('over');
      showTip(p, s.n + ' station' + (s.o ? ', out' : ''), figure.dataset.close && !s.o ? 'Choose it to see what changes without it.' : c?.t ?? '');
    } else if (c) showTip(p, ...titled(c));
    return c;
  };
  const choose = (p) => {
    const s = stationAt(p), c = cellAt(p);
    if (figure.dataset.close && s && !s.o) {
      location.assign(figure.dataset.close + '&out=' + encodeURIComponent(s.n));
      return;
    }
    if (!c && !s) return;
    const where = toDegrees(s && !figure.dataset.close ? s : p);
    if (figure.dataset.ask) {
      location.assign(figure.dataset.ask + '&where=' + encodeURIComponent(where));
      return;
    }
    const [title, text] = c ? titled(c) : [s.n, ''];
    pinned = {at: p, title, text};
    placeMark(p);
    hideTip();
    const form = document.getElementById('ask');
    form.elements.where.value = where;
    form.requestSubmit();
  };
  const placeMark = (p) => {
    mark.setAttribute('transform', p ? `translate(${p.x} ${p.y})` : '');
    mark.classList.toggle('off', !p);
  };

  // Colours.
  const draw = (l) => {
    hexM = l.size;
    figure.shape = hexagon();
    cells = l.cells.map((c) => ({...c, e: Math.sqrt(3) * hexM * (c.q + c.r / 2), n: 1.5 * hexM * c.r}));
    groundCells.replaceChildren();
    for (const c of cells) {
      make('path', {d: figure.shape, transform: `translate(${c.x} ${c.y})`, class: 'c' + c.c}, groundCells);
      if (c.m) make('circle', {cx: c.x, cy: c.y, r: 13, class: 'miss'}, groundCells);
    }
    groundStations.replaceChildren();
    stations = l.stations;
    for (const s of stations) {
      const g = make('g', {transform: `translate(${s.x} ${s.y})`}, groundStations);
      if (s.o) make('path', {d: 'M-7-7 7 7m0-14-14 14', class: 'at gone'}, g);
      else make('rect', {x: -4, y: -4, width: 8, height: 8, class: 'at station'}, g);
      s.e = g;
    }
    const namesOf = svg.querySelector('.names');
    for (const old of namesOf.querySelectorAll('.name')) old.remove();
    for (const s of stations) make('text', {x: s.x, y: s.y, class: 'name'}, namesOf).textContent = s.n;
    figure.querySelector('.map-said').textContent = l.said;
    listNames();
    placeNames();
  };
  const trouble = (text) => {
    frame.querySelector('.map-trouble')?.remove();
    if (!text) return;
    const note = html('p', {className: 'note map-trouble'}, frame);
    note.setAttribute('role', 'status');
    note.append(text + ' ');
    html('button', {type: 'button', className: 'plain', textContent: 'Try again', onclick: () => svg ? colour(layer) : start()}, note);
  };
  const get = async (address) => {
    const r = await fetch(address, {headers: {Accept: '*/*'}});
    if (!r.ok) throw new Error(r.status);
    return r;
  };
  // colour draws another layer; until it is there the old colours are grey.
  const colour = async (address) => {
    layer = address;
    figure.classList.add('stale');
    try {
      const l = await (await get(address)).json();
      if (address !== layer) return;
      draw(l);
      figure.classList.remove('stale');
      trouble('');
    } catch {
      if (address === layer) trouble('The colours are of another hour or engine: these did not come.');
    }
  };

  // The answer on the page: its place, its hour and its engine.
  const answer = document.getElementById('answer');
  const follow = () => {
    const a = answer.querySelector('[data-layer]')?.dataset ?? {};
    if (a.layer && new URL(a.layer, location).href !== new URL(layer, location).href) colour(a.layer);
    if (!answer.querySelector('.answer')) { pinned = undefined; placeMark(); hideTip(); return; }
    const p = +a.e && +a.n ? fromGrid(+a.e, +a.n) : undefined;
    const clicked = pinned && p && Math.hypot(p.x - pinned.at.x, p.y - pinned.at.y) * unitM < 250;
    const title = answer.querySelector('h2')?.textContent ?? '';
    pinned = p && {at: p, title, text: (a.say ?? '').replace(title + '. ', '')};
    placeMark(p);
    hideTip();
    if (!p || clicked) return;
    fly(viewAround(p, Math.min(view.w, full.w / 3.2)));
  };

  const start = async () => {
    trouble('');
    let base, l;
    try {
      [base, l] = await Promise.all([get(figure.dataset.base).then((r) => r.text()), get(layer).then((r) => r.json())]);
    } catch {
      trouble('The map did not come.');
      return;
    }
    svg = document.importNode(new DOMParser().parseFromString(base, 'image/svg+xml').documentElement, true);
    svg.setAttribute('aria-hidden', 'true');
    svg.setAttribute('preserveAspectRatio', 'none');
    groundCells = svg.querySelector('.cells');
    tiles = make('g', {class: 'tiles'});
    groundCells.before(tiles);
    hit = make('path', {class: 'hit', d: ''});
    svg.querySelector('.outline').after(hit);
    groundStations = make('g', {class: 'stations'});
    svg.querySelector('.names').before(groundStations);
    mark = make('g', {class: 'mark off'}, svg);
    make('circle', {r: 13, class: 'at'}, mark);
    make('circle', {r: 4, class: 'at'}, mark);
    frame.prepend(svg);
    full = fit();
    const kept = figure.dataset.close && JSON.parse(sessionStorage.getItem('map') ?? 'null');
    view = clampView({...full, ...kept});
    apply();
    draw(l);
    listen();
    if (answer) {
      new MutationObserver(follow).observe(answer, {childList: true});
      if (answer.querySelector('.answer')) follow();
    }
  };
  // hexagon is the path of one, leaning as the National Grid does on this map.
  const hexagon = () => {
    const lean = 0.0262, r = hexM * 0.97 / unitM;
    return 'M' + [0, 1, 2, 3, 4, 5].map((i) => {
      const a = (2 * i - 1) * Math.PI / 6 - lean;
      return (r * Math.cos(a)).toFixed(1) + ' ' + (-r * Math.sin(a)).toFixed(1);
    }).join('L') + 'Z';
  };

  const listen = () => {
    const tools = html('div', {className: 'map-tools'}, frame);
    for (const [text, name, act] of [['+', 'Nearer', () => zoom(0.5)], ['−', 'Farther', () => zoom(2)], ['⌂', 'All of London', () => fly({...full})]]) {
      html('button', {type: 'button', textContent: text, title: name, ariaLabel: name, onclick: act}, tools);
    }
    const cross = make('svg', {class: 'map-cross', viewBox: '-20 -20 40 40', width: 40, height: 40, 'aria-hidden': 'true'}, frame);
    make('path', {d: 'M-18 0h12m12 0h12M0-18v12m0 12v12'}, cross);
    const said = html('p', {className: 'vh'}, frame);
    said.setAttribute('role', 'status');
    frame.tabIndex = 0;
    frame.setAttribute('role', 'group');
    frame.setAttribute('aria-label', 'Map of London. Arrow keys move it, plus and minus zoom, Enter chooses its middle.');

    const touches = new Map();
    let from, spread, moved;
    svg.addEventListener('pointerdown', (e) => {
      if (e.button) return;
      cancelAnimationFrame(flight);
      touches.set(e.pointerId, e);
      moved = touches.size > 1;
      from = e;
      spread = undefined;
    });
    svg.addEventListener('pointermove', (e) => {
      if (!touches.has(e.pointerId)) {
        if (e.pointerType === 'mouse') look(point(e));
        return;
      }
      const last = touches.get(e.pointerId);
      touches.set(e.pointerId, e);
      if (touches.size === 2) {
        const [a, b] = [...touches.values()], d = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
        if (spread) zoom(spread / d, point({clientX: (a.clientX + b.clientX) / 2, clientY: (a.clientY + b.clientY) / 2}));
        spread = d;
        return;
      }
      if (!moved && Math.hypot(e.clientX - from.clientX, e.clientY - from.clientY) < 6) return;
      if (!moved) svg.setPointerCapture(e.pointerId);
      moved = true;
      frame.classList.add('moving');
      pan((last.clientX - e.clientX) * k, (last.clientY - e.clientY) * k);
    });
    const lift = (e) => {
      const was = touches.delete(e.pointerId);
      frame.classList.remove('moving');
      return was;
    };
    svg.addEventListener('pointerup', (e) => { if (lift(e) && !moved) choose(point(e)); });
    svg.addEventListener('pointercancel', lift);
    svg.addEventListener('pointerleave', (e) => { lift(e); hideTip(); });
    svg.addEventListener('wheel', (e) => {
      if (!e.ctrlKey && !frame.matches(':focus-within')) return; // the page scrolls
      e.preventDefault();
      zoom(2 ** (Math.sign(e.deltaY) * Math.min(Math.abs(e.deltaY), 120) / 240), point(e));
    }, {passive: false});
    frame.addEventListener('keydown', (e) => {
      if (e.target !== frame || e.ctrlKey || e.metaKey || e.altKey) return;
      const step = view.w / 8;
      const act = {
        ArrowLeft: () => pan(-step, 0), ArrowRight: () => pan(step, 0), ArrowUp: () => pan(0, -step), ArrowDown: () => pan(0, step),
        '+': () => zoom(0.5), '=': () => zoom(0.5), '-': () => zoom(2), Home: () => fly({...full}), 0: () => fly({...full}),
        Enter: () => choose(middle()), Escape: () => { pinned = undefined; hideTip(); },
      }[e.key];
      if (!act) return;
      e.preventDefault();
      act();
      if (e.key !== 'Escape' && e.key !== 'Enter') said.textContent = look(middle())?.t ?? 'outside London';
    });
    frame.addEventListener('blur', hideTip);
    if (figure.dataset.close) addEventListener('pagehide', () => view.w > 0 && sessionStorage.setItem('map', JSON.stringify(view))); // for another hour of the same place
    new ResizeObserver(() => {
      if (!frame.clientWidth || !frame.clientHeight) return; // out of sight
      const share = view.w / full.w, at = middle();
      full = fit();
      view = clampView(share > 0 ? viewAround(at, full.w * share) : {...full});
      apply();
    }).observe(frame);
  };
  start();
})();
