"use strict";

// Filters with many values become fields that search them. The <select> stays in the form, which sends its value.
(() => {
  const FEW = 8;
  const NOTHING = "No match";

  function create(tag, properties, attributes) {
    const element = Object.assign(document.createElement(tag), properties);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function matching(select, options, typed) {
    const words = typed.toLowerCase().split(/\s+/);
    const found = options.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)));
    // The options are those with the most technologies; others can be named.
    const isOther = typed && select.dataset.others !== undefined && !found.some(({ text }) => text === typed);
    return isOther ? [...found, new Option(`Other: ${typed}`, typed)] : found;
  }

  function enhance(select) {
    const id = select.id;
    const options = [...select.options].slice(1);
    const combo = create("div", { className: "combo" }, {});
    const field = create(
      "input",
      { id, type: "text", placeholder: select.options[0].text, autocomplete: "off", spellcheck: false },
      { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-options` },
    );
    const list = create("ul", { id: `${id}-options`, hidden: true }, { role: "listbox", "aria-label": field.placeholder });
    let found = [];
    let active = -1;

    function mark(number) {
      active = number;
      [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === active)));
      list.children[active]?.scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", found[active] ? `${id}-${active}` : "");
    }

    function open() {
      found = matching(select, options, field.value.trim());
      const items = found.map(({ text }, at) => create("li", { id: `${id}-${at}`, textContent: text }, { role: "option" }));
      list.replaceChildren(...items);
      if (!items.length) list.append(create("li", { textContent: NOTHING }, { role: "option", "aria-disabled": "true" }));
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
      mark(field.value.trim() ? 0 : -1);
    }

    function close() {
      list.hidden = true;
      field.setAttribute("aria-expanded", "false");
      field.setAttribute("aria-activedescendant", "");
    }

    function choose(option) {
      if (!option) return;
      select.append(option);
      option.selected = true;
      field.value = "";
      close();
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function step(by) {
      if (list.hidden) open();
      else mark((active + by + (active < 0 && by < 0 ? 1 : 0) + found.length) % found.length);
    }

    const KEYS = {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      Enter: () => (list.hidden ? open() : choose(found[active])),
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !list.hidden) {
        // The menu around it stays open.
        event.stopPropagation();
        close();
      }
      if (!KEYS[event.key] || event.isComposing) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    field.addEventListener("input", open);
    field.addEventListener("click", open);
    field.addEventListener("blur", () => {
      field.value = "";
      close();
    });
    // Only the choice of a value is a change of the form.
    field.addEventListener("change", (event) => event.stopPropagation());
    // The field keeps the focus.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => choose(found[[...list.children].indexOf(event.target)]));

    const hadFocus = document.activeElement === select;
    select.removeAttribute("id");
    select.replaceWith(combo);
    combo.append(field, list, select);
    if (hadFocus) field.focus();
  }

  function enhanceAll() {
    for (const select of document.querySelectorAll("#filter-fields select[id]")) {
      if (select.options.length > FEW) enhance(select);
    }
  }

  enhanceAll();
  addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id === "filter-fields") enhanceAll();
  });
})();
