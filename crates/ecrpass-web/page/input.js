// The input: typing, pasting, dropping and opening, line numbers, and the marks behind the text.

const LINE = 20; // the height of a line, in pixels, as in style.css
/** From this size on a text is held aside and shown in stretches: a text field of megabytes is slow. */
const HELD = 250_000;
/** From this size on a paste is put in at once: the field's own way takes seconds for what has many lines. */
const SLOW_PASTE = 10_000;
/** Up to this size the long lines of a log are broken. */
const WRAPPED = 60_000;
/** Up to this size a file is read, unpacked if it is packed. */
const LARGEST = 200_000_000;

const input = (() => {
  const area = byId("input");
  const held = byId("held");
  let changed = () => {};
  /** What does not stand in the text field as it is: a large text, or a file with other line endings. */
  let kept = null;
  let source = "stdin";
  /** How often the text has changed. */
  let turns = 0;
  let marks = [];
  /** Whether the text came as a whole, and its first mark has not been shown yet. */
  let isNew = false;

  const text = () => kept ?? area.value;

  function set(value, name = "stdin") {
    source = name;
    const isLarge = value.length > HELD;
    area.value = isLarge ? "" : value;
    // The field knows only one kind of line ending.
    kept = isLarge || area.value !== value ? value : null;
    byId("editor").classList.toggle("is-held", isLarge);
    held.hidden = !isLarge;
    held.replaceChildren();
    area.scrollTop = 0;
    area.scrollLeft = 0;
    isNew = true;
    announce();
  }

  function announce() {
    turns++;
    mark([]);
    byId("clear").disabled = text() === "";
    changed();
  }

  /** Whether long lines are broken, as in logs; then every line has its row behind the text. */
  let wraps = false;
  const rows = () => byId("marks").children;

  /** How far down a line begins, in pixels. */
  const top = (line) => (wraps ? (rows()[line - 1]?.offsetTop ?? 0) : (line - 1) * LINE);

  function scrolled() {
    byId("marks").style.transform = `translate(${-area.scrollLeft}px, ${-area.scrollTop}px)`;
    let first = Math.min(lines, Math.floor(area.scrollTop / LINE) + 1);
    // Rows are at least a line high.
    while (wraps && first > 1 && top(first) > area.scrollTop) first--;
    const numbers = [];
    for (let number = Math.max(1, first); number <= lines; number++) {
      const at = top(number) - area.scrollTop;
      if (at > area.clientHeight) break;
      const element = el("span", {}, String(number));
      element.style.top = `${at}px`;
      numbers.push(element);
    }
    byId("numbers").replaceChildren(...numbers);
    byId("numbers").style.width = `${Math.max(2, String(lines).length)}ch`;
  }

  let lines = 1;
  function counted() {
    lines = 1;
    for (let at = area.value.indexOf("\n"); at >= 0; at = area.value.indexOf("\n", at + 1)) lines++;
    scrolled();
  }

  /** Where a line begins. */
  function lineStart(value, line) {
    let at = 0;
    for (; line > 1; line--) at = value.indexOf("\n", at) + 1;
    return at;
  }

  /** A line in the same font as the text, unseen: its marks stand where the words do. */
  function row(text, here) {
    const pieces = [];
    let at = 0;
    for (const { from, to, severity } of [...here].sort((a, b) => a.from - b.from)) {
      if (from < at) continue;
      pieces.push(text.slice(at, from), el("mark", { class: severity }, text.slice(from, to)));
      at = to;
    }
    return el("div", {}, ...pieces, text.slice(at));
  }

  /** Marks stretches of the text: `[{line, from, to, severity}]`. */
  function mark(wanted, wrap = wraps) {
    marks = wanted;
    const value = area.value;
    wraps = wrap && value.length < WRAPPED;
    byId("editor").classList.toggle("wraps", wraps);
    byId("marks").style.width = wraps ? `${area.clientWidth - 24}px` : "";
    if (wraps) {
      const at = (index) => wanted.filter((mark) => mark.line === index + 1);
      byId("marks").replaceChildren(...value.split("\n").map((line, index) => row(line, at(index))));
    } else {
      const numbers = held.hidden ? [...new Set(wanted.map((mark) => mark.line))] : [];
      byId("marks").replaceChildren(...numbers.map((line) => {
        const start = lineStart(value, line);
        const end = value.indexOf("\n", start);
        const element = row(value.slice(start, end < 0 ? undefined : end), wanted.filter((mark) => mark.line === line));
        element.style.top = `${(line - 1) * LINE}px`;
        return element;
      }));
    }
    counted();
    if (isNew && wanted.length && held.hidden) reveal(wanted[0]);
    if (wanted.length) isNew = false;
  }

  /** Scrolls so that a mark is seen. */
  function reveal({ line, from }) {
    const at = wraps ? line - 1 : [...new Set(marks.map((mark) => mark.line))].indexOf(line);
    const found = rows()[at]?.querySelector("mark");
    const down = top(line) + (wraps && found ? found.offsetTop : 0);
    const left = wraps || !found ? 0 : found.offsetLeft;
    const bottom = area.scrollTop + area.clientHeight - 2 * LINE;
    if (down < area.scrollTop || down > bottom) area.scrollTop = Math.max(0, down - 3 * LINE);
    // The beginnings of lines are worth seeing: no further to the right than need be.
    area.scrollLeft = from > 0 && left > area.clientWidth * 0.9 ? left - area.clientWidth * 0.3 : 0;
    scrolled();
  }

  /** Takes the reader to a mark. */
  function show({ line, from, to }) {
    if (!held.hidden) {
      const row = held.querySelector(`[data-line="${line}"]`);
      row?.scrollIntoView({ block: "center" });
      held.focus();
      return;
    }
    const start = lineStart(area.value, line);
    area.focus({ preventScroll: false });
    area.setSelectionRange(start + from, start + to);
    reveal({ line, from });
    byId("editor").scrollIntoView({ block: "nearest" });
  }

  /** Shows a held text: the lines around what was found. */
  function showHeld({ lines: all, pieces }, wanted) {
    const rows = (piece) => piece.lines.map((line, index) => {
      const number = piece.first + index;
      const here = wanted.find((mark) => mark.line === number);
      const words = here
        ? [line.slice(0, here.from), el("mark", { class: here.severity }, line.slice(here.from, here.to)), line.slice(here.to)]
        : [line];
      return el("div", { class: "row", "data-line": number }, el("span", { class: "number", "aria-hidden": "true" }, String(number)), el("span", {}, ...words));
    });
    const size = `${(kept.length / 1_000_000).toFixed(1)} MB, ${count(all, "line")}`;
    const what = wanted.length ? "the lines around what was found" : "the first lines";
    held.replaceChildren(
      el("p", { class: "held-note" }, `${source === "stdin" ? "The pasted text" : source}: ${size}. Showing ${what}.`),
      ...pieces.map((piece) => el("div", { class: "stretch" }, ...rows(piece))),
    );
  }

  /** What a stream holds, up to the size that a page can deal with. */
  async function bytesOf(stream, most) {
    const pieces = [];
    let size = 0;
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(pieces).arrayBuffer();
      size += value.length;
      if (size > most) {
        reader.cancel().catch(() => {});
        throw new RangeError(`it is larger than ${LARGEST / 1_000_000} MB`);
      }
      pieces.push(value);
    }
  }

  /** What a file holds, unpacked if it is packed: its first bytes say so. */
  async function contentOf(file, size) {
    const magic = new Uint8Array(await file.slice(0, 2).arrayBuffer());
    const isPacked = magic[0] === 0x1f && magic[1] === 0x8b;
    const bytes = await bytesOf(isPacked ? file.stream().pipeThrough(new DecompressionStream("gzip")) : file.stream(), size);
    // A byte order mark is one of the things to find.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  }

  /** Takes files, several as one text: the records of a trail lie in many. */
  async function read(files) {
    // A file that is slow to read does not take the place of what came after it.
    const turn = ++turns;
    const texts = [];
    let name;
    try {
      for (const file of files) {
        name = file.name;
        const left = LARGEST - texts.reduce((sum, text) => sum + text.length, 0);
        texts.push(await contentOf(file, left));
        if (turn !== turns) return;
      }
      name = files[0].name.replace(/\.gz$/i, "");
      set(texts.join("\n"), files.length > 1 ? `${name} and ${files.length - 1} more` : name);
    } catch (error) {
      if (turn !== turns) return;
      byId("status").textContent = `${name} cannot be read${error instanceof RangeError ? `: ${error.message}` : ""}.`;
    }
  }

  area.addEventListener("input", (event) => {
    kept = null;
    source = "stdin";
    isNew = event.inputType === "insertFromPaste";
    announce();
  });
  area.addEventListener("scroll", scrolled, { passive: true });
  area.addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    if (pasted.length > SLOW_PASTE) {
      event.preventDefault();
      set(area.value.slice(0, area.selectionStart) + pasted + area.value.slice(area.selectionEnd));
    }
  });
  // With a held text there is no field that could take a paste.
  document.addEventListener("paste", (event) => {
    if (event.defaultPrevented || event.target.matches?.("input, textarea, select")) return;
    const pasted = event.clipboardData?.getData("text/plain");
    if (pasted) {
      event.preventDefault();
      set(pasted);
    }
  });

  const drop = byId("drop");
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.hidden = true;
    const files = [...event.dataTransfer.files];
    const dropped = event.dataTransfer.getData("text/plain");
    if (files.length) read(files);
    else if (dropped) set(dropped);
  });
  byId("open").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", ({ target }) => {
    if (target.files.length) read([...target.files]);
    target.value = "";
  });
  byId("clear").addEventListener("click", () => {
    set("");
    area.focus();
  });
  byId("examples").append(...examples.map((example) =>
    el("button", { type: "button", class: "example", onclick: () => set(example.text) }, example.name)));
  new ResizeObserver(() => mark(marks)).observe(area);

  return { text, source: () => source, mark, show, showHeld, onChange: (then) => (changed = then) };
})();
