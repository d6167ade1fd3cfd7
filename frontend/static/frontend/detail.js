"use strict";

// One technology: `e` leads to its details, and so does #edit-heading from the list.
(() => {
  const HEADING = "edit-heading";

  function edit() {
    document.getElementById(HEADING).scrollIntoView({ block: "start" });
    document.querySelector("form.edit").querySelector("select, input:not([type='hidden'])").focus({ preventScroll: true });
  }

  const isTyping = (element) => element.matches("input:not([type='checkbox']), textarea, select, [contenteditable]");

  addEventListener("keydown", (event) => {
    if (event.key !== "e" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (isTyping(event.target)) return;
    event.preventDefault();
    edit();
  });

  const follow = () => location.hash === `#${HEADING}` && edit();
  addEventListener("hashchange", follow);
  // After the browser has gone there itself, which would take the focus away.
  addEventListener("load", () => requestAnimationFrame(follow));
})();
