/**
 * Draws the flame graph of a page. The data: `frames` as [kind, name, file, line, module]; a tree as lists of each node's
 * parent, frame and own value, in which the root is node 0 and the nodes below it are threads.
 */
"use strict";

const profile = JSON.parse(document.getElementById("profile").textContent);
const element = (id) => document.getElementById(id);
const ROW = 18;
/** In pixels: what is narrower cannot be seen, and what is a little wider has no room for a name. */
const NARROWEST = 0.5;
const NARROW = 24;
const HUES = { python: 210, native: 28, kernel: 350, gc: 130, idle: 220, mark: 60, thread: 260 };
const WORDS = {
  ...{ python: "Python", native: "native", kernel: "kernel", gc: "garbage collection", idle: "idle" },
  ...{ mark: "not known", thread: "thread" },
};

/** What is shown: `zoomed` is the node of `root` that fills the width, `current` the one that has the focus. */
const state = { root: null, zoomed: null, current: null, pattern: null };
/** The nodes that are drawn, and what draws them. */
const drawn = new Map();

/** `key` is the same for all lines of a function. */
function newFrame({ kind, name, file = "", line = 0, module = "" }) {
  return { kind, name, file, line, module, key: [kind, name, file, module].join("\0") };
}

const frames = profile.frames.map(([kind, name, file, line, module]) =>
  newFrame({ kind: profile.kinds[kind], name, file, line, module })
);
const labels = profile.threads.map(({ pid, name }) =>
  newFrame({ kind: "thread", name: `process ${pid} thread ${name}` })
);

/** One node of the tree that is shown; `lines` has what each line weighs, where lines are not apart. */
function newNode(frame, parent) {
  return {
    frame,
    parent,
    children: new Map(),
    total: 0,
    self: 0,
    values: 0,
    before: 0,
    lines: new Map(),
    depth: parent ? parent.depth + 1 : 0,
  };
}

function child(parent, frame, isApart) {
  const key = isApart ? `${frame.key}\0${frame.line}` : frame.key;
  let node = parent.children.get(key);
  if (!node) parent.children.set(key, node = newNode(frame, parent));
  return node;
}

/** Whether each node of the data is of the chosen process and thread, and whether it is idle. */
function selected() {
  const [process, thread, shown] = ["process", "thread", "shown"].map((id) => element(id).value);
  const { parents, nodes } = profile;
  const isIn = new Array(parents.length).fill(false);
  for (let i = 1; i < parents.length; i++) {
    if (parents[i] !== 0) isIn[i] = isIn[parents[i]];
    else {
      isIn[i] = (thread === "" || Number(thread) === nodes[i]) &&
        (process === "" || Number(process) === profile.threads[nodes[i]].pid);
    }
  }
  return isIn.map((is, i) => is && (shown === "all" || (shown === "off") === isIdle(i)));
}

function isIdle(i) {
  return profile.parents[i] !== 0 && frames[profile.nodes[i]].kind === "idle";
}

/** The frames of a node of the data, innermost first. */
function stackOf(i) {
  const stack = [];
  for (let at = i; profile.parents[at] !== 0; at = profile.parents[at]) stack.push(frames[profile.nodes[at]]);
  return stack;
}

/** What is as wide as it weighs: the recording, or where two are compared, the one that is chosen. */
function weights() {
  return profile[element("side").value];
}

/** How much more of all a node is than before, from -1 to 1. */
function change({ values, before }) {
  return values / (state.root.values || 1) - before / (state.root.before || 1);
}

function add(node, { line }, [value, after, before]) {
  node.total += value;
  node.values += after;
  node.before += before;
  if (line > 0) node.lines.set(line, (node.lines.get(line) || 0) + value);
}

/** What each node of the data weighs: as is shown, in the recording, and in the one that it is compared with. */
function ownWeights() {
  const isIn = selected();
  const lists = [weights(), profile.values, profile.before || []];
  return profile.parents.map((_, i) => lists.map((list) => isIn[i] && list[i] || 0));
}

