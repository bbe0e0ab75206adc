/**
 * A synthetic camera that answers the page, for tests: fake capture of Chromium plays a file and so is itself an injection attack; a genuine
 * person's face takes the colour of the screen before it. This camera draws a clip on a canvas, lights the face by the colour that the page
 * shows (later than the page shows it, much less on the background), turns the head when a flower appears, and adds sensor noise and a
 * slow drift so that no two rounds of the clip are alike. It stands in for `getUserMedia` in the page.
 *
 * What it does not imitate: automatic exposure and white balance, shading of the face, reflections of glasses, daylight that changes.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Clips of real people; rights in its README. Not part of the project, and not everywhere. */
export const FACES = fileURLToPath(new URL("../../../shared/faces/", import.meta.url));

/** Reason to skip a test that needs faces, or false. */
export const withoutFaces = existsSync(`${FACES}webcam`) ? false : "needs ../shared/faces";

/**
 * Per clip: frames in which the person looks ahead, turns (asked by the side as the person sees the screen), and where the face is:
 * [frame, x, y, width, height] in px of the 480x640 picture, found with a face detector and interpolated between.
 */
const CLIPS = {
  td_live: {
    ahead: [0, 40],
    left: [110, 138],
    right: [40, 66],
    face: [
      [0, 141, 187, 182, 240], [40, 139, 175, 180, 249], [48, 112, 168, 190, 258], [60, 68, 174, 173, 242], [84, 67, 176, 175, 239],
      [96, 93, 166, 184, 248], [108, 121, 163, 186, 246], [120, 149, 164, 182, 245], [138, 183, 178, 164, 228], [162, 158, 172, 180, 239],
    ],
  },
  vn_live: {
    ahead: [0, 52],
    left: [56, 90],
    right: null,
    face: [[0, 84, 192, 285, 379], [24, 57, 167, 316, 421], [52, 33, 175, 320, 420], [66, 99, 182, 298, 413], [90, 103, 161, 290, 424]],
  },
  lp_live: { ahead: [0, 209], left: null, right: null, face: [[0, 117, 148, 249, 336], [209, 117, 154, 256, 341]] },
  ccby_male: { ahead: [0, 146], left: null, right: null, face: [[0, 172, 92, 176, 243], [146, 168, 98, 177, 240]] },
  td_replay: { ahead: [36, 110], left: null, right: null, face: [[36, 126, 197, 161, 221], [60, 175, 192, 190, 262], [110, 125, 190, 190, 260]] },
  vn_replay: { ahead: [0, 130], left: null, right: null, face: [[0, 187, 221, 176, 240], [60, 161, 240, 191, 243], [130, 142, 256, 196, 260]] },
};

/**
 * How much light the screen adds, as a share of the room's light, on the face and on what is behind it. A phone of some hundred nits at
 * arm's length adds a quarter to a dim room's light on the face; a flat screen held before the camera answers everywhere alike, and little.
 */
const LIGHT = { face: [0.25, 0.03], flat: [0.02, 0.02], none: [0, 0] };

/**
 * Puts the camera into every page of a browser context.
 * @param {import('playwright-core').BrowserContext} context
 * @param {Object} [options]
 * @param {string} [options.clip] a name of CLIPS
 * @param {'clip'|'room'|'dark'} [options.scene] the clip, a drawn room without a person, or the clip in the dark
 * @param {'face'|'flat'|'none'} [options.light] what the screen's light does
 * @param {string} [options.refuse] name of the error that opening the camera gives, such as `NotAllowedError`
 * @param {number} [options.delayMs] from the colour on the screen to the colour in the picture
 */
export async function installCamera(context, options = {}) {
  const { clip = "td_live", scene = "clip", light = "face", refuse = "", delayMs = 180 } = options;
  const own = scene === "room" ? null : CLIPS[clip];
  if (own) {
    const body = readFileSync(`${FACES}webcam/${clip}.mjpeg`);
    await context.route("**/__camera/clip", (route) => route.fulfill({ body, contentType: "application/octet-stream" }));
  }
  await context.addInitScript(cameraOfPage, { own, scene, share: LIGHT[light], refuse, delayMs });
}

