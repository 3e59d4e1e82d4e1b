"use strict";
const table = document.getElementById("runs"), body = table.tBodies[0], rows = [...body.rows];
const filter = document.getElementById("filter"), left = document.getElementById("left");
const text = (row, place) => row.cells[place].textContent.trim();
function sortBy(place, head) {
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  rows.sort((a, b) => compare(text(a, place), text(b, place)) * (down ? -1 : 1));
  body.append(...rows);
}
[...table.tHead.rows[0].cells].forEach((head, place) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.addEventListener("click", () => sortBy(place, head));
  head.replaceChildren(button);
});
filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) row.hidden = !wanted.every((word) => row.textContent.toLowerCase().includes(word));
  left.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
});
filter.closest("p").hidden = false;