/** From the outermost frames on. Each node of the data comes behind its parent, whose place is known by then. */
function addCallees(root, isApart) {
  const { parents, nodes } = profile;
  const own = ownWeights();
  const all = own.map((one) => [...one]);
  for (let i = parents.length - 1; i > 0; i--) all[i].forEach((value, side) => all[parents[i]][side] += value);
  const places = [root];
  add(root, root.frame, all[0]);
  for (let i = 1; i < parents.length; i++) {
    if (all[i].every((value) => value === 0)) continue;
    const isThread = parents[i] === 0;
    if (isThread && profile.before) places[i] = root;
    else {
      const frame = (isThread ? labels : frames)[nodes[i]];
      places[i] = child(places[parents[i]], frame, isApart);
      add(places[i], frame, all[i]);
    }
    places[i].self += own[i][0];
  }
}

/** From the frames on that time was spent in. */
function addCallers(root, isApart) {
  for (const [i, own] of ownWeights().entries()) {
    if (i === 0 || own.every((value) => value === 0)) continue;
    const stack = stackOf(i);
    let node = root;
    add(root, root.frame, own);
    for (const frame of stack) {
      node = child(node, frame, isApart);
      add(node, frame, own);
    }
    if (stack.length > 0) child(root, stack[0], isApart).self += own[0];
  }
}

function build() {
  const [isReversed, isApart] = ["reverse", "lines"].map((id) => element(id).checked);
  const root = newNode(newFrame({ kind: "thread", name: "all" }), null);
  (isReversed ? addCallers : addCallees)(root, isApart);
  return root;
}

function percent(value, whole) {
  return whole === 0 ? "0 %" : `${(100 * value / whole).toFixed(value === whole ? 0 : 2)} %`;
}

function amount(value) {
  if (profile.unit === "bytes") {
    return value < 1024
      ? `${value} B`
      : value < 2 ** 20
      ? `${(value / 1024).toFixed(1)} KiB`
      : `${(value / 2 ** 20).toFixed(1)} MiB`;
  }
  return value < 1e3 ? `${value} us` : value < 1e6 ? `${(value / 1e3).toFixed(2)} ms` : `${(value / 1e6).toFixed(2)} s`;
}

function place({ frame, lines }) {
  const { file, module } = frame;
  if (file === "") return module;
  const sorted = [...lines].sort((a, b) => b[1] - a[1]);
  if (sorted.length < 2) {
    return `${file}${sorted.length ? `:${sorted[0][0]}` : ""}${module === "" ? "" : `, ${module}`}`;
  }
  const whole = sorted.reduce((sum, [, value]) => sum + value, 0);
  const some = sorted.slice(0, 5).map(([line, value]) => `${line} (${percent(value, whole)})`).join(", ");
  return `${file}, line ${some}${sorted.length > 5 ? ", …" : ""}${module === "" ? "" : `, ${module}`}`;
}

function describe(node) {
  const { frame, total, self } = node;
  const where = place(node);
  return `${frame.name}${where === "" ? "" : ` (${where})`}, ${WORDS[frame.kind]}\n` +
    `total ${amount(total)}, ${percent(total, state.root.total)} of all` +
    (state.zoomed === state.root ? "" : `, ${percent(total, state.zoomed.total)} of what is shown`) +
    `; self ${amount(self)}, ${percent(self, state.root.total)}` +
    (profile.before
      ? `; before ${percent(node.before, state.root.before)}, after ${percent(node.values, state.root.values)}`
      : "");
}

function hash(text) {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = (value * 31 + text.charCodeAt(i)) >>> 0;
  return value;
}

function moduleName({ kind, file, module }) {
  const path = module || file;
  return path === "" ? WORDS[kind] : path.slice(path.lastIndexOf("/") + 1);
}

function paint(target, frame, node) {
  if (element("colour").value === "change" && node) {
    const grown = change(node);
    target.style.setProperty("--hue", grown > 0 ? 0 : 215);
    target.style.setProperty("--saturation", `${Math.min(85, Math.round(Math.abs(grown) * 400))}%`);
    target.style.setProperty("--shade", "4%");
    return;
  }
  const isByModule = element("colour").value === "module";
  const hue = isByModule ? hash(moduleName(frame)) % 360 : HUES[frame.kind];
  const saturation = !isByModule && (frame.kind === "idle" || frame.kind === "thread") ? 14 : 62;
  target.style.setProperty("--hue", hue);
  target.style.setProperty("--saturation", `${saturation}%`);
  target.style.setProperty("--shade", `${hash(frame.name) % 12}%`);
}

