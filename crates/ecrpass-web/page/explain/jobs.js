// What the worker of this page answers.

const jobs = {
  analyze: ({ text, kind, source, now }) => stretched(text, JSON.parse(wasm_bindgen.analyze(text, kind, source, now))),
  resolve: ({ text, question, now }) => JSON.parse(wasm_bindgen.resolve(text, JSON.stringify(question), now)),
  policy: ({ text, question }) => JSON.parse(wasm_bindgen.policy(text, JSON.stringify(question))),
  clients: () => ({ clients: JSON.parse(wasm_bindgen.clients()) }),
};
