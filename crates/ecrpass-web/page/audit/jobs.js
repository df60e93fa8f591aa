// What the worker of this page answers. Each looks whether the text is its own; the last one takes the rest.

const jobs = {
  analyze: ({ text, kind, source, now }) =>
    stretched(text, JSON.parse(
      wasm_bindgen.bundle(text, kind) ??
      wasm_bindgen.trail(text, kind, source) ??
      wasm_bindgen.denials(text, kind) ??
      wasm_bindgen.audit(text, kind, source, now))),
};
