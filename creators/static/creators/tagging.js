/* Tapping the picture places a product. Without this, the selects of the form do. */

const SVG = "http://www.w3.org/2000/svg";

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

class Tagging {
  constructor(form) {
    this.form = form;
    this.preview = form.querySelector("[data-preview]");
    this.rows = [...form.querySelectorAll("[data-row]")].map((row) => ({
      row,
      number: row.dataset.row,
      product: row.querySelector("[name$=-product]"),
      place: row.querySelector("[name$=-place]"),
      x: row.querySelector("[name$=-x]"),
      y: row.querySelector("[name$=-y]"),
    }));
    const file = form.querySelector("input[type=file]");
    file.addEventListener("change", () => this.show(file.files[0]));
    for (const row of this.rows) {
      row.place.addEventListener("change", () => {
        row.x.value = row.y.value = "";
        this.draw();
      });
      row.product.addEventListener("change", () => this.draw());
    }
    this.show(file.files[0]);
  }

  /* A data address: the content policy lets no blob in. */
  show(file) {
    if (!file) return;
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const image = document.createElement("img");
      image.src = reader.result;
      image.alt = "";
      this.spots = svg("svg", { class: "hotspots" });
      /* The same frame as on the page, so that a place means the same spot there. */
      const figure = document.createElement("figure");
      figure.className = "pic";
      figure.append(image, this.spots);
      figure.addEventListener("click", (event) => this.tap(event, figure));
      const hint = document.createElement("p");
      hint.className = "small muted mt-2";
      hint.textContent = this.form.dataset.hint;
      this.preview.replaceChildren(figure, hint);
      this.preview.hidden = false;
      this.draw();
    });
    reader.readAsDataURL(file);
  }

  /* A tap places the first product that has no exact place yet. */
  tap(event, figure) {
    const target = this.rows.find((row) => row.x.value === "");
    if (!target) return;
    const box = figure.getBoundingClientRect();
    const part = (at, size) => Math.round(Math.min(Math.max(at / size, 0), 1) * 1000);
    target.x.value = part(event.clientX - box.left, box.width);
    target.y.value = part(event.clientY - box.top, box.height);
    /* The select below says roughly the same, for those who read it. */
    const middle = (value) => [167, 500, 833][Math.min(2, Math.floor(value / 334))];
    target.place.value = `${middle(target.x.value)},${middle(target.y.value)}`;
    target.row.closest("details")?.setAttribute("open", "");
    this.draw();
    target.product.focus();
  }

  draw() {
    if (!this.spots) return;
    const placed = this.rows.filter((row) => row.x.value !== "" || row.product.value !== "");
    this.spots.replaceChildren(...placed.map((row) => this.spot(row)));
  }

  spot(row) {
    const exact = row.x.value !== "";
    const [x, y] = exact ? [row.x.value, row.y.value] : row.place.value.split(",");
    const word = svg("text", { y: 5 });
    word.textContent = row.number;
    const disc = svg("circle", { class: "hot-disc", r: 13 });
    return svg("svg", { x: `${x / 10}%`, y: `${y / 10}%` }, disc, word);
  }
}

function enhance(root) {
  for (const form of root.querySelectorAll("[data-tagging]:not([data-tags])")) {
    form.dataset.tags = "";
    new Tagging(form);
  }
}

enhance(document);
document.addEventListener("htmx:load", (event) => enhance(event.detail.elt.parentNode));
