/* Progressive enhancement: the pages work without it. Adds keyboard steps, linked highlighting, copying, sorting and progress. */

const live = document.getElementById("live");
const announce = (text) => { live.textContent = text; };
document.documentElement.classList.add("scripted");

/* Evidence: highlight a quote in the list and its place in the article together. */
let items = [], at = -1;

function listEvidence(root) {
  items = [...root.querySelectorAll(".evidence li[data-e]")]
    .map((item) => [item, document.getElementById(`t-${item.id}`)])
    .sort(([, a], [, b]) => (a && b && a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_PRECEDING ? 1 : -1))
    .map(([item]) => item);
  at = -1;
  follower.disconnect();
  for (const mark of root.querySelectorAll(".text mark")) follower.observe(mark);
}

const linked = (ids) => ids.flatMap((id) => [...document.querySelectorAll(`[data-e~="${CSS.escape(id)}"]`)]);
const idsOf = (element) => element.dataset.e.split(" ").filter(Boolean);
const light = (name, elements) => {
  for (const old of document.querySelectorAll(`.${name}`)) old.classList.remove(name);
  for (const element of elements) element.classList.add(name);
};
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const reveal = (element) => element?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });

function step(by) {
  if (!items.length) return;
  at = at < 0 ? (by > 0 ? 0 : items.length - 1) : (at + by + items.length) % items.length;
  const item = items[at];
  const place = document.getElementById(`t-${item.id}`);
  light("now", linked([item.id]));
  item.scrollIntoView({ block: "nearest" });
  reveal(place);
  (place?.querySelector("a") ?? item.querySelector("a"))?.focus({ preventScroll: true });
  const who = item.querySelector(".facts span")?.textContent ?? "";
  announce(`${at + 1} of ${items.length}: ${item.querySelector("b").textContent.trim()}, ${who}: ${item.querySelector("blockquote").textContent}`);
}

/* The list follows the reading: it shows the quote that is read, unless the reader is in the list. */
const follower = new IntersectionObserver((entries) => {
  const places = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
  const place = places.find((mark) => mark.classList.contains("now")) ?? places.at(-1);
  const item = place && items.find(({ id }) => idsOf(place).includes(id));
  const list = item?.closest("aside");
  if (!list || list.matches(":hover, :focus-within")) return;
  list.scrollTo({ top: item.offsetTop - list.clientHeight / 4, behavior: calm.matches ? "auto" : "smooth" });
}, { rootMargin: "-30% 0px -45%" });

const KEYS = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 };
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], [role=region]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS) || !items.length) return;
  event.preventDefault();
  step(KEYS[event.key]);
});
document.addEventListener("pointerover", (event) => {
  const over = event.target.closest?.("[data-e]");
  light("over", over ? linked(idsOf(over)) : []);
});
document.addEventListener("click", (event) => {
  const marked = event.target.closest?.("[data-e]");
  if (!marked) return;
  const ids = idsOf(marked);
  light("now", linked(ids));
  const index = items.findIndex((item) => ids.includes(item.id));
  if (index >= 0) at = index;
});

/* Copying. */
function addCopying(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.addEventListener("click", async () => {
    try {
      const response = await fetch(button.dataset.copy);
      if (!response.ok) throw new Error(String(response.status));
      await navigator.clipboard.writeText(await response.text());
      announce("Copied.");
      button.classList.add("done");
    } catch {
      announce("Copying failed: use the download link instead.");
      button.classList.add("failed");
    }
  });
}

/* Tables sort by the column whose heading is pressed. */
function addSorting(root) {
  for (const table of root.querySelectorAll("table")) for (const head of table.querySelectorAll("thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = (row) => row.cells[head.cellIndex].textContent.trim().replace("−", "-");
      const order = (a, b) => value(a).localeCompare(value(b), undefined, { numeric: true });
      const number = (text) => (/^[+-]?[\d.]+$/.test(text) ? Number(text) : NaN);
      const compare = (a, b) => number(value(a)) - number(value(b)) || order(a, b);
      const rows = [...table.tBodies[0].rows].sort(compare);
      table.tBodies[0].append(...(up ? rows : rows.reverse()));
    });
  }
}

/* The bookmarklet opens the start page with an article in the fragment, which browsers keep to themselves. */
function addBookmarklet() {
  const link = document.getElementById("bookmarklet");
  const field = document.getElementById("article");
  if (!link || !field) return;
  const open = `open(${JSON.stringify(`${location.origin}${location.pathname}#article=`)}+encodeURIComponent(String(getSelection()).trim()||location.href),"_blank","noopener")`;
  link.href = `javascript:void ${encodeURIComponent(open)}`;
  link.closest("section").hidden = false;
  const article = new URLSearchParams(location.hash.slice(1)).get("article");
  if (!article) return;
  field.value = article;
  history.replaceState(null, "", location.pathname);
  field.focus();
  announce("The article is in the form: press Analyse.");
}

