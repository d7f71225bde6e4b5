// Runs before the first paint, so that the page never flashes in the other theme.
const chosen = localStorage.getItem("podium.theme");
const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.classList.toggle("dark", dark);
