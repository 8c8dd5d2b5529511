// What is offered under a search box (templates/search/suggestions.html, which brings this module): its links become the
// options of an ARIA combobox. Without it they are links, and the form works.

let boxes = 0;

const start = (box) => {
  const input = box.querySelector("input"), offered = box.querySelector("[data-offered]");
  const id = offered.id ||= `offered-${++boxes}`;
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  box.append(status);
  let active = -1;
  const options = () => [...offered.querySelectorAll("a")];

  const show = (index) => {
    active = index;
    options().forEach((option, i) => {
      option.setAttribute("aria-selected", i === index);
      if (i === index) option.scrollIntoView({ block: "nearest" });
    });
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", options()[index].id);
  };

  const close = () => {
    offered.replaceChildren();
    input.setAttribute("aria-expanded", false);
    input.removeAttribute("aria-controls");
    show(-1);
  };

  const open = () => {
    const list = offered.querySelector("ul");
    active = -1;
    input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-expanded", Boolean(list));
    status.textContent = list?.dataset.said ?? "";
    // An answer that comes once one has left the box is not for it.
    if (document.activeElement !== input) return close();
    if (!list) return input.removeAttribute("aria-controls");
    list.setAttribute("role", "listbox");
    list.id = `${id}-list`;
    input.setAttribute("aria-controls", list.id);
    for (const item of list.children) item.setAttribute("role", "none");
    options().forEach((option, i) => {
      option.id = `${id}-${i}`;
      option.tabIndex = -1;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", false);
    });
  };

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.addEventListener("keydown", (event) => {
    const last = options().length - 1;
    if (last < 0) return;
    if (event.key === "ArrowDown") show(active === last ? 0 : active + 1);
    else if (event.key === "ArrowUp") show(active <= 0 ? last : active - 1);
    else if (event.key === "Enter" && active >= 0) options()[active].click();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  // Before the box loses the focus, which would close the list.
  offered.addEventListener("mousedown", (event) => event.preventDefault());
  offered.addEventListener("htmx:afterSwap", open);
  open();
};

const startAll = (root) =>
  root.querySelectorAll(".search-box:not([data-started]):has([data-offered] > ul)").forEach((box) => {
    box.dataset.started = "";
    start(box);
  });
startAll(document);
// Another box of the same page.
document.addEventListener("htmx:afterSettle", () => startAll(document));
