// A form under attack (templates/components/_proof.html): a number is looked for as soon as one enters the form, and
// awaited when one sends it. Found by data-proof; without this script, or if it fails, the server asks to wait.

const start = (box) => {
  if (box.dataset.started) return;
  box.dataset.started = "yes";
  const form = box.closest("form");
  const answer = box.querySelector("[name=proof]");
  const status = box.querySelector("[role=status]");
  const asked = JSON.parse(box.dataset.challenge);
  answer.value = "";
  let solving, isWaiting = false, isDone = false;

  const work = () => new Promise((resolve, reject) => {
    const worker = new Worker(box.dataset.worker);
    worker.onerror = reject;
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data);
    };
    worker.postMessage(asked);
  });

  const solve = async () => {
    try {
      const { algorithm, challenge, salt, signature } = asked;
      answer.value = btoa(JSON.stringify({ algorithm, challenge, salt, signature, number: await work() }));
    } catch {
      // No worker here: the form goes as it is.
    }
    isDone = true;
  };

  form.addEventListener("focusin", () => (solving ??= solve()));
  // Before htmx and the browser, who send what they are let.
  form.addEventListener("submit", async (event) => {
    if (isDone) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isWaiting) return;
    isWaiting = true;
    status.textContent = box.dataset.solving;
    await (solving ??= solve());
    status.textContent = "";
    form.requestSubmit(event.submitter);
  }, true);
};

const startAll = (root) => root.querySelectorAll("[data-proof]").forEach(start);
startAll(document);
document.addEventListener("htmx:load", (event) => startAll(event.target));
