"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const svg = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };

  // Eight colours told apart by colour-blind readers (after Okabe and Ito), times five shapes.
  const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#b5568f", "#8a6d00", "#2f9bd6", "#6a51a3", "#7a4a2b"];
  const DARK = ["#4fa8e8", "#f58a3c", "#2ec79b", "#e08bbd", "#e3c33c", "#8fd3ff", "#a895e8", "#c99a74"];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 760px)");
  const colour = (theme) => (dark.matches ? DARK : LIGHT)[theme % 8];
  const shape = (theme) => Math.floor(theme / 8) % 5;
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const papers = data.papers;
  const themes = data.themes;
  const canvas = $("map");
  const pen = canvas.getContext("2d");
  const view = { scale: 1, x: 0, y: 0 };
  const state = { hover: -1, open: -1, theme: -1, words: [], from: data.first, to: data.last, undated: true };
  let visible = papers.map(() => true);
  let width = 1, height = 1;

  // ---- the map ----------------------------------------------------------------------------
  const unit = () => Math.min(width, height) * 0.46;
  const screen = (p) => [
    width / 2 + (p.x * unit() * Math.max(1, (width / height) * 0.8) + view.x) * view.scale,
    height / 2 + (p.y * unit() + view.y) * view.scale,
  ];
  const radius = () => Math.max(2.2, Math.min(6.5, 90 / Math.sqrt(papers.length + 60))) * Math.min(2.2, Math.sqrt(view.scale));

  function trace(context, kind, x, y, r) {
    context.beginPath();
    if (kind === 0) context.arc(x, y, r, 0, 6.2832);
    else if (kind === 1) context.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
    else {
      const corners = { 2: [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]], 3: [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]], 4: [[0, 1.2], [1.1, -0.8], [-1.1, -0.8]] }[kind];
      corners.forEach(([a, b], i) => context[i ? "lineTo" : "moveTo"](x + a * r, y + b * r));
      context.closePath();
    }
  }

  function draw() {
    const ratio = devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const r = radius();
    let inView = 0;
    const faint = css("--faint"), quiet = css("--quiet"), tones = themes.map((_, i) => colour(i));
    for (const front of [false, true]) {
      papers.forEach((p, i) => {
        const lit = visible[i] && (state.theme < 0 || p.theme === state.theme);
        if (lit !== front) return;
        const [x, y] = screen(p);
        if (x < -9 || y < -9 || x > width + 9 || y > height + 9) return;
        inView += 1;
        pen.globalAlpha = lit ? 0.82 : 0.3;
        if (p.theme < 0) {
          pen.strokeStyle = lit ? quiet : faint;
          trace(pen, 0, x, y, r * 0.75);
          pen.stroke();
        } else {
          pen.fillStyle = lit ? tones[p.theme] : faint;
          trace(pen, shape(p.theme), x, y, r);
          pen.fill();
        }
      });
    }
    pen.globalAlpha = 1;
    names();
    if (!inView && papers.length) {
      pen.fillStyle = quiet;
      pen.fillText("No papers here: 0 shows all", width / 2, height / 2);
    }
    for (const i of [state.open, state.hover]) if (i >= 0) ring(i, r);
  }

  function ring(i, r) {
    const [x, y] = screen(papers[i]);
    pen.fillStyle = papers[i].theme < 0 ? css("--paper") : colour(papers[i].theme);
    trace(pen, papers[i].theme < 0 ? 0 : shape(papers[i].theme), x, y, r);
    pen.fill();
    pen.strokeStyle = css("--ink");
    pen.lineWidth = 2;
    trace(pen, 0, x, y, r + 4);
    pen.stroke();
    pen.lineWidth = 1;
  }

  function names() {
    pen.font = "600 12px system-ui, sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const ink = css("--ink"), quiet = css("--quiet"), halo = css("--halo");
    const litThemes = new Set(papers.filter((p, i) => visible[i]).map((p) => p.theme));
    const most = Math.max(4, (width * height) / 20000);  // more would hide the points; zooming in shows them
    const taken = [];
    themes.forEach((theme, number) => {
      if (state.theme >= 0 && state.theme !== number) return;
      const lit = litThemes.has(number);
      let [x, y] = screen(theme);
      if (taken.length >= most || x < 0 || y < 0 || x > width || y > height) return;
      const text = theme.short;
      const half = pen.measureText(text).width / 2 + 5;
      x = Math.max(half, Math.min(width - half, x));
      for (const step of [0, -18, 18, -36, 36]) {
        const box = [x - half, y + step - 9, x + half, y + step + 9];
        if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
        if (box[1] < 0 || box[3] > height) continue;
        taken.push(box);
        pen.lineWidth = 4;
        pen.lineJoin = "round";
        pen.strokeStyle = halo;
        pen.strokeText(text, x, y + step);
        pen.fillStyle = lit ? ink : quiet;
        pen.fillText(text, x, y + step);
        pen.lineWidth = 1;
        break;
      }
    });
  }

  let due = 0;
  const redraw = () => { if (!due) due = requestAnimationFrame(() => { due = 0; draw(); }); };

  function resize() {
    const box = $("stage").getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    width = Math.max(1, box.width);
    height = Math.max(1, box.height);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    draw();
  }

  function nearest(x, y, reach) {
    let best = -1, distance = reach * reach;
    papers.forEach((p, i) => {
      if (!visible[i] || (state.theme >= 0 && p.theme !== state.theme)) return;
      const [a, b] = screen(p);
      const d = (a - x) ** 2 + (b - y) ** 2;
      if (d < distance) { distance = d; best = i; }
    });
    return best;
  }

  function zoom(factor, x = width / 2, y = height / 2) {
    const scale = Math.max(0.5, Math.min(40, view.scale * factor));
    view.x += (x - width / 2) * (1 / scale - 1 / view.scale);
    view.y += (y - height / 2) * (1 / scale - 1 / view.scale);
    view.scale = scale;
    hover(-1);
    redraw();
  }

  function showAll() {
    Object.assign(view, { scale: 1, x: 0, y: 0 });
    redraw();
  }

  function hover(i) {
    if (i === state.hover) return;
    state.hover = i;
    const tip = $("tip");
    tip.hidden = i < 0;
    if (i >= 0) {
      const p = papers[i];
      tip.replaceChildren(make("strong", "", p.title), make("span", "quiet", about(p)));
      if (p.takeaway) tip.append(make("div", "", p.takeaway));
      const [x, y] = screen(p);
      const box = tip.getBoundingClientRect();
      tip.style.left = `${Math.max(6, Math.min(width - box.width - 6, x + 14))}px`;
      tip.style.top = `${y + 16 + box.height > height ? Math.max(6, y - box.height - 12) : y + 16}px`;
    }
    redraw();
  }

  const about = (p) => [p.date || "undated", p.theme < 0 ? `in no theme: ${p.reason}` : themes[p.theme].label].join(" · ");

  $("nearer").addEventListener("click", () => zoom(1.5));
  $("farther").addEventListener("click", () => zoom(1 / 1.5));
  $("whole").addEventListener("click", showAll);

  let drag = null;
  const fingers = new Map();
  function pinch(event) {
    const before = [...fingers.values()];
    fingers.set(event.pointerId, at(event));
    const [[a, b], [c, d]] = fingers.values();
    const apart = (p) => Math.max(1, Math.hypot(p[0][0] - p[1][0], p[0][1] - p[1][1]));
    zoom(apart([[a, b], [c, d]]) / apart(before), (a + c) / 2, (b + d) / 2);
    drag = { from: at(event), moved: true };
  }
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  canvas.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, at(event));
    drag = { from: at(event), moved: fingers.size > 1 };
  });
  for (const kind of ["pointerup", "pointercancel", "pointerleave"]) canvas.addEventListener(kind, (event) => fingers.delete(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    if (fingers.size === 2 && fingers.has(event.pointerId)) pinch(event);
    else if (drag && event.buttons) {
      if (Math.hypot(x - drag.from[0], y - drag.from[1]) > 4 || drag.moved) {
        view.x += (x - drag.from[0]) / view.scale;
        view.y += (y - drag.from[1]) / view.scale;
        drag = { from: [x, y], moved: true };
        hover(-1);
        redraw();
      }
    } else hover(nearest(x, y, radius() + 5));
  });
  canvas.addEventListener("pointerleave", () => { drag = null; hover(-1); });
  canvas.addEventListener("click", (event) => {
    const moved = drag && drag.moved;
    drag = null;
    if (moved) return;
    const i = nearest(...at(event), radius() + 5);
    if (i >= 0) open(i); else choose(-1);
  });
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY / 400), ...at(event)); }, { passive: false });

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function step([dx, dy]) {
    const start = state.hover >= 0 ? state.hover : state.open;
    if (start < 0) return hover(nearest(width / 2, height / 2, 1e6));
    const [x, y] = screen(papers[start]);
    let best = -1, least = Infinity;
    papers.forEach((p, i) => {
      if (i === start || !visible[i] || (state.theme >= 0 && p.theme !== state.theme)) return;
      const [a, b] = screen(p);
      const ahead = (a - x) * dx + (b - y) * dy;
      const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
      if (ahead > 0.5 && aside <= ahead * 2 && ahead + 2 * aside < least) { least = ahead + 2 * aside; best = i; }
    });
    if (best >= 0) hover(best);
  }
  canvas.addEventListener("keydown", (event) => {
    if (ARROWS[event.key]) step(ARROWS[event.key]);
    else if (event.key === "Enter" && state.hover >= 0) open(state.hover);
    else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") showAll();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT/.test(document.activeElement.tagName)) { event.preventDefault(); $("search").focus(); }
    if (event.key === "Escape") { close(); choose(-1); }
  });

  // ---- one paper --------------------------------------------------------------------------
  function open(i) {
    state.open = i;
    hover(-1);  // its title and finding are beside the map now
    const p = papers[i];
    const box = $("paper");
    const shut = make("button", "close", "×");
    shut.type = "button";
    shut.setAttribute("aria-label", "Close");
    shut.addEventListener("click", close);
    const abstract = make("p", "abstract");
    const start = p.takeaway ? p.abstract.indexOf(p.takeaway) : -1;
    if (start < 0) abstract.textContent = p.abstract || "No abstract.";
    else abstract.append(p.abstract.slice(0, start), make("mark", "", p.takeaway), p.abstract.slice(start + p.takeaway.length));
    box.replaceChildren(shut, make("h2", "", p.title), make("p", "quiet", about(p)));
    if (p.authors) box.append(make("p", "quiet", p.authors));
    if (/^https?:\/\//i.test(p.url || "")) {
      const link = make("a", "", p.url);
      link.href = p.url;
      link.rel = "noopener noreferrer";
      link.target = "_blank";
      box.append(link);
    }
    box.append(abstract);
    box.hidden = false;
    box.focus({ preventScroll: true });
    $("side").scrollTop = 0;
    if (narrow.matches) box.scrollIntoView();
    redraw();
  }
  function close() {
    if (state.open < 0) return;
    state.open = -1;
    $("paper").hidden = true;
    canvas.focus({ preventScroll: !narrow.matches });
    redraw();
  }

  // ---- filters ----------------------------------------------------------------------------
  const haystacks = papers.map((p) => `${p.title} ${p.abstract} ${p.authors}`.toLowerCase());
  function filter() {
    visible = papers.map((p, i) =>
      (p.month === null ? state.undated : p.month >= state.from && p.month <= state.to) &&
      state.words.every((word) => haystacks[i].includes(word)));
    const count = visible.filter(Boolean).length;
    $("shown").textContent = `${count} of ${papers.length} papers`;
    const list = $("found-list");
    list.replaceChildren();
    $("found").hidden = !state.words.length;
    if (state.words.length) {
      papers.map((p, i) => i).filter((i) => visible[i]).slice(0, 50).forEach((i) => {
        const item = make("li");
        const button = make("button", "plain", papers[i].title);
        button.type = "button";
        button.addEventListener("click", () => open(i));
        button.addEventListener("focus", () => hover(i));
        item.append(button);
        list.append(item);
      });
      if (!count) list.append(make("li", "quiet", "No paper matches."));
      if (count > 50) list.append(make("li", "quiet", `… and ${count - 50} more`));
    }
    if (state.hover >= 0 && !visible[state.hover]) hover(-1);
    redraw();
  }
  const monthName = (m) => `${Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, "0")}`;
  function period() {
    $("period").textContent = data.first === null ? "" : `${monthName(state.from)} to ${monthName(state.to)}`;
  }
  function setUpDates() {
    if (data.first === null) { $("dates").hidden = true; return; }
    for (const [id, key] of [["from", "from"], ["to", "to"]]) {
      const input = $(id);
      input.min = data.first;
      input.max = data.last;
      input.value = state[key];
      input.addEventListener("input", () => {
        state[key] = Number(input.value);
        if (state.from > state.to) {
          const other = key === "from" ? "to" : "from";
          state[other] = state[key];
          $(other).value = state[key];
        }
        period();
        filter();
      });
    }
    $("undated").addEventListener("change", () => { state.undated = $("undated").checked; filter(); });
    period();
  }
  $("search").addEventListener("input", () => {
    state.words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    filter();
  });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("reset").addEventListener("click", () => {
    Object.assign(state, { words: [], from: data.first, to: data.last, undated: true });
    Object.assign(view, { scale: 1, x: 0, y: 0 });
    $("search").value = "";
    $("from").value = data.first;
    $("to").value = data.last;
    $("undated").checked = true;
    choose(-1);
    period();
    filter();
  });

  // ---- themes -----------------------------------------------------------------------------
  function choose(number) {
    state.theme = number;
    document.querySelectorAll("#themes > li > details").forEach((details, i) => { if (i !== number && details.open) details.open = false; });
    redraw();
  }
  function mark(number) {
    const node = make("canvas", "mark");
    node.width = node.height = 28;
    const context = node.getContext("2d");
    context.fillStyle = colour(number);
    trace(context, shape(number), 14, 14, 10);
    context.fill();
    return node;
  }
  function citeButton(citation) {
    const button = make("button", "cite", `[${citation.n}] ${citation.title}`);
    button.type = "button";
    button.addEventListener("click", () => open(citation.paper));
    return button;
  }
  function claimLine(claim) {
    const line = make("p", "claim");
    const tick = make("span", `verdict ${claim.verdict}`, `${claim.mark} `);
    tick.title = claim.why || claim.verdict;
    line.append(tick, claim.text);
    if (claim.verdict !== "supported") line.append(make("span", "quiet", ` (${claim.why})`));
    for (const citation of claim.citations) line.append(citeButton(citation));
    return line;
  }
  function themeItem(theme, number) {
    const item = make("li");
    const details = make("details");
    const summary = make("summary");
    summary.append(mark(number), make("span", "label", theme.label), make("span", "size", `${theme.size}`));
    const body = make("div", "body");
    body.append(...theme.claims.map(claimLine));
    if (theme.against.length) body.append(make("p", "quiet", theme.againstText), ...theme.against.map(claimLine));
    if (theme.contrast) body.append(make("p", "quiet", theme.contrast));
    if (theme.children.length) body.append(make("p", "quiet", `Within it: ${theme.children.map((c) => `${c.label} (${c.size})`).join("; ")}.`));
    if (theme.trend) body.append(trendPlot(theme, number), make("p", "quiet", theme.trendText));
    details.append(summary, body);
    details.addEventListener("toggle", () => {
      if (details.open) choose(number);
      else if (state.theme === number) choose(-1);
    });
    item.append(details);
    return item;
  }
  function trendPlot(theme, number) {
    const points = theme.trend;
    const w = 320, h = 92, left = 30, bottom = 16;
    const top = Math.max(0.1, ...points.map((p) => (p.total >= 5 ? p.high : p.share || 0)));
    const x = (i) => left + ((w - left - 6) * (i + 0.5)) / points.length;
    const y = (v) => h - bottom - (h - bottom - 6) * Math.min(1, v / top);
    const plot = svg("svg", { viewBox: `0 0 ${w} ${h}`, class: "trend", role: "img", "aria-label": `Share of this theme by ${data.unit}` });
    plot.append(svg("line", { x1: left, x2: w - 6, y1: y(0), y2: y(0), stroke: css("--line") }));
    points.forEach((p, i) => {
      if (!p.total) return;
      const tone = colour(number);
      plot.append(svg("line", { x1: x(i), x2: x(i), y1: y(p.low), y2: y(p.high), stroke: tone, "stroke-width": 5, "stroke-opacity": css("--band") }));
      const dot = svg("circle", { cx: x(i), cy: y(p.share), r: 3, fill: p.total < 10 ? css("--panel") : tone, stroke: tone, "stroke-width": 1.4 });
      const title = svg("title", {});
      title.textContent = `${p.period}: ${p.count} of ${p.total} papers (${Math.round(100 * p.low)}–${Math.round(100 * p.high)} %)`;
      dot.append(title);
      plot.append(dot);
    });
    const text = (a, b, anchor, words) => { const node = svg("text", { x: a, y: b, "text-anchor": anchor }); node.textContent = words; plot.append(node); };
    text(left - 5, y(top) + 4, "end", `${Math.round(100 * top)} %`);
    text(left - 5, y(0) + 3, "end", "0");
    text(left, h - 2, "start", points[0].period);
    text(w - 6, h - 2, "end", points[points.length - 1].period);
    return plot;
  }

  function setUpText() {
    document.title = data.heading;
    $("heading").textContent = data.heading;
    $("account").textContent = data.account;
    $("trust").textContent = data.trust;
    $("overview").hidden = !data.overview.length;
    $("overview-text").replaceChildren(...data.overview.map(claimLine), make("p", "quiet", data.wrote));
    $("themes").replaceChildren(...themes.map(themeItem));
    const outside = papers.map((p, i) => i).filter((i) => papers[i].theme < 0);
    if (!outside.length) return;
    const details = make("details");
    details.append(make("summary", "", `In no theme: ${outside.length}`));
    const list = make("ol", "body");
    for (const i of outside) {
      const item = make("li");
      const button = make("button", "plain", papers[i].title);
      button.type = "button";
      button.addEventListener("click", () => open(i));
      item.append(button, make("span", "quiet", ` ${papers[i].reason}`));
      list.append(item);
    }
    details.append(list);
    $("outside").replaceChildren(details);
  }

  setUpText();
  setUpDates();
  filter();
  addEventListener("resize", resize);
  dark.addEventListener("change", () => { setUpText(); draw(); });
  resize();
})();
