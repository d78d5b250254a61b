/* Everything here makes a working page nicer; nothing here is needed to buy. */
import { enhance as enhanceAddresses } from "./addresses.js";
import { enhance as enhanceForms } from "./forms.js";
import { keep } from "./offline.js";
import { enhance as enhanceSheets } from "./sheets.js";
import { toast } from "./toasts.js";

function enhance(root) {
  enhanceAddresses(root);
  enhanceForms(root);
  enhanceSheets(root);
}

enhance(document);
keep();
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));

/* A server may answer a background request with HX-Trigger: {"toast": "words"}. */
document.addEventListener("toast", (event) => toast(event.detail.value));
document.addEventListener("htmx:responseError", () => toast(document.body.dataset.failed));
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.offline));

/* A page that comes back from the browser's memory must not look busy. */
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
  }
});
