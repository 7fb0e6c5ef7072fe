// For those who use the keyboard: what scrolls can be reached, and so can Furo's two drawers, by a button for each label.
"use strict";

const DRAWERS = { __navigation: "The whole site", __toc: "On this page" };

// Only what can have the focus is scrolled by the arrow keys; and only what scrolls needs it.
function letScrollableHaveFocus() {
  for (const region of document.querySelectorAll(".highlight pre, .table-wrapper, .import-map")) {
    if (region.scrollWidth > region.clientWidth) {
      region.tabIndex = 0;
    } else {
      region.removeAttribute("tabindex");
    }
  }
}

function makeButton(label) {
  const drawer = document.getElementById(label.htmlFor);
  const button = document.createElement("button");
  const tell = () => button.setAttribute("aria-expanded", drawer.checked);
  button.className = label.className;
  button.ariaLabel = DRAWERS[label.htmlFor];
  button.append(...label.childNodes);
  button.addEventListener("click", () => drawer.click());
  drawer.addEventListener("change", tell);
  label.replaceWith(button);
  tell();
}

function closeDrawers(event) {
  if (event.key === "Escape") {
    for (const drawer of document.querySelectorAll(".sidebar-toggle:checked")) {
      drawer.click();
    }
  }
}

addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".nav-overlay-icon, .toc-overlay-icon").forEach(makeButton);
  letScrollableHaveFocus();
});
addEventListener("resize", letScrollableHaveFocus);
addEventListener("keydown", closeDrawers);
