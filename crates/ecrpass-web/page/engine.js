// The program, in a worker of its own: typing never waits for it. Of several questions of a kind only the newest counts.

const engine = (() => {
  const scripts = self.trustedTypes?.createPolicy("ecrpass-worker", { createScriptURL: (url) => url });
  let worker;
  let current = null;
  const waiting = new Map();

  function start() {
    const url = URL.createObjectURL(new Blob([byId("worker").textContent], { type: "text/javascript" }));
    worker = new Worker(scripts ? scripts.createScriptURL(url) : url);
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = () => done({ failed: "The program could not be started." });
    worker.postMessage({ wasm: byId("wasm").textContent });
  }

  function done(answer) {
    const asked = current;
    current = null;
    if (answer.failed && !asked) {
      byId("status").textContent = `This browser cannot run the page's program: ${answer.failed}`;
      return;
    }
    if (answer.failed) {
      // What failed once may be in any state.
      worker.terminate();
      start();
    }
    asked?.resolve(answer);
    next();
  }

  function next() {
    const first = waiting.keys().next();
    if (current || first.done) return;
    current = waiting.get(first.value);
    waiting.delete(first.value);
    worker.postMessage(current.question);
  }

  /** Asks; resolves to nothing when a newer question of the kind has taken its place. */
  function ask(question) {
    return new Promise((resolve) => {
      waiting.get(question.job)?.resolve(undefined);
      waiting.set(question.job, { question: { ...question, now: Date.now() / 1000 }, resolve });
      next();
    });
  }

  start();
  return { ask };
})();
