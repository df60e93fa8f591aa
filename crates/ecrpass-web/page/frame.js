// What a page is made of that depends on what it reads (`here`): the kinds to choose from, and a panel for each tab.

const panel = (name) => byId(`panel-${name}`);

for (const [kind, words] of Object.entries(here.choices)) byId("kind").append(el("option", { value: kind }, words));
byId("panels").append(...here.tabs.map(([name]) =>
  el("div", { id: `panel-${name}`, class: "panel", role: "tabpanel", "aria-labelledby": `tab-${name}`, tabindex: "0", hidden: true })));
