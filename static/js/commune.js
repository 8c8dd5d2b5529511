// « Où ? »: communes offered under a text field as one types (the ARIA combobox pattern, list only).
// Found by data-commune-field; templates/territories/commune_input.html works without it.

let fields = 0;

const element = (tag, attributes, text = "") => {
  const made = Object.assign(document.createElement(tag), { textContent: text });
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

const start = (box) => {
  if (box.dataset.started) return;
  box.dataset.started = "yes";
  const input = box.querySelector("input[type=text]");
  const id = `communes-${++fields}`;
  const list = element("ul", { class: "combobox-list", role: "listbox", id, "aria-label": box.dataset.list, hidden: "" });
  const status = element("p", { class: "visually-hidden", role: "status" });
  for (const [name, value] of Object.entries({
    role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": id, "aria-expanded": "false",
  })) input.setAttribute(name, value);
  input.after(list, status);

  let found = [], active = -1, waiting, asking;

  // Whatever was picked before, here or from the list that the page came back with, is forgotten.
  const setCode = (value) => {
    box.querySelector("[data-offered]")?.replaceWith(element("input", { type: "hidden", name: `${input.name}_code` }));
    box.querySelector("input[type=hidden]").value = value;
  };

  const show = (index) => {
    active = index;
    [...list.children].forEach((option, i) => {
      option.setAttribute("aria-selected", i === index);
      if (i === index) option.scrollIntoView({ block: "nearest" });
    });
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `${id}-${index}`);
  };

  const close = () => {
    clearTimeout(waiting);
    asking?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    show(-1);
  };

  const pick = (index) => {
    input.value = found[index].label;
    setCode(found[index].code);
    status.textContent = "";
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.dispatchEvent(new CustomEvent("commune:chosen", { bubbles: true, detail: found[index] }));
  };

  const offer = (results) => {
    found = results;
    const typed = input.value.trim();
    list.replaceChildren(...found.map(({ label, postcodes }, i) => {
      const option = element("li", { class: "combobox-option", role: "option", id: `${id}-${i}` }, label);
      const postcode = postcodes.find((each) => each.startsWith(typed)) ?? postcodes[0];
      if (postcode) option.append(" ", element("small", {}, postcode));
      return option;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", found.length > 0);
    show(-1);
    const { none, one, many } = box.dataset;
    status.textContent = found.length ? (found.length > 1 ? many.replace("#", found.length) : one) : none;
  };

  const ask = async () => {
    asking = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.url}?q=${encodeURIComponent(input.value.trim())}`, { signal: asking.signal });
      if (answer.ok) offer((await answer.json()).results);
    } catch {
      // Another letter was typed, or the network is down: the form works as it is.
    }
  };

  input.addEventListener("input", () => {
    setCode("");
    close();
    if (input.value.trim().length > 1) waiting = setTimeout(ask, 150);
  });

  input.addEventListener("keydown", (event) => {
    const last = found.length - 1;
    if (list.hidden) {
      if (event.key === "ArrowDown" && input.value.trim().length > 1) event.preventDefault(), ask();
      return;
    }
    if (event.key === "ArrowDown") show(active === last ? 0 : active + 1);
    else if (event.key === "ArrowUp") show(active <= 0 ? last : active - 1);
    else if (event.key === "Enter" && active >= 0) pick(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });

  input.addEventListener("blur", close);
  // Before the field loses the focus, which would close the list.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const index = [...list.children].indexOf(event.target.closest("li"));
    if (index >= 0) pick(index);
  });
};

const startAll = (root) => root.querySelectorAll("[data-commune-field]").forEach(start);
startAll(document);
document.addEventListener("htmx:load", (event) => startAll(event.target));
