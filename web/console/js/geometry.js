/** Where a picture lies in its tile: faces at one scale, upright, eyes at the same place. Pure. */

/** Distance between the eyes, share of the tile's width: a head with hair and chin fills the tile. */
const EYE_DISTANCE = 0.235;
/** Height of the eyes, share of the tile's height. */
const EYE_LINE = 0.43;
/** Zoom turns about this height, so that eyes, nose and mouth stay in sight. */
const FACE_CENTRE = 0.52;

/**
 * @typedef {{zoom: number, x: number, y: number}} View `x`, `y`: shift in shares of the tile's width, so that two tiles of
 * different size move alike
 * @typedef {[number, number, number, number, number, number]} Matrix a, b, c, d, e, f of a canvas transform
 */

/**
 * The transform that takes a picture's pixels into the tile.
 * @param {{width: number, height: number}} picture
 * @param {[[number, number], [number, number]]|null} eyes px of the picture, image-left first
 * @param {{width: number, height: number}} tile
 * @param {View} view
 * @returns {Matrix}
 */
export function place(picture, eyes, tile, view) {
  const at = eyes ? onTheEyes(eyes, tile) : wholePicture(picture, tile);
  const cx = tile.width / 2;
  const cy = tile.height * FACE_CENTRE;
  const shift = [view.x * tile.width, view.y * tile.width];
  const [a, b, c, d, e, f] = at;
  const z = view.zoom;
  return [a * z, b * z, c * z, d * z, (e - cx) * z + cx + shift[0], (f - cy) * z + cy + shift[1]];
}

function onTheEyes([[lx, ly], [rx, ry]], tile) {
  const dx = rx - lx;
  const dy = ry - ly;
  const length = Math.hypot(dx, dy) || 1;
  const scale = (tile.width * EYE_DISTANCE) / length;
  const a = (scale * dx) / length;
  const b = (-scale * dy) / length;
  const mx = (lx + rx) / 2;
  const my = (ly + ry) / 2;
  return [a, b, -b, a, tile.width / 2 - (a * mx - b * my), tile.height * EYE_LINE - (b * mx + a * my)];
}

function wholePicture(picture, tile) {
  const scale = Math.min(tile.width / picture.width, tile.height / picture.height);
  return [scale, 0, 0, scale, (tile.width - picture.width * scale) / 2, (tile.height - picture.height * scale) / 2];
}

/** Where a point of the picture comes to lie. @param {Matrix} m */
export function through([a, b, c, d, e, f], [x, y]) {
  return [a * x + c * y + e, b * x + d * y + f];
}

/** Index of the still nearest to a moment. @param {{at_ms: number}[]} stills @param {number} ms */
export function nearest(stills, ms) {
  let best = 0;
  stills.forEach((still, index) => {
    if (Math.abs(still.at_ms - ms) < Math.abs(stills[best].at_ms - ms)) best = index;
  });
  return best;
}
