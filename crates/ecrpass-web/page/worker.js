// Runs in the worker, behind the glue: unpacks the WebAssembly and answers questions with it. What a page can be asked
// stands in its `jobs`.

/** From this size on a text is shown in stretches, in UTF-16 units; the page has the same number. */
const LARGE = 250_000;
/** How many lines are shown around what was found. */
const AROUND = 6;

/** The lines around the marks; the first ones where there are none. */
function stretches(text, marks) {
  const lines = text.split("\n");
  const wanted = marks.flat().map((mark) => mark.line).sort((a, b) => a - b);
  const ranges = [];
  for (const line of wanted.length ? wanted : [1 + AROUND]) {
    const from = Math.max(1, line - AROUND);
    const to = Math.min(lines.length, line + AROUND);
    const last = ranges.at(-1);
    if (last && from <= last.to + 1) last.to = to;
    else ranges.push({ from, to });
  }
  // A line of a megabyte is no use to anybody.
  const shown = ({ from, to }) => lines.slice(from - 1, to).map((line) => line.slice(0, 2000));
  return { lines: lines.length, pieces: ranges.map((range) => ({ first: range.from, lines: shown(range) })) };
}

/** An analysis, with what is shown of a text that is too large for the text field. */
function stretched(text, analysis) {
  if (text.length > LARGE) analysis.stretches = stretches(text, analysis.marks);
  return analysis;
}

/** What is written in base64. A loop: `Uint8Array.from` takes several times as long. */
function bytes(written) {
  const text = atob(written);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

jobs.share = ({ text, kind }) => ({ text: wasm_bindgen.safe_copy(text, kind) });

self.onmessage = ({ data }) => {
  try {
    if (data.wasm) {
      wasm_bindgen.initSync({ module: unlzma(bytes(data.wasm)) });
    } else {
      self.postMessage(jobs[data.job](data));
    }
  } catch (error) {
    self.postMessage({ failed: String(error) });
  }
};
