/* A word that something was done, for five seconds, read out politely. */
export function toast(words) {
  const place = document.querySelector("[data-toasts]");
  if (!place || !words) return;
  const card = document.createElement("div");
  card.className = "toast";
  card.textContent = words;
  place.append(card);
  setTimeout(() => card.remove(), 5000);
}
