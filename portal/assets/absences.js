// Comfort alone: what is missing is told by the page that answers, too.
for (const form of document.querySelectorAll("form[data-explained]")) {
  const button = form.querySelector(".is-first");
  const explanation = form.elements.explanation;
  const wanted = form.querySelector(".wanted");
  const hint = form.querySelector(".own-reasons");
  const common = form.elements.reason;
  const own = [...form.querySelectorAll(".own-reason")].map((details) => ({
    details,
    select: details.querySelector("select"),
    box: form.querySelector(`input[name=child][value="${CSS.escape(details.dataset.child)}"]`),
  }));

  const offers = (select, label) => [...select.options].some((option) => option.value === label);
  const asksToExplain = (select) => select.selectedOptions[0]?.hasAttribute("data-explain") ?? false;

  const look = () => {
    // A reason that a chosen child's school does not have is asked for by itself, before anything is sent.
    for (const { details, select, box } of own) {
      const isLacking = box.checked && common.value && !offers(select, common.value);
      if (isLacking) details.open = true;
      details.hidden = !box.checked || !(isLacking || details.open || own.filter((each) => each.box.checked).length > 1);
    }
    if (hint) hint.hidden = own.every(({ details }) => details.hidden);
    const chosen = own.filter(({ box, select }) => box.checked && select.value).map(({ select }) => select);
    const isCommonSaid = !own.length || own.some(({ box, select }) => box.checked && !select.value);
    const isWanted = chosen.some(asksToExplain) || (isCommonSaid && asksToExplain(common));
    const isMissing = isWanted && !explanation.value.trim();
    // « Soumettre » stays grey until « Autre » is explained (AT-08).
    button.disabled = isMissing;
    const said = isMissing ? wanted.dataset.words : "";
    if (wanted.textContent !== said) wanted.textContent = said;
    explanation.toggleAttribute("required", isWanted);
  };
  form.addEventListener("input", look);
  form.addEventListener("change", look);
  look();
}
