"use strict";

// Beyond htmx: messages for failed requests, retried polls, details that stay open, and focus.
(() => {
  const POLL_AGAIN_AFTER = 5000;
  const UNREACHABLE = "The server is not responding. Check your connection and try again; your input is kept.";
  const POLL_FAILED = "The server is not responding. Retrying in a few seconds.";

  const problemOf = (element) => element.closest("[data-area]")?.querySelector("[data-problem]");

  function say(element, words) {
    const problem = problemOf(element);
    // Screen readers would read an unchanged message again.
    if (problem && problem.textContent !== words) problem.textContent = words;
  }

  function wordsOf(xhr) {
    const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const detail = page.querySelector("[data-detail]")?.textContent.trim();
    return detail || `The server returned an error (${xhr.status}). Try again in a moment.`;
  }

  function fail(element, words, mayPass) {
    // The form works without a preview.
    if (element.matches("[hx-target='#preview']")) return;
    if (!element.matches("[data-poll]")) {
      say(element, words);
      return;
    }
    say(element, mayPass ? POLL_FAILED : words);
    if (mayPass) setTimeout(() => htmx.trigger(element, "again"), POLL_AGAIN_AFTER);
  }

  addEventListener("htmx:sendError", (event) => fail(event.detail.elt, UNREACHABLE, true));
  addEventListener("htmx:timeout", (event) => fail(event.detail.elt, UNREACHABLE, true));
  addEventListener("htmx:responseError", (event) => {
    const { elt, xhr } = event.detail;
    fail(elt, wordsOf(xhr), xhr.status >= 500 || xhr.status === 429);
  });
  addEventListener("htmx:beforeRequest", (event) => {
    if (!event.detail.elt.matches("[data-poll], [hx-target='#preview']")) say(event.detail.elt, "");
  });
  addEventListener("input", (event) => {
    if (event.target.matches("[hx-target='#preview']")) say(event.target, "");
  });

  // A suggestion beside the form fills it in, and the preview follows.
  addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    const text = document.getElementById("text");
    text.value = button.dataset.fill;
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });

  let open = [];
  addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.shouldSwap) say(event.detail.requestConfig.elt, "");
    open = [...event.detail.target.querySelectorAll("details[open]")].map((details) => details.id);
  });
  addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  });

  // A single-line input would join pasted lines: let the server offer an import instead.
  addEventListener("paste", (event) => {
    const form = event.target.form;
    const lines = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (form?.id !== "add" || event.target.type !== "text" || !/[\r\n]/.test(lines)) return;
    event.preventDefault();
    const text = [event.target.value.trim(), lines].filter(Boolean).join("\n");
    htmx.ajax("POST", form.action, { source: form, target: form, swap: "outerHTML", values: { text } });
  });

  // The limit of a request, minus the other fields of the form.
  const FILE_BYTES = 20 * 1024 * 1024 - 64 * 1024;
  const TOO_LARGE = "This file is too large. The limit is 20 MiB.";
  const ONE_FILE = "Drop one file at a time.";
  const NO_FOLDER = "This is a folder. Drop one of its files.";
  // The area where a file may be dropped, and the form that receives it.
  const dropAreaOf = (event) => event.target.closest?.("[data-drop]");
  const formOf = (area) => document.getElementById(area.dataset.drop);
  const areaOf = (form) => form.id && document.querySelector(`[data-drop="${form.id}"]`);
  const problemOfDrop = ({ files, items }) => {
    if (files.length > 1) return ONE_FILE;
    return items[0]?.webkitGetAsEntry?.()?.isDirectory ? NO_FOLDER : "";
  };

  addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files") || !document.querySelector("[data-drop]")) return;
    event.preventDefault();
    const area = dropAreaOf(event);
    if (area) area.classList.add("is-dragged");
    // Otherwise the browser would leave the page and open a file that misses the area.
    else event.dataTransfer.dropEffect = "none";
  });
  addEventListener("dragleave", (event) => {
    const area = dropAreaOf(event);
    if (area && !area.contains(event.relatedTarget)) area.classList.remove("is-dragged");
  });
  addEventListener("drop", (event) => {
    const area = dropAreaOf(event);
    const files = event.dataTransfer.files;
    if (!area || !files.length) return;
    event.preventDefault();
    area.classList.remove("is-dragged");
    const problem = problemOfDrop(event.dataTransfer);
    area.querySelector("[data-problem]").textContent = problem;
    if (problem) return;
    formOf(area).elements.file.files = files;
    formOf(area).requestSubmit();
  });
  // The server refuses it unread, which some browsers report as a lost connection.
  addEventListener("submit", (event) => {
    const area = areaOf(event.target);
    const file = area && event.target.elements.file.files[0];
    if (!file) return;
    const isTooLarge = file.size > FILE_BYTES;
    if (isTooLarge) event.preventDefault();
    area.querySelector("[data-problem]").textContent = isTooLarge ? TOO_LARGE : "";
    const reading = area.querySelector("[data-reading]");
    if (reading) reading.textContent = isTooLarge ? "" : `Reading ${file.name}...`;
  });
  // Back to this page, nothing is being read any more.
  addEventListener("pageshow", () => {
    for (const reading of document.querySelectorAll("[data-reading]")) reading.textContent = "";
  });
})();
