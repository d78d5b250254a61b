/* Steppers, copy buttons, file lists, one submit per press. */

function steppers(root) {
  for (const box of root.querySelectorAll("[data-qty]:not([data-ready])")) {
    box.dataset.ready = "";
    const input = box.querySelector("input");
    const buttons = box.querySelectorAll("button");
    const draw = () => {
      buttons[0].disabled = Number(input.value) <= Number(input.min);
      buttons[1].disabled = Number(input.value) >= Number(input.max);
    };
    for (const button of buttons) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const wanted = Number(input.value || 0) + Number(button.dataset.step);
        input.value = Math.min(Math.max(wanted, Number(input.min)), Number(input.max));
        draw();
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
    input.addEventListener("input", draw);
    draw();
  }
}

function copies(root) {
  for (const button of root.querySelectorAll("[data-copy]:not([data-ready])")) {
    button.dataset.ready = "";
    button.addEventListener("click", async () => {
      const input = document.getElementById(button.dataset.copy);
      const word = button.querySelector("[data-word]");
      const before = word.textContent;
      input.select();
      try {
        await navigator.clipboard.writeText(input.value);
      } catch {
        document.execCommand("copy");
      }
      word.textContent = button.dataset.done;
      setTimeout(() => (word.textContent = before), 2000);
    });
  }
}

function drops(root) {
  for (const drop of root.querySelectorAll("[data-drop]:not([data-ready])")) {
    drop.dataset.ready = "";
    const input = drop.querySelector("input");
    const list = drop.parentElement.querySelector("[data-drop-list]");
    const over = (on) => drop.classList.toggle("is-over", on);
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, () => over(true));
    for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => over(false));
    input.addEventListener("change", () => {
      list.replaceChildren(
        ...[...input.files].map((file) => {
          const line = document.createElement("li");
          const size = file.size / 1048576;
          const written = size < 0.1 ? `${Math.ceil(size * 1024)} kB` : `${size.toFixed(1)} MB`;
          line.textContent = `${file.name}, ${written}`;
          return line;
        }),
      );
    });
  }
}

function summaries(root) {
  root.querySelector("[data-error-summary]")?.focus();
}

/* The phone's own way to share; where there is none, the address is copied. */
function shares(root) {
  for (const button of root.querySelectorAll("[data-share]:not([data-ready])")) {
    button.dataset.ready = "";
    button.closest("[data-shares]").hidden = false;
    button.addEventListener("click", async () => {
      const { share: url, title, done } = button.dataset;
      try {
        if (navigator.share) return await navigator.share({ title, url });
        await navigator.clipboard.writeText(url);
        const word = button.querySelector("[data-word]");
        word.textContent = done;
        word.classList.remove("vh");
      } catch {
        /* Nobody was chosen, or it is forbidden here: nothing is lost. */
      }
    });
  }
}

/* Enter that ends a composition (kana to kanji) chooses a word; it sends no form. */
document.addEventListener(
  "keydown",
  (event) => {
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && composing && event.target.form) event.preventDefault();
  },
  true,
);

export function enhance(root) {
  steppers(root);
  shares(root);
  copies(root);
  drops(root);
  summaries(root);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || event.defaultPrevented) return;
  /* A download leaves the page where it is. */
  if ("again" in form.dataset) return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  /* After the browser has read the pressed button's value. */
  setTimeout(() => form.setAttribute("aria-busy", "true"));
});
