/* Keeps the page without a network and the static files it is made of, for when there is
   none. Pages, prices, bags and orders always come from the server, or not at all. */
const PAGES = [{% for page in pages %}"{{ page|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const FILES = [{% for file in files %}"{{ file|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const LANGUAGES = [{% for code in languages %}"{{ code }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const STATIC = "{{ static_root|escapejs }}";
const CACHE = "kept-" + FILES.join("|");

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([...PAGES, ...FILES].map((url) => new Request(url, { cache: "reload", credentials: "omit" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

function offlinePage(url) {
  const wished = [new URL(url).pathname.split("/")[1], self.navigator.language.slice(0, 2)];
  const language = wished.find((code) => LANGUAGES.includes(code)) || LANGUAGES[0];
  return caches.match(`/${language}/offline`);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => offlinePage(request.url)));
    return;
  }
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || !url.pathname.startsWith(STATIC)) return;
  event.respondWith(fetch(request).catch(() => caches.match(request)));
});
