/** The page `/k`: from a letter's short code to its link. */

const SAID = {
  bad_code: "号码有一位不对，请再看一看。One character is wrong; please look again.",
  link_unknown: "没有这个号码。请再看一看，或者打信上的电话。There is no such code; please look again, or call.",
  link_expired: "这封信过期了，请打信上的电话。The letter has expired; please call.",
  slow_down: "请等几秒再试。Please wait some seconds.",
};
const OTHERWISE = "现在打不开，请稍后再试，或者打信上的电话。It does not work now; please try later, or call.";

const said = document.getElementById("code-said");
const field = document.getElementById("code");

document.getElementById("code-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  said.textContent = "";
  try {
    const response = await fetch("/api/phone/code", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: field.value }),
    });
    const answer = await response.json();
    if (response.ok) {
      location.assign(answer.path);
      return;
    }
    said.textContent = SAID[answer.code] || OTHERWISE;
  } catch (_) {
    said.textContent = OTHERWISE;
  }
  field.focus();
});
