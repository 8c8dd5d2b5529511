// What is pleasanter with JavaScript, found by data- attributes. The site works without.

const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });

// data-copy, data-done
on("click", "[data-copy]", async (button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.querySelector("[data-label]") ?? button;
  const before = label.textContent;
  label.textContent = button.dataset.done;
  setTimeout(() => (label.textContent = before), 2500);
});

// data-share, data-title: the system's own sheet
on("click", "[data-share]", (button) =>
  navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {}),
);

// data-confirm
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// data-count, of a textarea: "120 / 5 000"
on("input", "textarea[maxlength]", (area) => {
  const count = document.querySelector(`[data-count="${area.id}"]`);
  if (count) count.textContent = `${area.value.length} / ${area.maxLength.toLocaleString("fr")}`;
});

// data-filled: tells htmx when a field holds that many
on("input", "[data-filled]", (box, { target }) => {
  if (target.value.replace(" ", "").length == box.dataset.filled) target.dispatchEvent(new Event("filled", { bubbles: true }));
});

// Unanswered, htmx leaves a link to the browser, and a form says so (components/_failed.html).
for (const type of ["send", "response"])
  document.addEventListener(`htmx:${type}Error`, ({ target }) => {
    const said = target.querySelector("[data-failed]");
    if (said) said.hidden = false;
    else if (target.href) location = target.href;
  });

// data-menu: closes on Escape and when one looks elsewhere
const closeMenus = (inside) =>
  document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
    if (!menu.contains(inside)) menu.open = false;
  });
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// data-follow: the number of supports follows its figures while one looks at it (components/_progress_next.html)

const { lang } = document.documentElement;
const format = new Intl.NumberFormat(lang), plural = new Intl.PluralRules(lang);

const writeFigures = (box, bar, { count, steps: { next } }) => {
  const goal = next ?? count, numbers = { count, goal, missing: goal - count };
  const now = !next ? "last" : goal < 6 ? "first" : goal < 26 ? "missing" : "many";
  for (const part of box.querySelectorAll("[data-stage], [data-number]")) {
    const { stage, number, one = "#", many = one } = part.dataset, value = numbers[number];
    if (stage) part.hidden = !stage.includes(now);
    else part.textContent = (plural.select(value) === "one" ? one : many).replace("#", format.format(value));
  }
  Object.assign(bar, { max: goal, value: count });
};

const follow = (box, wait) => {
  const begun = Date.now(), bar = box.querySelector("progress"), first = bar.value;
  let isSeen, timer;
  const plan = () => {
    clearTimeout(timer);
    if (isSeen && !document.hidden && wait < 90_000 && Date.now() < begun + 30 * 60_000) timer = setTimeout(ask, wait);
  };
  const ask = async () => {
    try {
      const figures = await (await fetch(box.dataset.follow, { cache: "no-cache" })).json();
      // One's own support is shown at once, and counted for all within seconds.
      if (figures.count >= first || Date.now() > begun + 15_000) writeFigures(box, bar, figures);
      wait = 5_000;
    } catch {
      wait = 2 * Math.max(wait, 5_000);
    }
    plan();
  };
  new IntersectionObserver((entries) => {
    isSeen = entries.at(-1).isIntersecting;
    plan();
  }).observe(box);
  document.addEventListener("visibilitychange", plan);
};

// A page may be seconds old, what an act brings is not.
document.addEventListener("htmx:load", ({ target }) =>
  target.querySelectorAll("[data-follow]").forEach((box) => follow(box, target === document.body ? 1_000 : 5_000)),
);

// Once, then in each fragment.
const settle = (root) => {
  root.querySelectorAll("[data-needs-share]").forEach((part) => (part.hidden = !navigator.share));
  root.querySelectorAll("[data-needs-clipboard]").forEach((part) => (part.hidden = !navigator.clipboard));
  const found = root.querySelector("[data-focus]");
  (found?.dataset.focus ? root.querySelector(found.dataset.focus) : found)?.focus();
};
settle(document);
document.addEventListener("htmx:load", (event) => settle(event.target));
