// The program, in a worker of its own: typing never waits for it. Of several questions of a kind only the newest counts.

const engine = (() => {
  const scripts = self.trustedTypes?.createPolicy("ecrpass-worker", { createScriptURL: (url) => {
    if (!url.startsWith("blob:")) throw new TypeError("only the page's own worker may run");
    return url;
  } });
  /** After so many milliseconds a worker is given up for a newer text. */
  const PATIENCE = 3000;
  let since = 0;
  let impatient;
  let worker;
  let current = null;
  const waiting = new Map();

  function start() {
    try {
      run();
    } catch (error) {
      broken = String(error);
      byId("status").textContent = `This browser cannot run the page's program: ${broken}`;
    }
  }

  let broken = "";

  function run() {
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
    clearTimeout(impatient);
    if (broken) {
      for (const { resolve } of waiting.values()) resolve({ failed: broken });
      waiting.clear();
      return;
    }
    const first = waiting.keys().next();
    if (first.done) return;
    if (current) {
      // A newer text does not wait for an older one for ever.
      if (waiting.has("analyze")) impatient = setTimeout(giveUp, Math.max(0, since + PATIENCE - Date.now()));
      return;
    }
    since = Date.now();
    current = waiting.get(first.value);
    waiting.delete(first.value);
    worker.postMessage(current.question);
  }

  function giveUp() {
    if (!current) return;
    const old = current;
    current = null;
    worker.terminate();
    old.resolve(undefined);
    start();
    next();
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
