/** The page's ground as a lamp: during screen light the whole page takes the colour that the server drew. */

const ROOT = document.documentElement;
let turn = 0;

/**
 * Lets the ground fade to `colour` (or back to paper with `null`).
 * @param {?{r: number, g: number, b: number}} colour
 * @param {number} fadeMs
 * @param {() => void} [onScreen] called when the colour is really on the screen: past the middle of the fade and two frames painted
 */
export function setGround(colour, fadeMs, onScreen) {
  turn += 1;
  const mine = turn;
  const written = colour ? `rgb(${colour.r}, ${colour.g}, ${colour.b})` : "";
  ROOT.style.setProperty("--fade", fadeMs + "ms");
  ROOT.style.setProperty("--light", written || "var(--ground, var(--paper))");
  ROOT.classList.toggle("lit", Boolean(colour));
  ROOT.classList.toggle("dark-ground", Boolean(colour) && luminance(colour) < EVEN);
  const bar = document.querySelector('meta[name="theme-color"]');
  bar.setAttribute("content", written || bar.dataset.paper || (bar.dataset.paper = bar.getAttribute("content")));
  if (onScreen) {
    setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => mine === turn && onScreen())), fadeMs / 2);
  }
}

/** Luminance at which black and white text stand out alike (WCAG contrast 4.58 each). */
const EVEN = 0.179;

/** Relative luminance as WCAG defines it, 0 to 1. */
export function luminance({ r, g, b }) {
  const [red, green, blue] = [r, g, b].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
