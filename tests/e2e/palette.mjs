/** Pictures for the documents: few colours look the same there and weigh a third. */
import { spawnSync } from "node:child_process";
import { renameSync } from "node:fs";

/** Makes a picture small with a palette, where ffmpeg is at hand; else it stays as large as it is. */
export function fewerColours(path, colours, dither) {
  const filter = `split[a][b];[a]palettegen=max_colors=${colours}:stats_mode=full[p];[b][p]paletteuse=dither=${dither}`;
  const made = spawnSync("ffmpeg", ["-v", "error", "-y", "-i", path, "-vf", filter, "-compression_level", "9", "-update", "1", path + ".small.png"]);
  if (made.status === 0) renameSync(path + ".small.png", path);
}
