// The page of a case, without a mouse: ready reasons fill the form at once, letters choose a decision, Enter confirms.
const page = document.querySelector("[data-case]");
const form = document.querySelector("[data-decision]");
const keys = document.querySelector("[data-keys]");
const STORED = "moderation-keys";
const field = (name) => form.elements.namedItem(name);
const written = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

const fill = (button) => {
  for (const name of ["ground", "reason", "facts", "label"]) {
    const found = field(name);
    if (found && (name !== "label" || button.dataset.label)) found.value = button.dataset[name];
  }
  if (button.dataset.label) form.querySelector("details.more").open = true;
};
// An edit is refused where a text is withdrawn.
const verbButton = (verb) =>
  form.querySelector(`button[name=verb][value=${verb}]`) ?? form.querySelector("button[name=verb][value=reject]");

// The first ready reason of this decision, when nothing is written yet; then Enter confirms.
const choose = (button) => {
  const verb = button.value === "reject" ? "withhold" : button.value;
  if (!field("reason").value.trim()) {
    const ready = form.querySelector(`button[name=template][data-verb=${verb}][data-key]`);
    if (ready) fill(ready);
  }
  button.focus();
};

const act = (key) => {
  const digit = form?.querySelector(`button[name=template][data-key="${key}"]`);
  if (digit) return digit.click();
  const verb = form?.querySelector(`button[name=verb][data-key="${key}"]`);
  if (verb) return choose(verb);
  if (key === "j") return page.querySelector("[data-act=next]")?.click();
  if (key === "k") return history.back();
  if (key === "t") return page.querySelector("[data-act=take]")?.click();
  if (key === "n") return page.querySelector("[name=text]")?.focus();
  if (key === "?" && keys) {
    keys.open = !keys.open;
    keys.querySelector("summary").focus();
  }
};

if (form && field("reason")) {
  form.addEventListener("click", (event) => {
    const ready = event.target.closest("button[name=template]");
    if (!ready) return;
    event.preventDefault();
    fill(ready);
    verbButton(ready.dataset.verb).focus();
  });
}

if (keys) {
  const isOn = keys.querySelector("[data-keys-on]");
  keys.hidden = false;
  isOn.checked = localStorage.getItem(STORED) !== "off";
  isOn.addEventListener("change", () => localStorage.setItem(STORED, isOn.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && written(event.target)) return event.target.blur();
    if (!isOn.checked || written(event.target)) return;
    if (!/^[1-9prmdjktn?]$/.test(event.key)) return;
    event.preventDefault();
    act(event.key);
  });
}
