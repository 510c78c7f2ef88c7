// Comfort alone: says while a new password is typed which rules it follows already. The API decides.

const KINDS = {
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  digit: /\p{Nd}/u,
  symbol: /[^\p{L}\p{N}\s]/u,
};

for (const field of document.querySelectorAll("input[data-rules]")) {
  const rules = document.getElementById(field.dataset.rules);
  const { shortest, longest, required, classes, met, unmet } = rules.dataset;
  const kinds = classes.split(" ").filter((name) => name in KINDS);
  const follows = {
    length: (text) => [...text].length >= Number(shortest) && [...text].length <= Number(longest),
    classes: (text) => kinds.filter((name) => KINDS[name].test(text)).length >= Math.min(Number(required), kinds.length),
  };
  rules.hidden = false;
  const look = () => {
    for (const rule of rules.querySelectorAll("[data-rule]")) {
      const isMet = follows[rule.dataset.rule](field.value);
      rule.classList.toggle("is-met", isMet);
      rule.querySelector(".unseen").textContent = isMet ? met : unmet;
    }
  };
  for (const rule of rules.querySelectorAll("[data-rule]")) {
    const said = document.createElement("span");
    said.className = "unseen";
    rule.append(" ", said);
  }
  field.addEventListener("input", look);
  look();
}
