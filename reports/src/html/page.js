// Comfort: search, keys, copying, and addresses that keep the view. Everything can be read without it.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const [form, input, matches, help, keys] = ["search", "query", "matches", "help", "keys"].map(byId);
  const words = (text) => (text || "").toLowerCase().split(" ").filter(Boolean);

  // What can be found, read once: filtering is then a matter of strings.
  const items = Array.from(document.querySelectorAll("[data-item]"), (element) => ({
    element,
    isCause: element.classList.contains("cause"),
    text: (element.dataset.text || element.textContent).toLowerCase(),
    fields: Object.fromEntries(["aspect", "blame", "is", "feature"].map((name) => [name, words(element.dataset[name])])),
  }));
  const causes = items.filter((item) => item.isCause);

  // `aspect:order,calls blame:new retry -timeout "two words"`
  const parse = (query) =>
    Array.from(query.toLowerCase().matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/g), ([, minus, name, quoted, plain]) => {
      const value = quoted ?? plain ?? "";
      const isField = name && name in (items[0]?.fields ?? {});
      const wanted = value.split(",").filter(Boolean);
      const text = name && !isField ? `${name}:${value}` : value;
      const test = isField
        ? (item) => wanted.length === 0 || wanted.some((one) => item.fields[name].some((field) => field.startsWith(one)))
        : (item) => item.text.includes(text);
      return minus ? (item) => !test(item) : test;
    });

  let shown = causes;
  const filter = (query) => {
    const tests = parse(query);
    let found = 0;
    for (const item of items) {
      const isFound = tests.every((test) => test(item));
      if (item.element.hidden === isFound) item.element.hidden = !isFound;
      if (isFound) found += 1;
    }
    shown = causes.filter((item) => !item.element.hidden);
    matches.hidden = tests.length === 0;
    matches.textContent = tests.length === 0
      ? ""
      : `${shown.length} of ${causes.length} causes and ${found - shown.length} of ${items.length - causes.length} rows match.`;
  };

  // The address: `#c-1a2b3c4d`, or `#q=blame:new&at=c-1a2b3c4d`.
  const read = () => {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return { query: "", at: new URLSearchParams(`at=${hash}`).get("at") };
    const parts = new URLSearchParams(hash);
    return { query: parts.get("q") ?? "", at: parts.get("at") ?? "" };
  };
  const write = (query, at) => {
    const parts = new URLSearchParams();
    if (query) parts.set("q", query);
    if (at) parts.set("at", at);
    const hash = query ? `#${parts}` : at ? `#${encodeURIComponent(at)}` : "";
    if (hash !== location.hash) history.replaceState(null, "", hash || location.pathname + location.search);
  };

  const open = (element) => {
    for (let each = element; each; each = each.parentElement) {
      if (each instanceof HTMLDetailsElement) each.open = true;
    }
  };
  const go = (element) => {
    open(element);
    if (element.classList.contains("cause")) {
      const details = element.querySelector("details");
      if (details) details.open = true;
    }
    element.scrollIntoView();
    if (element.hasAttribute("tabindex")) element.focus({ preventScroll: true });
  };
  const apply = () => {
    const { query, at } = read();
    input.value = query;
    filter(query);
    const element = at && byId(at);
    if (element) go(element);
  };

  input.addEventListener("input", () => {
    filter(input.value);
    write(input.value.trim(), "");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    shown[0]?.element.focus();
  });
  addEventListener("hashchange", apply);
  document.addEventListener("toggle", (event) => {
    const { target } = event;
    if (target.id && target.open && document.activeElement === target.querySelector("summary")) write(input.value.trim(), target.id);
  }, true);

  const move = (step) => {
    const current = shown.findIndex((item) => item.element.contains(document.activeElement));
    const next = current < 0 ? (step > 0 ? 0 : shown.length - 1) : current + step;
    const item = shown[Math.min(Math.max(next, 0), shown.length - 1)];
    if (!item) return;
    item.element.focus();
    item.element.scrollIntoView({ block: "start" });
    write(input.value.trim(), item.element.id);
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    if (event.target === input) {
      if (event.key === "Escape") {
        input.value = "";
        filter("");
        write("", "");
        input.blur();
      }
      return;
    }
    const { target } = event;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") {
      event.preventDefault();
      input.focus();
      input.select();
    } else if (event.key === "?") keys.showModal();
    else if (event.key === "Enter" && target.classList.contains("cause")) {
      const details = target.querySelector("details");
      if (details) details.open = !details.open;
    }
  });
  help.addEventListener("click", () => keys.showModal());

  const copy = async (button) => {
    const code = byId(button.dataset.copy);
    const done = (text) => {
      button.textContent = text;
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    };
    try {
      await navigator.clipboard.writeText(code.textContent);
      done("Copied");
    } catch {
      // A browser that lets no page write the clipboard: the command is selected, to be copied by hand.
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      done("Selected");
    }
  };
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const link of document.querySelectorAll("[data-script]")) link.hidden = false;
  form.hidden = false;
  apply();
})();
