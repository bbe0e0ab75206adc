/**
 * Builds elements without a framework.
 *
 * Syntax in web/phone, web/shared and web/demo stays within what Chromium 69 understands (the oldest engine still found inside WeChat on
 * old phones is 77): no optional chaining, no `??`, no private fields, no top-level await. tests/web/syntax.test.mjs watches over it.
 */

/**
 * An element.
 * @param {string} tag
 * @param {Object<string, *>} [attributes] `on…` functions become listeners; `false`, `null` and `undefined` are left out.
 * @param {...(Node|string|Array|null|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  Object.entries(attributes || {}).forEach(([name, value]) => {
    if (value === false || value === null || value === undefined) return;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  });
  append(element, children);
  return element;
}

function append(element, children) {
  children.forEach((child) => {
    if (Array.isArray(child)) append(element, child);
    else if (child !== null && child !== false && child !== undefined) element.append(child);
  });
}

/**
 * A drawing from its markup (our own text only, never from the network).
 * @param {string} markup
 * @returns {SVGElement}
 */
export function svg(markup) {
  const holder = document.createElement("template");
  holder.innerHTML = markup.trim();
  return holder.content.firstElementChild;
}

/** Replaces everything inside `element`. */
export function fill(element, ...children) {
  element.textContent = "";
  append(element, children);
}
