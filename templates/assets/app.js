// What the pages gain from a script. Every page works without it.
"use strict";

// The menu closes on Escape, and when something else is touched or reached.
const menu = document.querySelector("details.menu");
if (menu) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  const closeFromOutside = (event) => {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  };
  document.addEventListener("pointerdown", closeFromOutside);
  document.addEventListener("focusin", closeFromOutside);
}

// A form is sent once. The buttons come back when the page does, from the browser's history for instance.
document.addEventListener("submit", (event) => {
  const form = event.target;
  // What is downloaded leaves the page as it is.
  if ("download" in form.dataset) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  // Later, because a disabled button would not be sent with its form.
  setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    form.querySelectorAll("button").forEach((button) => (button.disabled = false));
  });
});

// Naming a new point of sale chooses it.
document.querySelectorAll("[data-chooses]").forEach((field) => {
  const choice = document.getElementById(field.dataset.chooses);
  const choose = () => (choice.checked = true);
  field.addEventListener("input", choose);
  field.addEventListener("pointerdown", choose);
});

// A link to send is copied with one touch; without a script, it can be selected.
document.querySelectorAll("[data-copies]").forEach((button) => {
  const field = document.getElementById(button.dataset.copies);
  field.addEventListener("focus", () => field.select());
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    document.getElementById(`${field.id}-copied`).textContent = field.dataset.copied;
  });
});

// A page that waits for an answer looks again; without a script, it refreshes itself.
const waiting = document.querySelector("[data-reload-after]");
if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.reloadAfter) * 1000);
