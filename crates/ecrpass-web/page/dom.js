// Small helpers: elements made from texts (never from markup), copying, downloading.

const byId = (id) => document.getElementById(id);

/** An element. Properties are set as attributes but for `on…`, which are listeners; children are elements or texts. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** Says for a moment what came of a button; the button is a live region. */
function tell(button, text) {
  const before = button.dataset.label ?? button.textContent;
  button.dataset.label = before;
  button.textContent = text;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (button.textContent = before), 2000);
}

/** Copies; by the old way too, since not every browser lets a file's page use the clipboard. */
async function copy(text, button) {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    const helper = el("textarea", { "aria-hidden": "true", class: "off-screen", tabindex: "-1" });
    helper.value = text;
    document.body.append(helper);
    helper.select();
    done = document.execCommand("copy");
    helper.remove();
    button.focus();
  }
  tell(button, done ? "Copied" : "Copying is not allowed here");
}

function copyButton(text, label = "Copy", described) {
  const button = el("button", { type: "button", class: "copy", "aria-live": "polite" }, label);
  if (described) button.setAttribute("aria-label", `${label} ${described}`);
  button.addEventListener("click", () => {
    button.removeAttribute("aria-label");
    copy(typeof text === "function" ? text() : text, button);
  });
  return button;
}

function downloadButton(text, name) {
  return el("button", {
    type: "button",
    onclick: () => {
      const url = URL.createObjectURL(new Blob([typeof text === "function" ? text() : text], { type: "text/plain" }));
      const link = el("a", { href: url, download: name, hidden: true });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    },
  }, `Download ${name}`);
}

/** `code in backquotes` becomes code; everything else stays text. */
function prose(text) {
  return text.split("`").map((piece, index) => (index % 2 ? el("code", {}, piece) : piece));
}
