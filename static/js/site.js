// What is pleasanter with JavaScript, found by data- attributes. Nothing here is needed to use the site.

const on = (type, selector, act) =>
  document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) act(found, event);
  });

// <button data-copy="text" data-done="Copié">
on("click", "[data-copy]", async (button) => {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.querySelector("[data-label]") ?? button;
  const before = label.textContent;
  label.textContent = button.dataset.done;
  setTimeout(() => (label.textContent = before), 2500);
});

// <button data-share="address" data-title="…">: the system's own sheet.
on("click", "[data-share]", (button) =>
  navigator.share({ title: button.dataset.title, url: button.dataset.share }).catch(() => {}),
);

// <button data-confirm="Sure?">
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// <p data-count="id of a textarea">: "120 / 5 000".
on("input", "textarea[maxlength]", (area) => {
  const count = document.querySelector(`[data-count="${area.id}"]`);
  if (count) count.textContent = `${area.value.length} / ${area.maxLength.toLocaleString("fr")}`;
});

// <details data-menu>: closes on Escape and when one looks elsewhere.
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

// Once at first, then in each fragment that htmx brings.
const settle = (root) => {
  root.querySelectorAll("[data-needs-share]").forEach((part) => (part.hidden = !navigator.share));
  root.querySelectorAll("[data-needs-clipboard]").forEach((part) => (part.hidden = !navigator.clipboard));
  root.querySelector("[data-focus]")?.focus();
};
settle(document);
document.addEventListener("htmx:load", (event) => settle(event.target));
