/** Full screen on phones: follows the visible part of the screen when the keyboard opens, and holds the page still. */

export class Phone {
  /** @param {HTMLElement} panel gets --view-height and --view-top, in pixels */
  constructor(panel) {
    this.panel = panel;
    this.query = matchMedia("(max-width: 480px)");
    this.isOpen = false;
    this.held = null;
    const fit = () => this.#fit();
    this.query.addEventListener("change", fit);
    window.visualViewport?.addEventListener("resize", fit);
    window.visualViewport?.addEventListener("scroll", fit);
  }

  get isFull() {
    return this.isOpen && this.query.matches;
  }

  show(open) {
    this.isOpen = open;
    this.#fit();
  }

  #fit() {
    const { height, offsetTop } = window.visualViewport ?? { height: window.innerHeight, offsetTop: 0 };
    this.panel.setAttribute("aria-modal", this.isFull);
    this.panel.style.setProperty("--view-height", `${height}px`);
    this.panel.style.setProperty("--view-top", `${offsetTop}px`);
    // The page behind a full-screen panel must not scroll under the finger.
    const { style } = document.documentElement;
    if (this.isFull) {
      this.held ??= style.overflow;
      style.overflow = "hidden";
    } else if (this.held !== null) {
      style.overflow = this.held;
      this.held = null;
    }
  }
}
