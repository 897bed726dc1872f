"use strict";
/* Draws the map and answers pointer, keys and search. Documents become text nodes only. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const [X, Y, CLUSTER, LANGUAGE, RANK, DOCUMENT, CITATION, TRAIL, TEXT] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const points = data.points;
  const find = (id) => document.getElementById(id);
  const canvas = find("map");
  const pen = canvas.getContext("2d");

  const pluralise = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  const TEXTS = {
    en: {
      title: (name) => `Map of ${name}`, skip: "Skip the map", panel: "Passages and clusters", passage: "The passage",
      search: "Search passages, titles and clusters", hits: "Hits", clusters: "Clusters", languages: "Languages",
      copies: "Near-duplicates", showLinks: "Show near-duplicates", zoom: "Zoom", zoomIn: "Zoom in",
      zoomOut: "Zoom out", zoomAll: "Show all", unknown: "unknown", question: (text) => `Question: ${text}`,
      passages: (shown, all) => shown < all ? `${shown} of ${all} passages, a sample` : pluralise(all, "passage"),
      groups: (count) => pluralise(count, "cluster"), links: (count) => `${pluralise(count, "pair")} of near-duplicates`,
      found: (count) => `${count} found; Enter goes from one to the next`,
      keys: "Arrow keys go from passage to passage, + and − zoom, 0 shows all, Escape leaves the passage.",
      none: "Point at a dot, or move with the arrow keys, to read the passage.",
      copy: (count) => pluralise(count, "near-duplicate"), more: (count) => `${count} more`, hit: (rank) => `Hit ${rank}`,
      map: "Map of passages. Near passages mean alike.",
    },
    zh: {
      title: (name) => `${name} 的地图`, skip: "跳过地图", panel: "段落与主题", passage: "段落",
      search: "查找段落、标题和主题", hits: "命中", clusters: "主题", languages: "语言",
      copies: "近似重复", showLinks: "显示近似重复", zoom: "缩放", zoomIn: "放大", zoomOut: "缩小", zoomAll: "显示全部",
      unknown: "未知", question: (text) => `问题：${text}`,
      passages: (shown, all) => shown < all ? `共 ${all} 段，抽样显示 ${shown} 段` : `${all} 段`,
      groups: (count) => `${count} 个主题`, links: (count) => `${count} 对近似重复`,
      found: (count) => `找到 ${count} 段；按回车键逐一查看`,
      keys: "方向键在段落间移动，+ 和 − 缩放，0 显示全部，Esc 离开段落。",
      none: "指向一个点，或用方向键移动，即可阅读段落。",
      copy: (count) => `${count} 段近似重复`, more: (count) => `另有 ${count} 段`, hit: (rank) => `第 ${rank} 个命中`,
      map: "段落地图：相近的段落意思相近。",
    },
  };
  const language = (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
  const say = TEXTS[language];

  /* Two palettes of colours that stand out from their paper by 3 to 1. */
  const LIGHT = ["#0072b2", "#c14a00", "#007a5a", "#a83279", "#8a6d00", "#5b4bc4", "#b3261e", "#3d6b1f", "#00708a",
    "#7a4a2b", "#6b7280", "#9c27b0"];
  const DARK = ["#56b4e9", "#ff8a50", "#2ecc9b", "#f08cc8", "#e6c229", "#a99cff", "#ff8a80", "#9bd16a", "#4dd0e1",
    "#d7a98a", "#b0b8c4", "#d58be8"];
  const SHAPES = ["●", "■", "▲", "◆", "▼", "✚"];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (cluster) => (dark.matches ? DARK : LIGHT)[cluster % LIGHT.length];
  const shape = (number) => Math.min(number, SHAPES.length - 1);
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const copies = new Map();
  for (const [first, second] of data.links) {
    for (const [one, other] of [[first, second], [second, first]]) {
      if (!copies.has(one)) copies.set(one, []);
      copies.get(one).push(other);
    }
  }

  const state = { current: -1, hovered: -1, cluster: -1, language: -1, found: null, scale: 1, left: 0, top: 0,
    links: true };

  /* What one cannot read at a glance is left out: of many copies of a passage, and of a name that is a whole text. */
  const MOST_COPIES = 10;
  const LONGEST_LABEL = 60;
  const shorten = (text) => {
    const letters = Array.from(text);
    return letters.length > LONGEST_LABEL ? `${letters.slice(0, LONGEST_LABEL - 1).join("")}…` : text;
  };

  /* Places */
  let size = { width: 0, height: 0 };
  const MARGIN = 28;
  const side = () => Math.max(1, Math.min(size.width, size.height) - 2 * MARGIN);
  const place = (point) => [
    size.width / 2 + ((point[X] - 0.5 - state.left) * side()) * state.scale,
    size.height / 2 + ((point[Y] - 0.5 - state.top) * side()) * state.scale,
  ];
  const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
  const zoom = (factor, x = size.width / 2, y = size.height / 2) => {
    const before = state.scale;
    state.scale = clamp(before * factor, 1, 200);
    const change = 1 / before - 1 / state.scale;
    state.left = clamp(state.left + ((x - size.width / 2) / side()) * change, -0.6, 0.6);
    state.top = clamp(state.top + ((y - size.height / 2) / side()) * change, -0.6, 0.6);
    if (state.scale === 1) { state.left = 0; state.top = 0; }
    redraw();
  };
  const zoomAll = () => { state.scale = 1; state.left = 0; state.top = 0; redraw(); };

  /* Drawing */
  const isShown = (number) => {
    const point = points[number];
    return (state.cluster < 0 || point[CLUSTER] === state.cluster)
      && (state.language < 0 || point[LANGUAGE] === state.language)
      && (!state.found || state.found.has(number));
  };
  const trace = (kind, x, y, radius) => {
    pen.beginPath();
    if (kind === 0) pen.arc(x, y, radius, 0, 2 * Math.PI);
    else if (kind === 1) pen.rect(x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
    else if (kind === 5) {
      const arm = radius * 0.4;
      pen.rect(x - arm, y - radius, 2 * arm, 2 * radius);
      pen.rect(x - radius, y - arm, 2 * radius, 2 * arm);
    } else {
      const corners = { 2: [[0, -1.1], [1, 0.8], [-1, 0.8]], 3: [[0, -1.2], [1, 0], [0, 1.2], [-1, 0]],
        4: [[0, 1.1], [1, -0.8], [-1, -0.8]] }[kind];
      corners.forEach(([dx, dy], at) => pen[at ? "lineTo" : "moveTo"](x + dx * radius, y + dy * radius));
      pen.closePath();
    }
  };
  const radius = () => clamp(9 - 1.6 * Math.log10(points.length + 1) + Math.log2(state.scale) * 0.7, 2, 9);
  const label = (text, x, y, ink, paper, font) => {
    pen.font = font;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 4;
    pen.lineJoin = "round";
    pen.strokeStyle = paper;
    pen.strokeText(text, x, y);
    pen.fillStyle = ink;
    pen.fillText(text, x, y);
  };
  const drawLinks = (ink) => {
    pen.strokeStyle = ink;
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (const [first, second] of data.links) {
      if (!isShown(first) && !isShown(second)) continue;
      pen.moveTo(...place(points[first]));
      pen.lineTo(...place(points[second]));
    }
    pen.stroke();
  };
  const drawPoint = (number, size, faint, ring) => {
    const point = points[number];
    const [x, y] = place(point);
    pen.globalAlpha = faint ? 0.12 : 0.85;
    pen.fillStyle = colour(point[CLUSTER]);
    trace(shape(point[LANGUAGE]), x, y, size);
    pen.fill();
    if (!faint && state.links && copies.has(number)) {
      pen.lineWidth = 1.2;
      pen.strokeStyle = ring;
      trace(0, x, y, size + 2);
      pen.stroke();
    }
    pen.globalAlpha = 1;
  };
  const drawLabels = (ink, paper) => {
    const taken = hits.map((number) => {
      const [x, y] = place(points[number]);
      return [x - 12, y - 12, x + 12, y + 12];
    });
    data.clusters.forEach(([whole, , x, y], number) => {
      if (state.cluster >= 0 && state.cluster !== number) return;
      const name = shorten(whole);
      const [left, top] = place([x, y]);
      pen.font = "600 13px system-ui, sans-serif";
      const half = pen.measureText(name).width / 2 + 4;
      /* A label that would lie on another one or on a hit gives way upwards or downwards, or is left to the list. */
      for (const shift of [0, -16, 16, -32, 32, -48, 48]) {
        const box = [left - half, top + shift - 9, left + half, top + shift + 9];
        if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) {
          continue;
        }
        taken.push(box);
        label(name, clamp(left, half, size.width - half), top + shift, ink, paper, pen.font);
        break;
      }
    });
  };
  const drawHits = (ink, paper, size) => {
    for (const number of hits) {
      const [x, y] = place(points[number]);
      pen.fillStyle = ink;
      trace(0, x, y, size + 6);
      pen.fill();
      pen.font = "700 11px system-ui, sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillStyle = paper;
      pen.fillText(String(points[number][RANK]), x, y + 0.5);
    }
  };
  const drawFocus = (number, ink, size) => {
    const [x, y] = place(points[number]);
    pen.strokeStyle = ink;
    pen.lineWidth = 3;
    trace(0, x, y, size + 6);
    pen.stroke();
  };
  const draw = () => {
    waiting = false;
    const ratio = window.devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    const [ink, paper, accent, ring] = ["--ink", "--paper", "--accent", "--ring"].map(css);
    const dot = radius();
    if (state.links) drawLinks(ring);
    for (let number = 0; number < points.length; number += 1) if (!isShown(number)) drawPoint(number, dot, true, ring);
    for (let number = 0; number < points.length; number += 1) if (isShown(number)) drawPoint(number, dot, false, ring);
    drawLabels(ink, paper);
    drawHits(ink, paper, dot);
    for (const number of new Set([state.hovered, state.current])) if (number >= 0) drawFocus(number, accent, dot);
  };
  let waiting = false;
  const redraw = () => {
    if (!waiting) { waiting = true; requestAnimationFrame(draw); }
  };
  const resize = () => {
    const box = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    size = { width: box.width, height: box.height };
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    redraw();
  };

  /* Reading */
  const make = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  const show = (number) => {
    const section = find("passage");
    section.replaceChildren();
    if (number < 0) {
      section.append(make("p", say.none));
      return;
    }
    const point = points[number];
    const [, title] = data.documents[point[DOCUMENT]];
    const lines = [];
    if (point[RANK]) lines.push(make("p", say.hit(point[RANK])));
    lines.push(make("p", point[CITATION], "cite"));
    const trail = [title, point[TRAIL]].filter(Boolean).join(" › ");
    if (trail) lines.push(make("p", trail, "trail"));
    const text = make("p", point[TEXT], "text");
    text.dir = "auto";
    text.tabIndex = 0;
    const code = data.languages[point[LANGUAGE]];
    if (/^[a-z]{2,3}$/.test(code)) text.lang = code;
    lines.push(text);
    lines.push(make("p", data.clusters[point[CLUSTER]][0], "trail"));
    const alike = copies.get(number);
    if (alike) {
      const listed = alike.slice(0, MOST_COPIES).map((at) => points[at][CITATION]);
      if (alike.length > MOST_COPIES) listed.push(say.more(alike.length - MOST_COPIES));
      lines.push(make("p", `${say.copy(alike.length)}: ${listed.join(", ")}`));
    }
    section.append(...lines);
  };
  const go = (number, reveal = true) => {
    state.current = number;
    state.hovered = -1;
    show(number);
    if (reveal && number >= 0) {
      const [x, y] = place(points[number]);
      if (x < 0 || y < 0 || x > size.width || y > size.height) {
        state.left = points[number][X] - 0.5;
        state.top = points[number][Y] - 0.5;
      }
    }
    redraw();
  };

  /* Pointer */
  const nearest = (x, y, most) => {
    let best = -1;
    let least = most * most;
    for (let number = 0; number < points.length; number += 1) {
      if (!isShown(number)) continue;
      const [left, top] = place(points[number]);
      const distance = (left - x) ** 2 + (top - y) ** 2 - (points[number][RANK] ? 25 : 0);
      if (distance < least) { least = distance; best = number; }
    }
    return best;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let dragged = null;
  canvas.addEventListener("pointerdown", (event) => {
    dragged = { at: at(event), moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    if (dragged) {
      const [dx, dy] = [x - dragged.at[0], y - dragged.at[1]];
      if (!dragged.moved && Math.hypot(dx, dy) < 4) return;
      dragged = { at: [x, y], moved: true };
      state.left = clamp(state.left - dx / side() / state.scale, -0.6, 0.6);
      state.top = clamp(state.top - dy / side() / state.scale, -0.6, 0.6);
      redraw();
      return;
    }
    const number = nearest(x, y, 14);
    if (number !== state.hovered) {
      state.hovered = number;
      if (number >= 0) show(number); else show(state.current);
      redraw();
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    if (dragged && !dragged.moved) go(nearest(...at(event), 14), false);
    dragged = null;
  });
  canvas.addEventListener("pointercancel", () => { dragged = null; });
  canvas.addEventListener("pointerleave", () => {
    if (state.hovered >= 0) { state.hovered = -1; show(state.current); redraw(); }
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), ...at(event));
  }, { passive: false });

  /* Keys */
  const step = (dx, dy) => {
    if (state.current < 0) { go(hits[0] ?? nearest(size.width / 2, size.height / 2, Infinity)); return; }
    const from = points[state.current];
    let best = -1;
    let least = Infinity;
    for (let number = 0; number < points.length; number += 1) {
      if (number === state.current || !isShown(number)) continue;
      const [x, y] = [points[number][X] - from[X], points[number][Y] - from[Y]];
      const along = x * dx + y * dy;
      const across = Math.abs(x * dy) + Math.abs(y * dx);
      /* Points at the same place follow one another. */
      const same = x === 0 && y === 0 && (dx + dy > 0 ? number > state.current : number < state.current);
      if (!same && (along <= 0 || across > along)) continue;
      const cost = same ? -1 / (1 + Math.abs(number - state.current)) : along + 2 * across;
      if (cost < least) { least = cost; best = number; }
    }
    if (best >= 0) go(best);
  };
  const KEYS = {
    ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
    "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), 0: zoomAll, Escape: () => go(-1),
  };
  canvas.addEventListener("keydown", (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });

  /* Lists */
  const list = (id, entries) => {
    const target = find(id).querySelector("ul, ol");
    for (const { mark, text, count, ink, press } of entries) {
      const button = make("button");
      button.type = "button";
      const sign = make("span", mark, "mark");
      if (ink !== undefined) { sign.dataset.cluster = ink; }
      button.append(sign, make("span", text));
      if (count !== undefined) button.append(make("span", String(count), "count"));
      button.addEventListener("click", () => press(button));
      const item = make("li");
      item.append(button);
      target.append(item);
    }
    find(id).hidden = entries.length === 0;
  };
  const choose = (name, number) => (button) => {
    const pressed = state[name] !== number;
    state[name] = pressed ? number : -1;
    for (const other of button.closest("ul").querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", String(pressed));
    redraw();
  };
  const paint = () => {
    for (const sign of document.querySelectorAll(".mark[data-cluster]")) sign.style.color = colour(+sign.dataset.cluster);
    redraw();
  };
  const hits = points.map((point, number) => [point[RANK], number]).filter(([rank]) => rank)
    .sort((one, other) => one[0] - other[0]).map(([, number]) => number);

  /* Search */
  let texts = null;
  const search = () => {
    const wanted = find("search").value.trim().toLowerCase();
    texts = texts || points.map((point) => [point[TEXT], point[CITATION], point[TRAIL],
      ...data.documents[point[DOCUMENT]], data.clusters[point[CLUSTER]][0]].join("\n").toLowerCase());
    state.found = wanted ? new Set(texts.flatMap((text, number) => text.includes(wanted) ? [number] : [])) : null;
    find("found").textContent = wanted ? say.found(state.found.size) : "";
    redraw();
  };
  find("search").addEventListener("input", search);
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
    if (!state.found || !state.found.size) return;
    const numbers = [...state.found];
    go(numbers[(numbers.indexOf(state.current) + 1) % numbers.length]);
  });

  /* Begin */
  document.documentElement.lang = language === "zh" ? "zh" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say[element.dataset.text];
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say[element.dataset.label]);
    if (element.tagName === "BUTTON") element.title = say[element.dataset.label];
  }
  canvas.setAttribute("aria-label", say.map);
  document.title = say.title(data.name);
  find("title").textContent = data.question === null ? say.title(data.name) : say.question(data.question);
  const facts = [say.passages(points.length, data.passages), say.groups(data.clusters.length)];
  if (data.links.length) facts.push(say.links(data.links.length));
  find("summary").textContent = facts.join(" · ");
  find("keys").textContent = say.keys;
  find("in").addEventListener("click", () => zoom(1.5));
  find("out").addEventListener("click", () => zoom(1 / 1.5));
  find("all").addEventListener("click", zoomAll);
  find("links").addEventListener("change", (event) => { state.links = event.target.checked; redraw(); });
  find("copies").hidden = !data.links.length;
  list("clusters", data.clusters.map(([name, count], number) => ({
    mark: "●", text: name, count, ink: number, press: choose("cluster", number),
  })));
  list("languages", data.languages.length < 2 ? [] : data.languages.map((code, number) => ({
    mark: SHAPES[shape(number)], text: code || say.unknown,
    count: points.filter((point) => point[LANGUAGE] === number).length, press: choose("language", number),
  })));
  list("hits", hits.map((number) => ({
    mark: String(points[number][RANK]), text: points[number][CITATION], press: () => { go(number); },
  })));
  for (const button of document.querySelectorAll("#clusters button, #languages button")) {
    button.setAttribute("aria-pressed", "false");
  }
  show(-1);
  dark.addEventListener("change", paint);
  new ResizeObserver(resize).observe(find("frame"));
  resize();
  paint();
})();
