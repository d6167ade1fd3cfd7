"use strict";

// Send the forms of the API's pages with their methods and bodies, and show the response as the page that it is.
(() => {
  const UNREACHABLE = "The server is not responding. Check your connection and try again; your input is kept.";

  function requestOf(form, method) {
    const headers = { Accept: "text/html" };
    const token = form.elements.csrfmiddlewaretoken?.value;
    if (token) headers["X-CSRFToken"] = token;
    const body = form.elements.body?.value;
    if (body !== undefined) headers["Content-Type"] = form.elements.type.value;
    return { method, headers, body };
  }

  function say(words) {
    document.querySelector(".is-api .problem").textContent = words;
  }

  function show(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.getElementById("main");
    // Refusals before REST framework is asked are JSON.
    if (!main) return say(JSON.parse(html).detail);
    document.title = page.title;
    document.getElementById("main").replaceWith(main);
    main.focus();
    return scrollTo(0, 0);
  }

  addEventListener("submit", async (event) => {
    const form = event.target;
    const method = event.submitter?.value || form.dataset.send;
    if (!method || form.dataset.send === undefined) return;
    event.preventDefault();
    try {
      const response = await fetch(form.action, requestOf(form, method));
      show(await response.text());
    } catch {
      say(UNREACHABLE);
    }
  });
})();
