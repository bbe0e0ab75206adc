/** The clerk's part of the console's API (docs/API.md). A failure is an Error whose message is the stable code. */

const ANSWER_MS = 20000;
/** A picture has to travel first. */
const PICTURE_MS = 120000;

async function request(method, path, body, limitMs) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limitMs || ANSWER_MS);
  const headers = method === "GET" ? {} : { "X-Jianmian": "1", "Content-Type": "application/json" };
  let response;
  try {
    response = await fetch("/api/console/" + path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", signal: stop.signal });
  } catch (offline) {
    throw new Error("offline");
  } finally {
    clearTimeout(timer);
  }
  const text = await response.text();
  if (response.ok) return text ? JSON.parse(text) : null;
  throw new Error(codeIn(text));
}

function codeIn(text) {
  try {
    return JSON.parse(text).code || "trouble";
  } catch (notJson) {
    return "trouble";
  }
}

export const api = {
  mine: () => request("GET", "visits?mine=true"),
  station: (township) => request("GET", "station?township=" + encodeURIComponent(township)),
  call: (id, language) => request("POST", `visits/${id}/call`, { language, own_consent: true }),
  endCall: (id) => request("POST", `visits/${id}/call/end`, {}),
  record: (id, record, photo) => request("POST", `visits/${id}/record`, { record, photo }, PICTURE_MS),
};

/** A picture file as base64, made smaller first: at most 1280 px a side, so that it also travels from a village. */
export async function pictureOf(file) {
  const address = URL.createObjectURL(file);
  try {
    const image = new Image();
    await new Promise((done, failed) => { Object.assign(image, { onload: done, onerror: () => failed(new Error("unreadable_picture")), src: address }); });
    const scale = Math.min(1, 1280 / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
  } finally {
    URL.revokeObjectURL(address);
  }
}