function isFound({ frame }) {
  return state.pattern !== null && (state.pattern.test(frame.name) || state.pattern.test(frame.file || frame.module));
}

/** Nodes with their place in the width, from 0 to 1: those above `zoomed` fill it. */
function* placed() {
  const above = [];
  for (let node = state.zoomed.parent; node; node = node.parent) above.unshift(node);
  for (const node of above) yield { node, left: 0, width: 1, isAbove: true };
  const scale = 1 / (state.zoomed.total || 1);
  const least = NARROWEST / (element("graph").clientWidth || 1000);
  const stack = [{ node: state.zoomed, left: 0 }];
  while (stack.length > 0) {
    const { node, left } = stack.pop();
    const width = node.total * scale;
    if (width < least) continue;
    yield { node, left, width, isAbove: false };
    const children = [...node.children.values()].sort((a, b) => a.frame.name < b.frame.name ? -1 : 1);
    let at = left;
    for (const one of children) {
      stack.push({ node: one, left: at });
      at += one.total * scale;
    }
  }
}

function draw() {
  const graph = element("graph");
  const hadFocus = graph.contains(document.activeElement);
  drawn.clear();
  const parts = [...placed()];
  const depth = 1 + parts.reduce((most, { node }) => Math.max(most, node.depth), 0);
  const pixels = graph.clientWidth || 1000;
  const isUpwards = element("flames").checked;
  const page = document.createDocumentFragment();
  for (const { node, left, width, isAbove } of parts) {
    const box = document.createElement("div");
    const row = isUpwards ? depth - 1 - node.depth : node.depth;
    box.className = `frame${isAbove ? " above" : ""}${width * pixels < NARROW ? " narrow" : ""}${
      isFound(node) ? " found" : ""
    }`;
    box.style.left = `${left * 100}%`;
    box.style.width = `${width * 100}%`;
    box.style.top = `${row * ROW}px`;
    box.setAttribute("role", "treeitem");
    box.setAttribute("aria-level", node.depth + 1);
    box.setAttribute("aria-label", describe(node));
    if (node.children.size > 0) box.setAttribute("aria-expanded", "true");
    box.tabIndex = -1;
    box.textContent = node.frame.name;
    paint(box, node.frame, node);
    box.node = node;
    drawn.set(node, box);
    page.append(box);
  }
  graph.style.height = `${depth * ROW}px`;
  graph.replaceChildren(page);
  if (!drawn.has(state.current)) state.current = state.zoomed;
  drawn.get(state.current).tabIndex = 0;
  if (hadFocus) drawn.get(state.current).focus({ preventScroll: true });
  drawLegend(parts);
  tellFound();
}

function drawLegend(parts) {
  if (element("colour").value === "change") return drawChangeLegend();
  const isByModule = element("colour").value === "module";
  const totals = new Map();
  for (const { node, isAbove } of parts) {
    if (isAbove) continue;
    const name = isByModule ? moduleName(node.frame) : WORDS[node.frame.kind];
    const known = totals.get(name) || { frame: { ...node.frame, name: "" }, self: 0 };
    known.self += node.self;
    totals.set(name, known);
  }
  const all = [...totals].sort((a, b) => b[1].self - a[1].self).slice(0, 24);
  element("legend").replaceChildren(...all.map(([name, { frame, self }]) => {
    const item = document.createElement("li");
    paint(item, frame);
    item.textContent = `${name} ${percent(self, state.zoomed.total)}`;
    return item;
  }));
}

function drawChangeLegend() {
  const rows = [["grew", 1], ["as before", 0], ["shrank", -1]];
  element("legend").replaceChildren(...rows.map(([text, values]) => {
    const item = document.createElement("li");
    paint(item, null, { values: values * state.root.values, before: 0 });
    item.textContent = text;
    return item;
  }));
}

/** What is found weighs what its outermost frames weigh. */
function tellFound() {
  let found = 0;
  const stack = [state.root];
  while (state.pattern !== null && stack.length > 0) {
    const node = stack.pop();
    if (isFound(node)) found += node.total;
    else stack.push(...node.children.values());
  }
  element("found").textContent = state.pattern === null ? "" : `${percent(found, state.root.total)} found`;
}

function zoom(node) {
  state.zoomed = state.current = node;
  draw();
  tell(node);
}

function tell(node) {
  element("detail").textContent = describe(node);
}

