// Comfort alone: a reference can be selected whole by hand, too.
for (const code of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = code.dataset.copy;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = code.dataset.done;
    } catch {
      // Where a page may not write there, the number is selected, and the keyboard copies it.
      getSelection().selectAllChildren(code);
    }
  });
  code.after(button);
}
