// A denial by AWS in plain words: which policy decides, who can change it, and what to add.

function showDenials(panel, { denials }) {
  const addition = ({ title, text, file, command: line }) => el("div", { class: "addition" },
    el("h4", {}, title),
    command(text),
    file && el("p", { class: "hint" }, "Save it as ", el("code", {}, file), ", then:"),
    line && command(line));
  const card = ({ title, facts, steps, additions, command: line }) => el("article", { class: "finding" },
    el("h3", {}, ...prose(sentence(title))),
    facts.length > 0 && el("dl", { class: "facts" }, ...facts.flatMap(([label, text]) => [el("dt", {}, label), el("dd", {}, ...prose(text))])),
    el("div", {}, el("h4", {}, "What to do"), el("ol", {}, ...steps.map((text) => el("li", {}, ...prose(sentence(text)))))),
    ...additions.map(addition),
    line && el("div", {}, el("h4", {}, additions.length ? "All that the task takes, where ecrpass is installed" : "The command"), command(line)));
  panel.replaceChildren(
    ...(denials.length ? denials.map(card) : [calm(["No denial by AWS is in this text.", "Give the whole message, from “User: arn:…” to its end."])]),
    el("p", { class: "hint" }, "By the words of the message alone. ", el("code", {}, "ecrpass policy explain --collect"), " reads the policies themselves, and proves the change."));
}
