/* Native dialogs: open from a button or from the server, close by button, Back,
   Escape or a press beside it. Focus goes back by itself. */

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
    const address = event.target.dataset?.closeUrl;
    if (address) history.replaceState(null, "", address);
  },
  true,
);
