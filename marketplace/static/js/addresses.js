/* The rest of an address, as far as its postcode tells it. What somebody wrote stays. */
const PARTS = ["region", "city", "line1"];

function fill(form, place) {
  const filled = [];
  for (const name of PARTS) {
    const field = form.elements[name];
    if (!field || (field.value && field.value !== field.dataset.filled)) continue;
    field.value = field.dataset.filled = place[name] || "";
    if (field.value) filled.push(field.value);
  }
  return filled.join(" ");
}

function follow(input) {
  const said = input.form.querySelector("[data-postcode-said]");
  let asked = "";
  input.addEventListener("input", async () => {
    const code = input.value.normalize("NFKC").replace(/\D/g, "");
    if (code.length !== Number(input.dataset.digits) || code === asked) return;
    asked = code;
    try {
      const answer = await fetch(`${input.dataset.postcodes}?code=${code}`);
      const place = answer.ok ? await answer.json() : {};
      if (asked !== code) return;
      const filled = fill(input.form, place);
      said.textContent = filled && `${said.dataset.postcodeSaid} ${filled}`;
    } catch {
      /* No network: the address is typed, as it is where no script runs. */
      asked = "";
    }
  });
}

export function enhance(root) {
  for (const input of root.querySelectorAll("[data-postcodes]:not([data-ready])")) {
    input.dataset.ready = "";
    follow(input);
  }
}
