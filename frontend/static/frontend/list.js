"use strict";

// The list: keys, and changes of others, which appear without moving anything that somebody reads.
(() => {
  const LOOK_EVERY = 15_000;
  const UPDATED = "The list has been updated.";
  const list = document.getElementById("list");
  const adding = document.getElementById("adding");
  const keys = document.getElementById("keys");

  // --- Keys ---------------------------------------------------------------------------------------------------------

  const names = () => [...list.querySelectorAll(".row .name")];
  const currentRow = () => document.activeElement.closest?.(".row");

  function move(step) {
    const all = names();
    const at = all.findIndex((name) => name.closest(".row") === currentRow());
    const firstVisible = all.findIndex((name) => name.getBoundingClientRect().top >= 0);
    const next = all[at < 0 ? Math.max(firstVisible, 0) : at + step];
    next?.focus({ preventScroll: true });
    next?.closest(".row").scrollIntoView({ block: "nearest" });
  }

  const ACTIONS = {
    "/": () => document.getElementById("q").focus(),
    n: () => {
      adding.open = true;
      document.getElementById("text").focus();
    },
    j: () => move(1),
    k: () => move(-1),
    x: () => currentRow()?.querySelector(".select").click(),
    e: () => {
      const name = currentRow()?.querySelector(".name");
      if (name) location.assign(`${name.href}#impact`);
    },
    "?": () => keys.showModal(),
  };

  const isTyping = (element) => element.matches("input:not([type='checkbox']), textarea, select, [contenteditable]");

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys.open) return;
    const action = ACTIONS[event.key];
    if (!action || isTyping(event.target)) return;
    event.preventDefault();
    action();
  });

  // From an empty search back to the rows.
  document.getElementById("q").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.value) event.target.blur();
  });

  // --- Changes of others --------------------------------------------------------------------------------------------

  const board = () => list.querySelector("[data-state]");
  const changed = document.getElementById("changed");
  let isUpdating = false;

  // Somebody who selects rows, chooses or types must not lose that.
  function isBusy() {
    const text = document.getElementById("text");
    return (
      list.querySelector(".select:checked") || document.querySelector("details.menu[open], dialog[open]") || text?.value
    );
  }

  function update() {
    isUpdating = true;
    changed.hidden = true;
    htmx.trigger(document.body, "techs-changed");
  }

  async function look() {
    const { state, stateUrl, credentials } = board()?.dataset ?? {};
    if (document.hidden || !state || !changed.hidden) return;
    try {
      const response = await fetch(stateUrl, { credentials });
      if (!response.ok) return;
      const current = (await response.json()).state;
      // The list may have been replaced meanwhile.
      if (current === state || board()?.dataset.state !== state) return;
    } catch {
      return;
    }
    if (isBusy()) changed.hidden = false;
    else update();
  }

  if (board()?.dataset.state) {
    setInterval(look, LOOK_EVERY);
    document.addEventListener("visibilitychange", look);
  }
  changed.querySelector("button").addEventListener("click", update);

  // The rows in view, by their places. After an update, the first that is still there keeps its place.
  let places = [];
  addEventListener("htmx:beforeSwap", (event) => {
    const isUpdate = event.detail.requestConfig.triggeringEvent?.type === "techs-changed";
    if (event.detail.target !== list) return;
    if (!isUpdate) {
      places = [];
      return;
    }
    places = [...list.querySelectorAll(".row")]
      .map((row) => [row.id, row.getBoundingClientRect().top])
      .filter(([_, top]) => top >= 0 && top < innerHeight);
  });
  addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== list) return;
    changed.hidden = true;
    const [id, top] = places.find(([id]) => document.getElementById(id)) ?? [];
    if (id) scrollBy({ top: document.getElementById(id).getBoundingClientRect().top - top, behavior: "instant" });
    if (!isUpdating) return;
    isUpdating = false;
    tell(UPDATED);
  });

  function tell(words) {
    const notice = document.createElement("p");
    notice.className = "news";
    notice.textContent = words;
    document.querySelector(".messages").replaceChildren(notice);
    setTimeout(() => notice.remove(), 4000);
  }
})();
