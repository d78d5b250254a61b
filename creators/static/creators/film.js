/* A post's video: starts when it is seen, unless less motion or less data is asked for,
   and is stopped and heard by two buttons. Without this the browser's controls do. */

const still = matchMedia("(prefers-reduced-motion: reduce)");
const HALF = 0.5;
const CLEAR_OF_RAIL = 55;

function show(button, on) {
  button.setAttribute("aria-label", on ? button.dataset.on : button.dataset.off);
  button.querySelector("[data-on]").hidden = !on;
  button.querySelector("[data-off]").hidden = on;
}

class Film {
  constructor(figure) {
    this.video = figure.querySelector("video");
    this.problem = figure.querySelector("[data-film-problem]");
    this.acts = figure.querySelector("[data-film-acts]");
    this.play = figure.querySelector("[data-film-play]");
    this.sound = figure.querySelector("[data-film-sound]");
    /* Who stopped it does not want it to start again by itself. */
    this.isStopped = still.matches || navigator.connection?.saveData === true;
    this.video.controls = false;
    this.acts.hidden = false;
    this.play.addEventListener("click", () => this.toggle());
    this.video.addEventListener("click", () => this.toggle());
    this.sound.addEventListener("click", () => (this.video.muted = !this.video.muted));
    for (const name of ["play", "pause", "volumechange"]) {
      this.video.addEventListener(name, () => this.draw());
    }
    this.video.addEventListener("error", () => this.fail());
    if (this.video.error) this.fail();
    for (const track of figure.querySelectorAll("track")) {
      track.addEventListener("load", () => this.lift(track.track));
    }
    new IntersectionObserver((seen) => this.see(seen.at(-1)), { threshold: [0, HALF] }).observe(
      this.video,
    );
    this.draw();
  }

  start() {
    /* A browser may refuse to start by itself: the button then says so. */
    this.video.play().catch(() => this.draw());
  }

  toggle() {
    this.isStopped = !this.video.paused;
    if (this.isStopped) this.video.pause();
    else this.start();
  }

  see(entry) {
    if (this.isStopped) return;
    if (entry.intersectionRatio >= HALF) this.start();
    else if (!entry.isIntersecting) this.video.pause();
  }

  draw() {
    show(this.play, !this.video.paused);
    show(this.sound, !this.video.muted);
  }

  /* Words of captions without a place of their own stand above the products. */
  lift(track) {
    for (const cue of track.cues ?? []) {
      if (cue.line !== "auto") continue;
      cue.snapToLines = false;
      cue.line = CLEAR_OF_RAIL;
    }
  }

  /* The cover stays, and so does everything that can be bought. */
  fail() {
    if (this.problem.textContent) return;
    this.isStopped = true;
    this.problem.textContent = this.problem.dataset.words;
    this.acts.hidden = true;
    this.video.removeAttribute("src");
    this.video.load();
  }
}

for (const figure of document.querySelectorAll("[data-film]")) new Film(figure);
