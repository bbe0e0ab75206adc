/**
 * Keys. Scopes lie on a stack; the topmost that knows the key answers. The help dialog prints the stack, so it is never out of date.
 *
 * @typedef {{key: string, does: string, shown?: string, run: (event: KeyboardEvent) => void, up?: (event: KeyboardEvent) => void,
 *   inFields?: boolean, hidden?: boolean}} Binding `key` as in `KeyboardEvent.key`, letters in lower case; `does` is what help says
 */

const REMEMBERED = "jianmian.console.keys";

export class Keys {
  /** @type {{bindings: () => Binding[]}[]} */
  #scopes = [];
  #single = localStorage.getItem(REMEMBERED) !== "off";

  constructor(target) {
    target.addEventListener("keydown", (event) => this.#handle(event, "run"));
    target.addEventListener("keyup", (event) => this.#handle(event, "up"));
  }

  /** Puts a scope on top. @param {() => Binding[]} bindings asked anew at each key @returns {() => void} takes it away */
  use(bindings) {
    const scope = { bindings };
    this.#scopes.push(scope);
    return () => {
      this.#scopes = this.#scopes.filter((other) => other !== scope);
    };
  }

  /** Single-key shortcuts can be switched off (WCAG 2.1.4); Enter, Esc and arrows stay. */
  get single() {
    return this.#single;
  }

  set single(on) {
    this.#single = on;
    localStorage.setItem(REMEMBERED, on ? "on" : "off");
  }

  /** What works now, topmost scope first, each key once. @returns {Binding[]} */
  listed() {
    const seen = new Set();
    return [...this.#scopes].reverse().flatMap((scope) => scope.bindings()).filter((binding) => {
      const fresh = !binding.hidden && !seen.has(binding.key);
      seen.add(binding.key);
      return fresh;
    });
  }

  #handle(event, phase) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    const key = keyOf(event);
    if (key.length === 1 && !this.#single) return;
    const binding = this.#find(key);
    if (!binding?.[phase] || !allowed(event.target, key, binding)) return;
    event.preventDefault();
    binding[phase](event);
  }

  #find(key) {
    for (const scope of [...this.#scopes].reverse()) {
      const binding = scope.bindings().find((candidate) => candidate.key === key);
      if (binding) return binding;
    }
    return null;
  }
}

/** An input method that is on reports `Process`; the physical key then tells the letter. */
function keyOf(event) {
  if (event.key === "Process" && event.code.startsWith("Key")) return event.code.slice(3).toLowerCase();
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

function allowed(target, key, binding) {
  const field = target.closest?.("input, textarea, select");
  // Digits choose among radio buttons; nothing is typed there.
  if (field) return Boolean(binding.inFields) || (field.type === "radio" && /^[0-9]$/.test(key));
  const pressable = target.closest?.("button, a, summary");
  return !(pressable && (key === " " || key === "Enter"));
}