/** Runs in the page, before its own scripts. Self-contained: it travels as text. */
function cameraOfPage({ own, scene, share, refuse, delayMs }) {
  if (!navigator.mediaDevices) return;
  const [WIDTH, HEIGHT, FPS] = [480, 640, 15];

  /** JPEG pictures of a motion-JPEG file, cut at their start and end marks. */
  function cut(bytes) {
    const pictures = [];
    for (let i = 0; i + 1 < bytes.length; i += 1) {
      if (bytes[i] !== 0xff || bytes[i + 1] !== 0xd8) continue;
      let end = i + 2;
      while (end + 1 < bytes.length && !(bytes[end] === 0xff && bytes[end + 1] === 0xd9)) end += 1;
      pictures.push(new Blob([bytes.subarray(i, end + 2)], { type: "image/jpeg" }));
      i = end + 1;
    }
    return pictures;
  }

  const layer = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [WIDTH, HEIGHT];
    return canvas.getContext("2d", { alpha: true });
  };

  function noiseTiles() {
    return Array.from({ length: 4 }, () => {
      const tile = layer();
      const picture = tile.createImageData(WIDTH, HEIGHT);
      for (let i = 0; i < picture.data.length; i += 4) {
        const value = 128 + (Math.random() + Math.random() - 1) * 127;
        picture.data.set([value, value, value, 22], i);
      }
      tile.putImageData(picture, 0, 0);
      return tile.canvas;
    });
  }

  /** A wall, a window and a plant: a room in which nobody is. */
  function drawRoom(to) {
    const wall = to.createLinearGradient(0, 0, WIDTH, HEIGHT);
    wall.addColorStop(0, "#c9c2b4");
    wall.addColorStop(1, "#8f8778");
    to.fillStyle = wall;
    to.fillRect(0, 0, WIDTH, HEIGHT);
    to.fillStyle = "#dfe9ee";
    to.fillRect(60, 70, 150, 200);
    to.fillStyle = "#6b5a45";
    to.fillRect(0, 520, WIDTH, 120);
    to.fillStyle = "#4c6b46";
    for (let leaf = 0; leaf < 7; leaf += 1) to.fillRect(320 + leaf * 14, 330 - (leaf % 3) * 40, 9, 190);
  }

  /** What stands on the screen now: the ground's colour and the flower, as a person would see them. */
  function look() {
    const written = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g) || [255, 255, 255];
    const flower = document.querySelector(".bloom.left, .bloom.right");
    const side = flower && (flower.classList.contains("left") ? "left" : "right");
    return { at: performance.now(), colour: written.slice(0, 3).map(Number), side };
  }

  /** Where the face is in frame `n`: centre and half sizes, px. */
  function faceAt(n) {
    const after = own.face.findIndex(([frame]) => frame >= n);
    const b = own.face[after < 0 ? own.face.length - 1 : after];
    const a = own.face[Math.max(0, (after < 0 ? own.face.length : after) - 1)];
    const part = b[0] === a[0] ? 0 : Math.min(1, Math.max(0, (n - a[0]) / (b[0] - a[0])));
    const [x, y, w, h] = [1, 2, 3, 4].map((i) => a[i] + (b[i] - a[i]) * part);
    return { x: x + w / 2, y: y + h / 2, rx: w * 0.62, ry: h * 0.66 };
  }

  /** Wanders through a part of the clip and back, never twice in the same rhythm. */
  function wanderer() {
    let [place, pace] = [own.ahead[0], 1];
    return (part, straight) => {
      const [from, to] = part;
      if (straight) {
        place = place < from || place > to ? from : Math.min(to, place + 1.6);
      } else {
        if (Math.random() < 0.04) pace = -pace;
        place += pace * (0.8 + Math.random() * 1.2);
        if (place > to) [place, pace] = [to, -1];
        if (place < from) [place, pace] = [from, 1];
      }
      return Math.round(Math.min(to, Math.max(from, place)));
    };
  }

  async function open() {
    const pictures = own ? cut(new Uint8Array(await (await fetch("/__camera/clip")).arrayBuffer())) : [];
    const [picture, lit, noise] = [layer(), layer(), noiseTiles()];
    const walk = own && wanderer();
    const seen = [];
    const phase = Math.random() * 100;

    /**
     * A surface under the room's light and `part` as much of the screen's: every channel is scaled by (1 + part * screen) / (1 + part) in
     * linear light, which for a picture in gamma 2.2 is one factor a channel.
     */
    const underScreen = (colour, part) => {
      const factor = colour.map((value) => ((1 + part * (value / 255) ** 2.2) / (1 + part)) ** (1 / 2.2));
      return `rgb(${factor.map((each) => each * 255).join(",")})`;
    };

    function light(face, colour) {
      lit.globalCompositeOperation = "copy";
      lit.drawImage(picture.canvas, 0, 0);
      lit.globalCompositeOperation = "multiply";
      lit.fillStyle = underScreen(colour, share[0]);
      lit.fillRect(0, 0, WIDTH, HEIGHT);
      lit.globalCompositeOperation = "destination-in";
      lit.save();
      lit.translate(face.x, face.y);
      lit.scale(face.rx, face.ry);
      const soft = lit.createRadialGradient(0, 0, 0.75, 0, 0, 1);
      soft.addColorStop(0, "#000f");
      soft.addColorStop(1, "#0000");
      lit.fillStyle = soft;
      lit.fillRect(-9, -9, 18, 18);
      lit.restore();
      picture.globalCompositeOperation = "multiply";
      picture.fillStyle = underScreen(colour, share[1]);
      picture.fillRect(0, 0, WIDTH, HEIGHT);
      picture.globalCompositeOperation = "source-over";
      picture.drawImage(lit.canvas, 0, 0);
    }

    async function draw() {
      const now = look();
      seen.push(now);
      while (seen.length > 2 && seen[1].at <= now.at - 2000) seen.shift();
      const shown = seen.filter((each) => each.at <= now.at - delayMs).pop() || seen[0];
      // A person needs most of a second to see the flower and to begin to turn.
      const asked = (seen.filter((each) => each.at <= now.at - 800).pop() || seen[0]).side;
      const second = now.at / 1000 + phase;
      const drift = [Math.sin(second * 0.7) * 3 + Math.sin(second * 1.9), Math.sin(second * 0.9 + 1) * 3 + Math.sin(second * 2.3)];
      const zoom = 1.03 + Math.sin(second * 0.31) * 0.01;
      let frame = 0;
      let bitmap = null;
      if (own) {
        const turning = asked && own[asked];
        frame = walk(turning || own.ahead, Boolean(turning));
        bitmap = await createImageBitmap(pictures[Math.min(frame, pictures.length - 1)]);
      }
      picture.setTransform(1, 0, 0, 1, 0, 0);
      picture.globalCompositeOperation = "source-over";
      picture.globalAlpha = 1;
      picture.setTransform(zoom, 0, 0, zoom, drift[0] - WIDTH * 0.015, drift[1] - HEIGHT * 0.015);
      if (bitmap) picture.drawImage(bitmap, 0, 0, WIDTH, HEIGHT);
      else drawRoom(picture);
      if (bitmap) bitmap.close();
      picture.setTransform(1, 0, 0, 1, 0, 0);
      if (scene === "dark") {
        picture.fillStyle = "rgba(0,0,0,0.955)";
        picture.fillRect(0, 0, WIDTH, HEIGHT);
      }
      if (own && scene === "clip" && share[0] > 0) light(faceAt(frame), shown.colour);
      picture.globalCompositeOperation = "source-over";
      picture.globalAlpha = scene === "dark" ? 0.4 : 1;
      picture.drawImage(noise[Math.floor(Math.random() * noise.length)], -Math.random() * 20, -Math.random() * 20, WIDTH + 20, HEIGHT + 20);
    }

    let busy = false;
    await draw();
    const stream = picture.canvas.captureStream(FPS);
    const timer = setInterval(async () => {
      if (busy) return;
      busy = true;
      await draw().finally(() => { busy = false; });
      if (stream.getTracks().every((track) => track.readyState === "ended")) clearInterval(timer);
    }, 1000 / FPS);
    return stream;
  }

  navigator.mediaDevices.getUserMedia = async (wish) => {
    if (refuse) throw new DOMException("the test says so", refuse);
    if (!wish || !wish.video) throw new DOMException("only pictures here", "NotFoundError");
    return open();
  };
}
