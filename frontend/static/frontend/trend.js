"use strict";

// The numbers of each day of the trend: under the pointer at once, and with the arrow keys. Without it, they are titles.
(() => {
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -7, PageUp: 7, Home: -Infinity, End: Infinity };

  function enhance(plot) {
    const days = [...plot.querySelectorAll(".day")];
    const texts = days.map((day) => day.querySelector("title").textContent);
    const last = days.length - 1;
    const words = Object.assign(document.createElement("p"), { className: "day-words", hidden: true });
    const slider = Object.assign(document.createElement("div"), { className: "days", tabIndex: 0 });
    slider.setAttribute("role", "slider");
    slider.setAttribute("aria-label", "Levels by day");
    slider.setAttribute("aria-valuemin", 0);
    slider.setAttribute("aria-valuemax", last);
    words.setAttribute("aria-hidden", "true");
    let shown = last;

    function choose(number) {
      shown = Math.min(Math.max(number, 0), last);
      slider.setAttribute("aria-valuenow", shown);
      slider.setAttribute("aria-valuetext", texts[shown].replaceAll("\n", ", "));
    }

    function show() {
      days.forEach((day, number) => day.classList.toggle("is-shown", number === shown));
      words.textContent = texts[shown];
      words.hidden = false;
      // On the side with more room.
      const outer = plot.getBoundingClientRect();
      const day = days[shown].getBoundingClientRect();
      const isLeft = day.left - outer.left > outer.width / 2;
      words.style.left = isLeft ? "" : `${day.right - outer.left + 8}px`;
      words.style.right = isLeft ? `${outer.right - day.left + 8}px` : "";
    }

    function hide() {
      words.hidden = true;
      for (const day of days) day.classList.remove("is-shown");
    }

    slider.addEventListener("pointermove", ({ clientX }) => {
      const at = days.findIndex((day) => day.getBoundingClientRect().right > clientX);
      choose(at < 0 ? last : at);
      show();
    });
    slider.addEventListener("pointerleave", hide);
    slider.addEventListener("focus", () => {
      if (slider.matches(":focus-visible")) show();
    });
    slider.addEventListener("blur", hide);
    slider.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hide();
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      choose(shown + STEPS[event.key]);
      show();
    });
    choose(last);
    plot.append(slider, words);
  }

  function enhanceAll() {
    for (const plot of document.querySelectorAll(".trend-plot:not(:has(.days))")) enhance(plot);
  }
  enhanceAll();
  addEventListener("htmx:afterSwap", enhanceAll);
})();
