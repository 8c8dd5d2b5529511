// The place that somebody gave is kept in this browser, and forgotten in one click. Read before the page is painted, so
// that room is kept for what is near it.
{
  const key = "lieu", { dataset } = document.documentElement;
  let asked = true;
  const keep = (place) => {
    try {
      place ? localStorage.setItem(key, place) : localStorage.removeItem(key);
    } catch {}
    place ? (dataset.place = place) : delete dataset.place;
  };
  try {
    const place = localStorage.getItem(key);
    if (/^[\w-]+$/.test(place ?? "")) dataset.place = place;
  } catch {}
  addEventListener("DOMContentLoaded", () => {
    if (!dataset.place) return;
    asked = false;
    htmx.ajax("GET", `/territoires/${dataset.place}/pres/`, "#pres");
  });
  // A place that is no more.
  addEventListener("htmx:responseError", ({ detail }) => detail.xhr.status === 404 && keep());
  addEventListener("htmx:afterSwap", ({ target }) => {
    const place = target.querySelector("[data-near]");
    if (place) keep(place.dataset.near);
    if (asked) target.querySelector("h2")?.focus();
    asked = true;
  });
  addEventListener("click", ({ target }) => {
    if (!target.closest("[data-forget]")) return;
    keep();
    document.getElementById("pres").replaceChildren();
    document.getElementById("home-place").focus();
  });
}
