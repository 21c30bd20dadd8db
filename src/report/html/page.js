// Whatever a link leads to is shown, also inside what is closed; paper shows the claims' rules.
const show = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", show);
addEventListener("beforeprint", () => document.querySelectorAll("details.claim").forEach(claim => { claim.open = true; }));
show();
