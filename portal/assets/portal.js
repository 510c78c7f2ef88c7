// Comfort alone: every page does its work without this.

// The summary of what went wrong is read first.
document.querySelector("[data-focus]")?.focus();

// A button that may be pressed again only after a while says for how long.
for (const button of document.querySelectorAll("button[data-wait]")) {
  const label = button.textContent;
  const told = document.getElementById(button.getAttribute("aria-describedby"));
  const until = Date.now() + Number(button.dataset.wait) * 1000;
  const tick = () => {
    const rest = Math.ceil((until - Date.now()) / 1000);
    button.disabled = rest > 0;
    button.textContent = label;
    if (told) told.textContent = rest > 0 ? button.dataset.words.replace("#", rest) : "";
    if (rest > 0) setTimeout(tick, 250);
  };
  tick();
}

// A pasted code loses what a mail program put around it: blanks, dashes, a whole sentence.
for (const field of document.querySelectorAll("input[data-code]")) {
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text") ?? "";
    const found = text.replace(/(\d)[\s\u00a0\u2010-\u2015-]+(?=\d)/g, "$1").match(/\d{6}/);
    if (!found) return;
    event.preventDefault();
    field.value = found[0];
  });
}

// A password may be looked at.
for (const field of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = field.dataset.show;
  button.setAttribute("aria-controls", field.id);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? field.dataset.hide : field.dataset.show;
    button.setAttribute("aria-pressed", String(shown));
  });
  const row = document.createElement("div");
  row.className = "with-button";
  field.replaceWith(row);
  row.append(field, button);
}

// A form that is on its way is not sent a second time, unless what it leads to is a file that leaves the page open.
for (const form of document.querySelectorAll("form[method=post]:not([data-again])")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
