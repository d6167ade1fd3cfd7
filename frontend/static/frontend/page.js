"use strict";

// On every page: menus that close, theme and density without a request, and notices that go away.
(() => {
  const YEAR = 365 * 24 * 60 * 60;
  const NOTICE_LASTS = 10; // seconds, unless the notice says otherwise

  // Menus are <details>. One is open at a time, and a click elsewhere or Escape closes it.
  const openMenus = () => document.querySelectorAll("details.menu[open]");
  addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!event.composedPath().includes(menu) && !menu.matches(".is-shown")) menu.open = false;
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      event.preventDefault();
      const hadFocus = menu.contains(document.activeElement);
      menu.open = false;
      if (hadFocus) menu.querySelector("summary").focus({ preventScroll: true });
    }
  });

  // The server does the same for browsers without JavaScript.
  addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.form?.id !== "appearance") return;
    event.preventDefault();
    const { name, value } = button;
    const buttons = [...document.querySelectorAll(`button[name="${name}"]`)];
    const isDefault = value === buttons[0].value;
    if (isDefault) delete document.documentElement.dataset[name];
    else document.documentElement.dataset[name] = value;
    document.cookie = `${name}=${isDefault ? "" : value}; path=/; max-age=${isDefault ? 0 : YEAR}; samesite=lax`;
    for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
    if (name === "theme") document.querySelector("meta[name='color-scheme']").content = isDefault ? "light dark" : value;
  });

  // Buttons that copy addresses. Without a clipboard, a click selects the text instead.
  const COPIED_FOR = 2000;
  for (const code of navigator.clipboard ? document.querySelectorAll(".addresses code") : []) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    const words = document.createElement("span");
    words.textContent = "Copy";
    const what = document.createElement("span");
    what.className = "visually-hidden";
    what.textContent = ` ${code.closest("dd").previousElementSibling.textContent}`;
    button.append(words, what);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent.trim());
      words.textContent = "Copied";
      setTimeout(() => { words.textContent = "Copy"; }, COPIED_FOR);
    });
    code.after(button);
  }

  addEventListener("click", (event) => {
    event.target.closest("[data-close]")?.closest(".news").remove();
  });
  function removeLater(within) {
    for (const notice of within.querySelectorAll(".news[data-passing]")) {
      const lasts = 1000 * (Number(notice.dataset.passing) || NOTICE_LASTS);
      const remove = () => (notice.matches(":hover, :focus-within") ? setTimeout(remove, lasts) : notice.remove());
      setTimeout(remove, lasts);
    }
  }
  removeLater(document);
  addEventListener("htmx:oobAfterSwap", (event) => removeLater(event.detail.target));
})();
