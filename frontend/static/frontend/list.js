"use strict";

// The list: keys, and changes of others, which appear without moving anything that somebody reads.
(() => {
  const LOOK_EVERY = 15_000;
  const UPDATED = "The list has been updated.";
  const list = document.getElementById("list");
  const adding = document.getElementById("adding");
  const keys = document.getElementById("keys");
  const isWall = document.documentElement.dataset.view === "wall";

  // --- Keys ---------------------------------------------------------------------------------------------------------

  // Groups can be closed.
  const names = () => [...list.querySelectorAll(".row .name")].filter((name) => name.checkVisibility());
  const currentRow = () => document.activeElement.closest?.(".row");

  function move(step) {
    const all = names();
    const at = all.findIndex((name) => name.closest(".row") === currentRow());
    const firstVisible = all.findIndex((name) => name.getBoundingClientRect().top >= 0);
    const next = all[at < 0 ? Math.max(firstVisible, 0) : at + step];
    next?.focus({ preventScroll: true });
    next?.closest(".row").scrollIntoView({ block: "nearest" });
  }

  // Far down the page, the form appears where somebody reads, instead of leading away.
  let readBefore = null;
  function openForm() {
    const isAway = adding.getBoundingClientRect().bottom < 0 && !adding.matches(".is-shown");
    readBefore = isAway ? document.activeElement : null;
    adding.classList.toggle("is-floating", isAway);
    adding.open = true;
    document.getElementById("text").focus({ preventScroll: isAway });
  }
  adding.addEventListener("toggle", () => {
    if (adding.open) return;
    adding.classList.remove("is-floating");
    if (adding.contains(document.activeElement)) readBefore?.focus({ preventScroll: true });
    readBefore = null;
  });

  const ACTIONS = {
    "/": () => document.getElementById("q").focus(),
    n: openForm,
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
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys.open || isWall) return;
    const action = ACTIONS[event.key];
    if (!action || isTyping(event.target)) return;
    event.preventDefault();
    action();
  });

  // From an empty search back to the rows.
  document.getElementById("q").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.value) event.target.blur();
  });

  // --- Groups that somebody has closed stay closed ------------------------------------------------------------------

  const CLOSED = "closed-groups";
  const closed = new Set(storedGroups());

  function storedGroups() {
    try {
      return JSON.parse(localStorage.getItem(CLOSED) ?? "[]");
    } catch {
      // Browsers that block cookies refuse access. Groups then stay closed for as long as the page is open.
      return [];
    }
  }

  function closeAgain() {
    for (const group of list.querySelectorAll(".fold")) group.open = !closed.has(group.dataset.group);
  }
  list.addEventListener("toggle", ({ target }) => {
    if (!target.matches(".fold")) return;
    if (target.open) closed.delete(target.dataset.group);
    else closed.add(target.dataset.group);
    try {
      localStorage.setItem(CLOSED, JSON.stringify([...closed]));
    } catch {
      // See above.
    }
  }, true);
  closeAgain();

  // --- Changes of others --------------------------------------------------------------------------------------------

  const board = () => list.querySelector("[data-state]");
  const changed = document.getElementById("changed");
  let isUpdating = false;
  // Rows tell how far dates are from today (UTC), so another day is a change, too.
  const today = () => new Date().toISOString().slice(0, 10);
  let shownOn = today();

  // Somebody who selects rows, chooses, types or reads the days of the trend must not lose that. The form of an empty list is always open.
  function isBusy() {
    const open = document.querySelector("details.menu[open]:not(.is-shown), dialog[open]");
    return open || list.querySelector(".select:checked, .days:focus") || document.getElementById("text")?.value;
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
      if ((current === state && today() === shownOn) || board()?.dataset.state !== state) return;
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
    focused = list.querySelector(":focus-visible");
    focusedAt = rows().indexOf(focused?.closest(".row"));
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
    shownOn = today();
    closeAgain();
    showTab();
    focusAgain();
    const [id, top] = places.find(([id]) => document.getElementById(id)) ?? [];
    if (id) scrollBy({ top: document.getElementById(id).getBoundingClientRect().top - top, behavior: "instant" });
    if (!isUpdating) return;
    isUpdating = false;
    tell(UPDATED);
  });

  // htmx keeps the focus of elements with an id. Without one, continue at the same row, or at the place where it was.
  let focused = null;
  let focusedAt = -1;
  const rows = () => [...list.querySelectorAll(".row")];

  function focusAgain() {
    if (!focused || focused.isConnected || document.activeElement !== document.body) return;
    const row = document.getElementById(focused.closest(".row")?.id) ?? rows()[Math.min(focusedAt, rows().length - 1)];
    const next = row?.querySelector(focused.matches(".select") ? ".select" : ".name");
    (next ?? list.querySelector(".chip, .tab[aria-current]"))?.focus({ preventScroll: true });
  }

  // On narrow screens, not all levels fit.
  function showTab() {
    const tab = list.querySelector(".tab[aria-current]");
    if (!tab) return;
    const [inner, outer] = [tab, tab.parentElement].map((element) => element.getBoundingClientRect());
    tab.parentElement.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  }
  showTab();

  function tell(words) {
    const notice = document.createElement("p");
    notice.className = "news";
    notice.textContent = words;
    document.querySelector(".messages").replaceChildren(notice);
    setTimeout(() => notice.remove(), 4000);
  }
})();
