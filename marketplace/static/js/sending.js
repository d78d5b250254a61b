/* How much of a form's files has gone out: from a phone a video takes minutes. */
const MEGABYTE = 1048576;

class Sending {
  constructor(form) {
    this.box = form.querySelector("[data-sending]");
    this.bar = this.box.querySelector("progress");
    [this.parts, this.said] = this.box.querySelectorAll("p");
    /* A field of the form may ask something of its own: that is not this. */
    const on = (name, act) =>
      form.addEventListener(`htmx:${name}`, (event) => event.target === form && act(event));
    on("beforeRequest", (event) => this.begin(event));
    on("xhr:progress", (event) => this.move(event.detail));
    /* The first end is that of what goes out, the second that of the answer. */
    on("xhr:loadend", () => this.arrive());
    on("beforeSwap", (event) => this.follow(event, form.id));
    on("sendError", () => this.end());
    on("responseError", () => this.end());
    on("afterRequest", ({ detail }) => {
      this.isDone = Boolean(detail.xhr.getResponseHeader("HX-Redirect"));
    });
    /* Back from the next page, out of the browser's memory. */
    window.addEventListener("pageshow", ({ persisted }) => {
      if (persisted) this.end();
    });
  }

  begin(event) {
    /* It leads on already: a second press would send it twice. */
    if (this.isDone) return event.preventDefault();
    this.hasArrived = false;
    this.box.hidden = false;
    this.box.scrollIntoView({ block: "center" });
    this.bar.value = 0;
    this.parts.textContent = this.said.textContent = "";
  }

  move({ lengthComputable, loaded, total }) {
    if (!lengthComputable || this.hasArrived || this.box.hidden) return;
    const written = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
    this.bar.max = total;
    this.bar.value = loaded;
    this.parts.textContent = this.box.dataset.parts
      .replace("{sent}", written.format(loaded / MEGABYTE))
      .replace("{all}", written.format(total / MEGABYTE));
  }

  arrive() {
    if (this.hasArrived || this.box.hidden) return;
    this.hasArrived = true;
    this.bar.removeAttribute("value");
    this.parts.textContent = "";
    this.said.textContent = this.box.dataset.arrived;
  }

  /* The answer is the form again, or another page: who was signed out has to sign in. */
  follow({ detail }, id) {
    if (!detail.shouldSwap || detail.serverResponse.includes(` id="${id}"`)) return;
    detail.shouldSwap = false;
    location.assign(detail.xhr.responseURL);
  }

  end() {
    this.isDone = false;
    this.box.hidden = true;
  }
}

function enhance(root) {
  for (const form of root.querySelectorAll("form:has([data-sending]):not([data-sends])")) {
    form.dataset.sends = "";
    new Sending(form);
  }
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt.parentNode));
