/* Native dialogs: open from a button or from the server, close by button, Back,
   Escape or a press beside it. Focus goes back to what opened them. */

function show(dialog) {
  if (dialog.matches(":modal")) return;
  /* Not close(): that would tell the page that the reader closed it. */
  dialog.removeAttribute("open");
  dialog.showModal();
}

export function enhance(root) {
  for (const dialog of root.querySelectorAll("dialog[data-modal]:not([data-ready])")) {
    dialog.dataset.ready = "";
    show(dialog);
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    show(document.getElementById(opener.dataset.opens));
    return;
  }
  const closer = event.target.closest("dialog:modal [data-close]");
  const beside = event.target.matches("dialog:modal") && isBeside(event);
  const dialog = closer?.closest("dialog") ?? (beside ? event.target : null);
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

function isBeside(event) {
  const box = event.target.getBoundingClientRect();
  return (
    event.clientY < box.top ||
    event.clientY > box.bottom ||
    event.clientX < box.left ||
    event.clientX > box.right
  );
}

/* A sheet with an address of its own gives the address back when it closes. */
document.addEventListener(
  "close",
  (event) => {
    const dialog = event.target;
    const address = dialog.dataset?.closeUrl;
    if ("sheet" in (dialog.dataset ?? {})) leave(dialog, address);
    else if (address) history.replaceState(null, "", address);
  },
  true,
);

/* --- the buy sheet: `?buy=<id>` on the page it was opened on ------------------------ */
const KEPT = 15000;
const fetched = new Map();
let opener = null;

const isAsked = () => new URL(location).searchParams.has("buy");
const openSheet = () => document.querySelector("dialog[data-sheet]");

/* The address a press on a link means, when it asks for a sheet on this very page. */
function sheetAddress(target) {
  const link = target.closest?.("a[href*='buy=']");
  if (!link || !("HTMLDialogElement" in window) || !document.getElementById("sheet-wait")) return null;
  const url = new URL(link.getAttribute("href"), location);
  /* What was chosen on a product's own page is chosen in its sheet. */
  const form = document.getElementById(link.dataset.choice ?? "");
  const chosen = form?.querySelector("[name=variant]:checked");
  if (chosen) url.searchParams.set("buy", chosen.value);
  const here = url.origin === location.origin && url.pathname === location.pathname;
  return here && url.searchParams.has("buy") ? { link, url } : null;
}

function fragment(url) {
  const back = new URL(url);
  for (const name of ["buy", "bought", "country"]) back.searchParams.delete(name);
  if (!new URL(location).searchParams.has("via")) back.searchParams.delete("via");
  const asked = new URLSearchParams({ back: back.pathname + back.search });
  for (const name of ["via", "country", "bought"]) {
    if (url.searchParams.has(name)) asked.set(name, url.searchParams.get(name));
  }
  const thing = encodeURIComponent(url.searchParams.get("buy"));
  const address = `/${document.documentElement.lang}/buy/${thing}?${asked}`;
  if (!fetched.has(address)) {
    const answer = fetch(address, { headers: { "X-Sheet": "1" } }).then((response) => {
      if (!response.ok || response.redirected) throw new Error(response.url);
      return response.text();
    });
    answer.catch(() => fetched.delete(address));
    fetched.set(address, answer);
    setTimeout(() => fetched.delete(address), KEPT);
  }
  return fetched.get(address);
}

/* What the page knows already stands in the sheet before the rest has come. */
function waiting(link) {
  const dialog = document.getElementById("sheet-wait").content.cloneNode(true).firstElementChild;
  const card = link?.closest(".pcard, .prow, .tagchip");
  const put = (name, text) => (dialog.querySelector(`[data-wait=${name}]`).textContent = text ?? "");
  put("name", card?.querySelector(".pcard-name, .prow-name, .clip-1")?.textContent ?? link?.getAttribute("aria-label"));
  put("price", link?.dataset.price ?? card?.querySelector(".price")?.textContent);
  const picture = card?.querySelector("img");
  if (picture) dialog.querySelector("[data-wait=picture]").append(picture.cloneNode());
  document.body.append(dialog);
  return dialog;
}

function put(dialog, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("dialog");
  if (!dialog.open) return;
  for (const { name, value } of fresh.attributes) dialog.setAttribute(name, value);
  dialog.removeAttribute("aria-busy");
  dialog.replaceChildren(...fresh.childNodes);
  window.htmx?.process(dialog);
  sums(dialog);
  dialog.querySelector("h2").focus();
}

async function fill(dialog, url) {
  try {
    put(dialog, await fragment(url));
  } catch {
    if (dialog.open) location.replace(url);
  }
}

/* Paying with a saved card stays in the sheet: what became of it replaces what was
   agreed to. Without an answer the form is sent as any other is; it acts once. */
async function pay(form, button) {
  const dialog = form.closest("dialog");
  const body = new FormData(form, button);
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Sheet": "1" } });
    const onwards = answer.headers.get("X-Sheet-Go");
    if (onwards) {
      location.assign(onwards);
      return;
    }
    if (answer.redirected || !answer.headers.get("Content-Type")?.startsWith("text/html")) throw new Error(answer.url);
    const html = await answer.text();
    fetched.clear();
    const here = answer.headers.get("X-Sheet-Address");
    if (here && isAsked()) history.replaceState(history.state, "", here);
    form.removeAttribute("aria-busy");
    put(dialog, html);
  } catch {
    const said = document.createElement("input");
    Object.assign(said, { type: "hidden", name: button.name, value: button.value });
    form.append(said);
    form.submit();
  }
}

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || button?.name !== "pay" || button.value !== "card") return;
  if (!event.target.closest("dialog[data-sheet]")) return;
  event.preventDefault();
  button.setAttribute("aria-busy", "true");
  button.classList.add("is-busy");
  pay(event.target, button);
});

