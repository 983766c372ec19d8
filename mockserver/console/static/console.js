// What no attribute of htmx says: the key of every request, the ticking clock, copying, the server that is away.
"use strict";

const MESSAGE_MILLISECONDS = 8000;
const find = (id) => document.getElementById(id);

// ---- requests carry the key of the page
document.addEventListener("htmx:config:request", (event) => {
  const { key, keyHeader } = document.body.dataset;
  event.detail.ctx.request.headers[keyHeader] = key;
});

// ---- what was typed before the page was ready is searched for
document.addEventListener("htmx:after:init", ({ target: form }) => {
  if (!form.matches("form[role=search]")) return;
  const typed = [...form.querySelectorAll("input")].find((field) => field.value !== field.defaultValue);
  typed?.dispatchEvent(new Event("input", { bubbles: true }));
});

// ---- the workspace
document.addEventListener("change", (event) => {
  if (event.target.id === "picker") event.target.form.submit();
});

// ---- the clock

function tick() {
  const clock = find("clock");
  if (!clock) return;
  if (!clock.dataset.since) clock.dataset.since = performance.now();
  const passed = (performance.now() - clock.dataset.since) * clock.dataset.speed;
  const time = new Date(Number(clock.dataset.now) + passed);
  if (Number.isNaN(time.getTime())) return;
  find("time").textContent = `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  find("local").textContent = `${time.toLocaleString("sv-SE", { timeZone: zone })} ${zone}`;
}

// ---- messages
const timers = {};

function say(kind, text) {
  const line = document.createElement("p");
  line.textContent = text;
  find(kind).replaceChildren(line);
}

function forgetLater(region) {
  clearTimeout(timers[region.id]);
  if (region.childNodes.length) timers[region.id] = setTimeout(() => region.replaceChildren(), MESSAGE_MILLISECONDS);
}

// ---- copying
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const box = button.dataset.copyFrom ? find(button.dataset.copyFrom) : null;
  const text = box ? box.value : button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
    say("status", "Copied.");
  } catch {
    showText(box, text);
  }
});

// Where the browser refuses the clipboard, the text is there to be copied by hand.
function showText(box, text) {
  let shown = box;
  if (!shown) {
    shown = find("copied") ?? document.createElement("textarea");
    shown.id = "copied";
    shown.readOnly = true;
    shown.setAttribute("aria-label", "Text to copy");
    shown.value = text;
    find("main").prepend(shown);
  }
  shown.hidden = false;
  shown.focus();
  shown.select();
}

// ---- faults: the form stands in the group of the error that is chosen
function chooseError(group) {
  const form = find("rule");
  for (const button of document.querySelectorAll("[aria-controls=rule]")) {
    button.setAttribute("aria-expanded", group.contains(button));
  }
  form.elements.operation.value = group.dataset.operation;
  form.elements.example.value = group.dataset.error;
  group.append(form);
}

document.addEventListener("click", (event) => {
  const group = event.target.closest("[data-error]");
  if (group && !find("rule").contains(event.target)) chooseError(group);
});

// The filters draw the errors and the form anew: what was chosen and filled in stays, if its error is still there.
let ruleBefore = null;
document.addEventListener("htmx:before:swap", () => { ruleBefore = find("rule"); });
document.addEventListener("htmx:after:settle", (event) => {
  if (event.target.id !== "errors" || !ruleBefore || !find("rule")) return;
  const { operation, example } = ruleBefore.elements;
  const group = document.querySelector(`[data-operation="${operation.value}"][data-error="${example.value}"]`);
  if (!group) return;
  const { elements } = find("rule");
  for (const field of ruleBefore.querySelectorAll("label input")) elements[field.name].value = field.value;
  chooseError(group);
});

// ---- the skip link: Swagger UI follows links into the page itself, and moves no focus
document.addEventListener("click", (event) => {
  if (event.target.matches("a.skip")) find("main").focus();
});

// ---- search
function openSearch() {
  const dialog = find("search");
  if (!dialog.open) dialog.showModal();
  find("search-text").select();
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  openSearch();
});
find("open-search").addEventListener("click", openSearch);

// ---- lists keep a bounded number of rows, and say how many are new
function watchRows(body) {
  const most = Number(body.dataset.most);
  while (body.rows.length > most) body.deleteRow(-1);
}

const observer = new MutationObserver((changes) => {
  for (const { target, addedNodes } of changes) {
    if (target.matches("tbody[data-most]")) {
      watchRows(target);
      const count = [...addedNodes].filter((node) => node.nodeName === "TR").length;
      if (count) find("news").textContent = `${count} new ${target.dataset.noun}${count > 1 ? "s" : ""}`;
    }
    // A form that a button asked for takes the focus.
    if (target.matches("[data-focus]")) target.querySelector(target.dataset.focus)?.focus();
    if (target.matches("#status")) forgetLater(target);
    if (target.matches("#status, #alert") && addedNodes.length) {
      const other = find(target.id === "status" ? "alert" : "status");
      if (target.id === "status" && other.childNodes.length) other.replaceChildren();
    }
  }
});

// ---- the server that is away
document.addEventListener("htmx:sse:error", () => { find("away").hidden = false; });
document.addEventListener("htmx:sse:after:connection", () => { find("away").hidden = true; });

observer.observe(document.body, { childList: true, subtree: true });
tick();
setInterval(tick, 200);