function focus(node) {
  if (!drawn.has(node)) return;
  drawn.get(state.current).tabIndex = -1;
  state.current = node;
  drawn.get(node).tabIndex = 0;
  drawn.get(node).focus();
}

/** The node beside this one: in the same row, where it is drawn. */
function beside(node, step) {
  const left = (one) => parseFloat(drawn.get(one).style.left);
  const row = [...drawn.keys()].filter(({ depth }) => depth === node.depth).sort((a, b) => left(a) - left(b));
  return row[row.indexOf(node) + step];
}

function below(node) {
  return [...node.children.values()].filter((one) => drawn.has(one)).sort((a, b) => b.total - a.total)[0];
}

function onKey(event) {
  const { current } = state;
  const isUpwards = element("flames").checked;
  const moves = {
    ArrowLeft: () => focus(beside(current, -1)),
    ArrowRight: () => focus(beside(current, 1)),
    [isUpwards ? "ArrowUp" : "ArrowDown"]: () => focus(below(current)),
    [isUpwards ? "ArrowDown" : "ArrowUp"]: () => focus(current.parent),
    Home: () => focus(state.root),
    Enter: () => zoom(current),
    " ": () => zoom(current),
    Escape: () => zoom(state.zoomed.parent || state.root),
    Backspace: () => zoom(state.zoomed.parent || state.root),
  };
  const move = moves[event.key];
  if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move();
}

function search() {
  const text = element("search").value;
  try {
    state.pattern = text === "" ? null : new RegExp(text, "i");
    element("search").removeAttribute("aria-invalid");
  } catch {
    element("search").setAttribute("aria-invalid", "true"); // not finished yet: what was found stays
    return;
  }
  for (const [node, box] of drawn) box.classList.toggle("found", isFound(node));
  tellFound();
}

function rebuild() {
  state.root = state.zoomed = state.current = build();
  draw();
}

function option(value, text) {
  const one = document.createElement("option");
  one.value = value;
  one.textContent = text;
  return one;
}

function fillThreads() {
  const process = element("process").value;
  const threads = profile.threads.map((thread, i) => ({ ...thread, i }))
    .filter(({ pid }) => process === "" || String(pid) === process);
  element("thread").replaceChildren(option("", "all"), ...threads.map(({ i, name }) => option(i, name)));
}

function offerComparison() {
  const option = element("colour").querySelector('[value="change"]');
  option.hidden = option.disabled = false;
  element("sides").hidden = false;
  element("colour").value = "change";
  for (const id of ["process", "thread"]) element(id).parentElement.hidden = true;
}

function start() {
  if (profile.before) offerComparison();
  const pids = [...new Set(profile.threads.map(({ pid }) => pid))];
  element("process").replaceChildren(option("", "all"), ...pids.map((pid) => option(pid, pid)));
  fillThreads();
  rebuild();
  const { interval, mode, samples, python, left } = profile;
  element("about").textContent = [
    `${amount(state.root.total)} in ${samples} samples`,
    ...(profile.before ? [`compared with ${amount(state.root.before)} before`] : []),
    ...(interval > 0 ? [`every ${interval / 1000} ms`] : []),
    `${mode} mode`,
    ...(python === null ? [] : [`Python ${python}`]),
    ...(left > 0 ? [`${left} of the smallest frames left out`] : []),
  ].join(", ");
  const graph = element("graph");
  graph.addEventListener("click", ({ target }) => target.node && zoom(target.node));
  graph.addEventListener("mouseover", ({ target }) => target.node && tell(target.node));
  graph.addEventListener("focusin", ({ target }) => target.node && tell(target.node));
  graph.addEventListener("keydown", onKey);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(INPUT|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    element("search").focus();
  });
  element("controls").addEventListener("submit", (event) => event.preventDefault());
  element("search").addEventListener("input", search);
  element("process").addEventListener("change", fillThreads);
  for (const id of ["process", "thread", "shown", "side", "reverse", "lines"]) {
    element(id).addEventListener("change", rebuild);
  }
  element("colour").addEventListener("change", draw);
  element("flames").addEventListener("change", () => {
    draw();
    drawn.get(state.zoomed).scrollIntoView({ block: "nearest" });
  });
  element("reset").addEventListener("click", () => zoom(state.root));
  element("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
  addEventListener("resize", draw);
}

start();
