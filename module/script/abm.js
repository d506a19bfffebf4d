// abm.js: makes in the browser the edits that nginx decided on, after the page's framework has taken over its HTML.
// It is served by abm_script, and reads the data block that nginx puts behind <head> (rules/match/edits_json.h); in a
// page without one it does nothing. What is served is abm.min.js, which minify.sh makes of it.
(() => {
  // How often the edits of one slot are made again when something undoes them; beyond that they stay undone.
  const most = 50;
  // How long slots may be hidden, how long the page has to keep still before edits are made, and how long that is waited
  // for, in ms.
  const longest = 1000, still = 60, busy = 600;
  const d = document, w = window;
  // Nothing of ours may disturb the page.
  const safe = f => (...a) => { try { return f(...a); } catch {} };
  const later = (f, ms) => setTimeout(safe(f), ms);
  const on = (target, name, f) => target.addEventListener(name, safe(f));

  const data = safe(() => JSON.parse(d.getElementById('abm-edits').textContent))();
  if (!data) return;
  let edits = [], active, sheet;
  // Scripts tidy up the arguments of the address; that is no other page.
  const here = () => location.pathname;
  let page = here();

  // Elements that edits put in: no selector means them.
  const ours = new WeakSet;
  // Sites that allow no markup from strings but by policy (Trusted Types) can allow ours by its name.
  let trusted = { createHTML: s => s };
  safe(() => { trusted = w.trustedTypes.createPolicy('abm', trusted); })();
  const parse = (markup, around) => {
    const box = d.createElementNS(around.namespaceURI, around.localName);
    box.innerHTML = trusted.createHTML(markup);
    box.querySelectorAll('*').forEach(el => ours.add(el));
    return [...box.childNodes];
  };

  // What an edit does to one element: steps that can be made, be looked at and be undone one by one.
  const steps = (edit, el) => {
    const list = [];
    const add = (holds, make, undo) => list.push({ holds, make, undo });
    const change = (get, set, value) => {
      let was;
      add(() => get() === value, () => { was = get(); set(value); }, () => set(was));
    };
    const whole = 'html' in edit;
    const inside = !/^(script|style|iframe|noscript)$/.test(el.localName);
    if (whole && inside) {
      let now, old;
      add(() => el.innerHTML === now, () => {
        old = [...el.childNodes];
        el.replaceChildren(...parse((edit.prepend || '') + edit.html + (edit.append || ''), el));
        now = el.innerHTML;
      }, () => el.replaceChildren(...old));
    }
    for (const where of ['before', 'prepend', 'append', 'after']) {
      const outside = /e$|r$/.test(where);
      if (!edit[where] || !outside && (whole || !inside)) continue;
      let nodes = [];
      const parent = () => outside ? el.parentNode : el;
      const drop = () => nodes.forEach(n => n.remove());
      add(() => nodes[0] && nodes.every(n => n.parentNode == parent()), () => {
        drop();
        el[where](...nodes = parse(edit[where], parent()));
      }, drop);
    }
    const attributes = { ...edit.attributes, ...edit.hide && { hidden: '' } };
    for (const name in attributes) change(() => el.getAttribute(name),
      v => v === null ? el.removeAttribute(name) : el.setAttribute(name, v), attributes[name]);
    const classes = (names, wanted) => names && names.forEach(name =>
      change(() => el.classList.contains(name), v => el.classList.toggle(name, v), wanted));
    classes(edit.removeClass, false);
    classes(edit.addClass, true);
    // A node that is gone would break the framework that it belongs to.
    if (edit.remove) change(() => el.style.display, v => el.style.setProperty('display', v, 'important'), 'none');
    return list;
  };

  const apply = () => {
    for (const edit of edits) safe(() => {
      for (const el of new Set([...edit.made.keys(), ...d.querySelectorAll(edit.select)])) {
        if (ours.has(el)) continue;
        let list = edit.made.get(el);
        if (!list) {
          if (edit.left < 1) continue;
          edit.made.set(el, list = steps(edit, el));
          if (seen && !edit.hide && !edit.remove) seen.look(edit.slot, el);
        }
        const broken = el.isConnected ? list.filter(step => !step.holds()) : [];
        // All that the page has at first; from then on, so many.
        if (broken[0] && (!edit.again || edit.left-- > 0)) broken.forEach(step => step.make());
      }
      edit.again = 1;
    })();
    changes.takeRecords();
  };
  let moved = 0;
  const changes = new MutationObserver(safe(() => {
    moved = performance.now();
    // Where browsers do not tell of navigation: a page that is another one has changed.
    if (here() != page) go();
    else if (active) apply();
  }));

  const use = (list = []) => {
    for (const { made } of edits) for (const one of made.values()) for (const step of one.reverse())
      safe(() => step.holds() && step.undo())();
    edits = list.map(edit => ({ ...edit, made: new Map, left: most }));
  };

  // Slots are hidden by a style sheet that no policy forbids and no page sees; where there is none, they are not.
  const hide = () => {
    sheet = new CSSStyleSheet;
    sheet.replaceSync(data.edits.map(({ select }) => select + '{visibility:hidden!important}').join(''));
    d.adoptedStyleSheets.push(sheet);
  };
  const show = () => {
    d.adoptedStyleSheets = d.adoptedStyleSheets.filter(s => s != sheet);
  };

  // Frameworks hydrate when their scripts have run: those that the page names, each of which was fetched once its timing
  // is there, or at the latest when all of the page is loaded (what an asynchronous module imports is not known before).
  // Then the page has to keep still, and a script gets as much time again as it took to come: it may import another one.
  let parsed, ready;
  const ran = s => s.noModule || !(s.async && s.type == 'module') && performance.getEntriesByName(s.src || s.href)[0];
  let wait = () => {
    const now = performance.now();
    if (!ready && (d.readyState == 'complete' || parsed && [...d.querySelectorAll('script[src],link[rel=modulepreload]')].every(ran))) ready = now;
    // No number as long as `ready` is none.
    const quiet = Math.max(ready, Math.min(moved, ready + busy), ...performance.getEntriesByType('resource').map(e =>
      /script|link/.test(e.initiatorType) && Math.min(e.responseEnd, ready + longest) + Math.min(e.duration, longest)));
    if (now - quiet > still) {
      active = 1;
      apply();
      show();
    } else later(() => (w.requestIdleCallback || later)(safe(() => wait())), 16);
  };

  // Which slots were visible for a second: half of an element, or as much of it as the window takes (nearly, since the
  // browser tells of every hundredth of the element).
  const watch = () => {
    const slots = new Map, timers = new Map, told = new Set;
    const found = [];
    const send = () => {
      // abm_seen takes so many at a time.
      while (found[0]) navigator.sendBeacon(location.origin + data.seen,
        ['seen/1', data.id, data.page, ...found.splice(0, 64)].join('\n'));
    };
    const viewer = new IntersectionObserver(safe(list => {
      for (const { target, intersectionRatio, intersectionRect } of list) {
        clearTimeout(timers.get(target));
        if (intersectionRatio < .5 && intersectionRect.height < innerHeight * .9) continue;
        timers.set(target, later(() => {
          for (const slot of slots.get(target) || []) {
            if (told.has(slot)) continue;
            told.add(slot);
            if (!found[0]) later(send, 1000);
            found.push(slot);
          }
        }, 1000));
      }
    }), { threshold: [...Array(51).keys()].map(i => i / 100) });
    on(d, 'visibilitychange', () => {
      if (d.hidden) send();
      viewer.disconnect();
      timers.forEach(clearTimeout);
      if (!d.hidden) for (const el of slots.keys()) viewer.observe(el);
    });
    on(w, 'pagehide', send);
    return {
      look: (slot, el) => { slots.set(el, [...slots.get(el) || [], slot]); viewer.observe(el); },
      stop: () => { send(); viewer.disconnect(); slots.clear(); }
    };
  };
  let seen;

  // Another page without a load: what was made stays until it is known what comes.
  const go = async () => {
    if (here() == page) return;
    const asked = page = here();
    if (seen) seen.stop();
    seen = active = 0;
    // A page that has not become ready by now will not: its framework goes on.
    (wait = show)();
    let list = [];
    try {
      if (data.slots) list = (await (await fetch(
        location.origin + data.slots + encodeURIComponent(page + location.search))).json()).edits;
    } catch {}
    if (asked != page) return;
    use(list);
    active = 1;
    apply();
  };

  safe(() => {
    if (data.seen) seen = watch();
    use([...data.edits, ...data.watch || []]);
    hide();
    later(show, longest);
  })();
  changes.observe(d, { subtree: true, childList: true, characterData: true, attributes: true });
  on(d, 'DOMContentLoaded', () => { parsed = 1; });
  later(wait, 0);
  on(w.navigation || w, 'currententrychange', go);
})();
