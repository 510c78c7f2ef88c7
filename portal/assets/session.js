// Tells that the session is about to end, in time to stay (WCAG 2.2.1), and ends it when nobody has answered.
// The windows of one browser share a session: whoever loads a page tells the others how long it lasts now.

const WARNED_S = 300;
const banner = document.querySelector("[data-session]");
const told = banner.querySelector("[role=status]");
const actions = banner.querySelector(".session-actions");
const stay = banner.querySelector("[data-stay]");
const over = banner.querySelector("[data-over]");
const line = document.querySelector("[data-session-words]");
const windows = new BroadcastChannel("vitrail-session");
let endsAt, warnsAt, isLast, timer;

function begin(restS, words) {
  // However short a session is, two thirds of it pass in peace.
  endsAt = Date.now() + restS * 1000;
  warnsAt = endsAt - Math.min(WARNED_S, restS / 3) * 1000;
  if (words && line) line.textContent = words;
  hide();
  wait();
}

function wait() {
  clearTimeout(timer);
  const now = Date.now();
  if (now >= endsAt) {
    over.requestSubmit();
    return;
  }
  if (now >= warnsAt) warn(endsAt - now);
  // To the minute: a live region that speaks each second says nothing.
  timer = setTimeout(wait, now < warnsAt ? warnsAt - now : Math.min(endsAt - now, (endsAt - now) % 60000 || 60000));
}

function warn(rest) {
  const minutes = Math.ceil(rest / 60000);
  const words = banner.dataset[(isLast ? "last" : "soon") + (minutes > 1 ? "" : "One")].replace("#", minutes);
  if (told.textContent !== words) told.textContent = words;
  banner.classList.remove("unseen");
  actions.hidden = false;
}

function hide() {
  banner.classList.add("unseen");
  actions.hidden = true;
  told.textContent = "";
}

stay.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(stay));
  const before = endsAt;
  try {
    const answer = await fetch(stay.action, { method: "POST", body, headers: { Accept: "application/json" } });
    const said = await answer.json();
    // The session as a whole has an end too, which no use puts off.
    isLast = Date.now() + said.rest_s * 1000 < before + 60000;
    begin(said.rest_s, said.words);
    if (isLast) warn(said.rest_s * 1000);
    windows.postMessage(said);
  } catch {
    // Ended, or out of reach: the page that the form leads to says which.
    stay.submit();
  }
});

windows.addEventListener("message", ({ data }) => begin(data.rest_s, data.words));
// A computer that has slept has not waited.
document.addEventListener("visibilitychange", wait);
addEventListener("pageshow", wait);
begin(Number(banner.dataset.rest), "");
windows.postMessage({ rest_s: Number(banner.dataset.rest), words: line?.textContent });