function open(link, url, push) {
  opener = link;
  const dialog = waiting(link);
  if (push) history.pushState({ sheet: true }, "", url);
  show(dialog);
  return fill(dialog, url);
}

/* Closed by hand: go back over the step that opened it; one that was the first page
   here gives its address back instead, so that Back leads to where one came from. */
function leave(dialog, address) {
  dialog.remove();
  if (isAsked()) {
    if (history.state?.sheet) history.back();
    else history.replaceState(null, "", address);
  }
  opener?.focus({ preventScroll: true });
  opener = null;
}

window.addEventListener("popstate", () => {
  const dialog = openSheet();
  if (!isAsked()) dialog?.close();
  else if (!dialog) open(null, new URL(location), false);
});

/* A finger on a card may only be scrolling; a mouse button means it. */
document.addEventListener("pointerdown", (event) => {
  const asked = event.pointerType === "mouse" && sheetAddress(event.target);
  if (asked) fragment(asked.url).catch(() => {});
});

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const asked = sheetAddress(event.target);
  if (!asked) return;
  event.preventDefault();
  const dialog = asked.link.closest("dialog[data-sheet]");
  if (!dialog) {
    open(asked.link, asked.url, true);
    return;
  }
  history.replaceState(history.state, "", asked.url);
  fill(dialog, asked.url);
});

/* Another size has another sum: the server wrote it beside the choice. */
function showSum(dialog, choice) {
  for (const place of dialog.querySelectorAll("[data-shows]")) {
    place.textContent = choice.dataset[place.dataset.shows];
    place.parentElement.querySelector(":scope > [data-from]")?.remove();
  }
}

/* What the browser itself chose again, coming back to a page, has its sum too. */
function sums(root) {
  for (const choice of root.querySelectorAll("dialog[data-sheet] [data-total]:checked")) {
    showSum(choice.closest("dialog"), choice);
  }
}

document.addEventListener("change", (event) => {
  const dialog = event.target.closest?.("dialog[data-sheet]");
  if (dialog && event.target.dataset.total) showSum(dialog, event.target);
});
window.addEventListener("pageshow", () => sums(document));
