// What the worker of this page answers. A text that holds records of CloudTrail is a trail, whatever else it may be.

const jobs = {
  analyze: ({ text, kind, source, now }) =>
    stretched(text, JSON.parse(wasm_bindgen.trail(text, kind, source) ?? wasm_bindgen.audit(text, kind, source, now))),
};
