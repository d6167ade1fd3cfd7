"use strict";

// Select rows of the list: ranges with Shift, all of the page, and keys for the menus of the bar that then appears.
(() => {
  const list = document.getElementById("list");

  const boxes = () => [...list.querySelectorAll(".row .select")];
  // Groups can be closed.
  const visible = () => boxes().filter((box) => box.checkVisibility());
  const chosen = () => boxes().filter((box) => box.checked);
  const bar = document.getElementById("selection");
  // The row that a range begins with.
  let anchor = null;

  function show() {
    const all = visible();
    const number = chosen().length;
    const areAll = number > 0 && all.every((box) => box.checked);
    const wholePage = document.getElementById("select-all");
    if (wholePage) {
      wholePage.hidden = !all.length;
      wholePage.checked = areAll;
      wholePage.indeterminate = number > 0 && !areAll;
    }
    const everything = bar.elements.all;
    if (everything && !areAll) everything.checked = false;
    // A technology may be in several groups.
    const techs = new Set(chosen().map((box) => box.value)).size;
    const words = everything?.checked ? "All selected" : `${techs.toLocaleString("en")} selected`;
    const status = bar.querySelector("[data-selected]");
    if (status.textContent !== words) status.textContent = number ? words : "";
  }

  function between(from, to) {
    const all = visible();
    const [first, last] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
    return all.slice(first, last + 1);
  }

  // In groups, a technology may have several rows.
  function check(some, isChecked) {
    const techs = new Set(some.map((box) => box.value));
    for (const box of boxes()) if (techs.has(box.value)) box.checked = isChecked;
  }

  list.addEventListener("click", (event) => {
    const box = event.target.closest(".row .select");
    if (!box) return;
    check(event.shiftKey && anchor?.isConnected ? between(anchor, box) : [box], box.checked);
    anchor = box;
    show();
  });
  // Shift would select the text of the rows between.
  list.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.matches(".row .select")) event.preventDefault();
  });

  addEventListener("change", (event) => {
    if (event.target.id === "select-all") check(visible(), event.target.checked);
    if (event.target.name === "all" && event.target.checked) for (const box of boxes()) box.checked = true;
    show();
  });
  // Only then are the boxes empty.
  bar.addEventListener("reset", () => setTimeout(show));

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !chosen().length) return;
    if (event.target.matches("input:not([type='checkbox']), textarea, select") || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      // The first one closes an open menu.
      if (!event.defaultPrevented) bar.reset();
      return;
    }
    const menu = [...bar.querySelectorAll("details[data-key]")].find((each) => each.dataset.key === event.key);
    if (!menu) return;
    event.preventDefault();
    for (const each of bar.querySelectorAll("details")) each.open = each === menu;
    menu.querySelector("input, .choices button").focus();
  });

  // With the keyboard, continue at the list that took the place of the old one.
  addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== list) return;
    anchor = null;
    bar.reset();
    for (const menu of bar.querySelectorAll("details[open]")) menu.open = false;
    if (event.detail.requestConfig.elt.id === "selection") list.querySelector(".row .name")?.focus({ preventScroll: true });
  });
  addEventListener("pageshow", show);
  show();
})();
