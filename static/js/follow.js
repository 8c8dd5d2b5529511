// The number of supports follows its figures while one looks at it (components/_progress_next.html).

const { lang } = document.documentElement;
const format = new Intl.NumberFormat(lang), plural = new Intl.PluralRules(lang);

const write = (box, bar, { count, steps: { next } }) => {
  const goal = next ?? count, numbers = { count, goal, missing: goal - count };
  const now = !next ? "last" : goal < 6 ? "first" : goal < 26 ? "missing" : "many";
  for (const part of box.querySelectorAll("[data-stage], [data-number]")) {
    const { stage, number, one = "#", many = one } = part.dataset, value = numbers[number];
    if (stage) part.hidden = !stage.includes(now);
    else part.textContent = (plural.select(value) === "one" ? one : many).replace("#", format.format(value));
  }
  Object.assign(bar, { max: goal, value: count });
};

const start = (box, wait) => {
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
      if (figures.count >= first || Date.now() > begun + 15_000) write(box, bar, figures);
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
  target.querySelectorAll("[data-follow]").forEach((box) => start(box, target === document.body ? 1_000 : 5_000)),
);