/* Open batches are loaded again every two seconds while the page is visible. */
async function refresh(section) {
  await new Promise((done) => setTimeout(done, 2000));
  if (document.hidden) return refresh(section);
  const response = await fetch(location.href).catch(() => null);
  if (!response?.ok) return refresh(section);
  const next = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("#list")?.closest("section");
  if (!next) return;
  section.replaceWith(next);
  if ("refresh" in next.dataset) return refresh(next);
  announce("All batches have ended.");
}
for (const section of document.querySelectorAll("[data-refresh]")) refresh(section);

/* Progress: the same form, answered by server-sent events. */
const STEPS = { reading_article: "Reading the article", analysing: "Analysing the text" };

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let buffer = ""; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    for (let end; (end = buffer.indexOf("\n\n")) >= 0; buffer = buffer.slice(end + 2)) {
      const lines = buffer.slice(0, end).split("\n");
      const field = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      if (field("event")) yield [field("event"), JSON.parse(field("data") ?? "null")];
    }
  }
}

function addStep(list, words, state = "") {
  list.hidden = false;
  for (const item of list.children) if (item.className === "doing") item.className = "done";
  const item = document.createElement("li");
  item.textContent = words;
  item.className = state || "doing";
  list.append(item);
  item.scrollIntoView({ block: "nearest", behavior: "instant" });
  announce(words);
  return item;
}

/* Tokens and seconds so far, shown on the step itself: the live region would be read out every second. */
function progressText(words, since, { tokens, passages = 1, passages_read = 0 }) {
  const seconds = Math.round((performance.now() - since) / 1000);
  const parts = [];
  if (passages > 1) parts.push(`${passages_read} of ${passages} passages read`);
  if (tokens) parts.push(`${tokens.toLocaleString("en")} tokens`);
  if (seconds) parts.push(`${seconds.toLocaleString("en")} s`);
  return parts.length ? `${words}: ${parts.join(", ")}` : words;
}

function failed(list, problem) {
  addStep(list, `${problem.detail} (request ${problem.request_id})`, "failed");
}

async function send(form, list, fields) {
  const headers = { Accept: "text/event-stream" };
  const response = await fetch(form.action, { method: "POST", headers, body: new URLSearchParams(fields) });
  const request_id = response.headers.get("x-request-id");
  // Only the sign-in page takes the place of an answer.
  if (response.redirected) return failed(list, { detail: "your session has ended: sign in in another tab, then send this again", request_id });
  let item, words, since, progress;
  const show = () => { if (item?.className === "doing") item.textContent = progressText(words, since, progress); };
  const timer = setInterval(show, 1000);
  try {
    for await (const [name, data] of events(response.body)) {
      if (name === "status" && data.tokens === undefined) {
        words = STEPS[data.stage] ?? data.stage;
        [item, since, progress] = [addStep(list, words), performance.now(), {}];
      } else if (name === "status") {
        progress = data;
        show();
      }
      if (name === "partial" && data.document) addStep(list, `${data.document.word_count} words: ${data.document.title ?? "no headline"}`, "done");
      if (name === "error") return failed(list, data);
      if (name === "result") return showPage(data);
    }
  } finally {
    clearInterval(timer);
  }
  return failed(list, { detail: "the connection ended before the answer: try again", request_id });
}

/* The result comes with its page, which takes the place of this one: no second request, no new document. */
let path = location.pathname;

function showPage({ location: address, html }) {
  const page = new DOMParser().parseFromString(html, "text/html");
  history.pushState(null, "", address);
  path = location.pathname;
  document.title = page.title;
  for (const part of [".skip", "main"]) document.querySelector(part).replaceWith(page.querySelector(part));
  enhance(document.querySelector("main"));
  scrollTo({ top: 0, behavior: "instant" });
  const heading = document.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  announce(document.title);
}
addEventListener("popstate", () => { if (location.pathname !== path) location.reload(); });

function addProgress(root) {
  for (const form of root.querySelectorAll("form[data-live]")) {
    const list = form.querySelector(".steps");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const buttons = [...form.querySelectorAll("button")];
      const fields = new FormData(form, event.submitter);
      list.replaceChildren();
      for (const button of buttons) button.disabled = true;
      try {
        await send(form, list, fields);
      } catch {
        failed(list, { detail: "the service did not answer: try again", request_id: "none" });
      } finally {
        for (const button of buttons) button.disabled = false;
        // A button that is disabled loses the focus, and with it the place of who goes by keyboard.
        if (document.activeElement === document.body) event.submitter?.focus();
      }
    });
  }
}

function enhance(root) {
  for (const add of [listEvidence, addCopying, addSorting, addProgress]) add(root);
}
enhance(document);
addBookmarklet();
