"use strict";

// One technology: `e` leads to its details, as do links to their first field.
(() => {
  const isTyping = (element) => element.matches("input:not([type='checkbox']), textarea, select, [contenteditable]");

  addEventListener("keydown", (event) => {
    if (event.key !== "e" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target)) return;
    event.preventDefault();
    const field = document.getElementById("impact");
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: "nearest" });
  });
})();
