//! Recorded clips as frames: `.mjpeg` by the program itself, everything else through ffmpeg where it is installed.

use crate::{
    capture::MjpegPictures,
    frame::{Frame, Picture},
};
use std::{
    fs::File,
    io::{BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

/// Extensions of still pictures.
const STILLS: [&str; 4] = ["jpg", "jpeg", "png", "bmp"];

/// Whether the file is a clip (by its name).
pub(super) fn is_clip(path: &Path) -> bool {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    !STILLS.contains(&extension.to_ascii_lowercase().as_str())
}

/// How clips become frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Frames a second of an `.mjpeg` file, which does not say.
    pub mjpeg_fps: f32,
    /// Frames a second that a call takes.
    pub taken_fps: f32,
}

/// Frames of a clip, at the pace of a call, with their times.
pub(super) struct ClipFrames {
    pictures: MjpegPictures<Box<dyn Read + Send>>,
    ffmpeg: Option<Child>,
    fps: f32,
    taken_fps: f32,
    read: u64,
    taken: u64,
    /// Why the clip ended before its end.
    pub fault: Option<String>,
    /// The pictures so far, to go back by; absent when the clip ends with its end.
    back: Option<Vec<Vec<u8>>>,
    /// Frames that were played backwards.
    pub turned_back: u64,
}

impl Drop for ClipFrames {
    fn drop(&mut self) {
        if let Some(child) = &mut self.ffmpeg {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl ClipFrames {
    /// Opens a clip.
    pub fn open(path: &Path, pace: Pace) -> Result<Self, String> {
        let mjpeg = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("mjpeg"));
        let file = File::open(path).map_err(|e| format!("cannot be opened ({e})"))?;
        let (from, ffmpeg, fps): (Box<dyn Read + Send>, _, _) = if mjpeg {
            (Box::new(BufReader::new(file)), None, pace.mjpeg_fps)
        } else {
            let mut child = ffmpeg(path, pace.taken_fps)?;
            let out = child.stdout.take().ok_or("ffmpeg gives nothing")?;
            (Box::new(out), Some(child), pace.taken_fps)
        };
        Ok(Self {
            pictures: MjpegPictures::new(from),
            ffmpeg,
            fps,
            taken_fps: pace.taken_fps,
            read: 0,
            taken: 0,
            fault: None,
            back: None,
            turned_back: 0,
        })
    }

    /// A clip that is shorter than a call goes on backwards at its end, once: so there is neither a cut nor a loop.
    pub fn there_and_back(mut self) -> Self {
        self.back = Some(Vec::new());
        self
    }

    /// The next picture on the way back.
    fn backwards(&mut self) -> Option<Frame> {
        loop {
            let bytes = self.back.as_mut()?.pop()?;
            let Ok(picture) = Picture::decode(&bytes) else { continue };
            #[allow(clippy::cast_precision_loss)] // clips have far fewer than 2^24 frames
            let second = self.taken as f32 / self.taken_fps;
            self.turned_back += 1;
            return Some(self.frame(picture, second));
        }
    }

    fn frame(&mut self, picture: Picture, second: f32) -> Frame {
        let seq = self.taken;
        self.taken += 1;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at_ms = (second * 1000.0).round() as u64;
        Frame { seq, at_ms, picture: Arc::new(picture) }
    }
}

impl Iterator for ClipFrames {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        loop {
            let bytes = match self.pictures.next() {
                Some(Ok(bytes)) => bytes,
                Some(Err(e)) => {
                    self.fault = Some(e.to_string());
                    return None;
                }
                None => return self.backwards(),
            };
            #[allow(clippy::cast_precision_loss)] // clips have far fewer than 2^24 frames
            let (second, due) = (self.read as f32 / self.fps, self.taken as f32 / self.taken_fps);
            self.read += 1;
            if second + 1e-4 < due {
                continue; // between two frames that a call would take
            }
            match Picture::decode(&bytes) {
                Ok(picture) => {
                    if let Some(back) = &mut self.back {
                        back.push(bytes.clone());
                    }
                    return Some(self.frame(picture, second));
                }
                // One damaged picture is a lost frame, as on a line.
                Err(e) => self.fault = Some(e.to_string()),
            }
        }
    }
}

/// Has ffmpeg write the clip as a row of JPEG pictures of high quality at this pace.
fn ffmpeg(path: &Path, fps: f32) -> Result<Child, String> {
    Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-i"])
        .arg(path)
        .args(["-vf", &format!("fps={fps}"), "-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "2", "-"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| {
            "only .mjpeg clips are read without ffmpeg, and ffmpeg is not installed".to_owned()
        })
}

/// Makes sure that something was in the clip.
pub(super) fn empty_words(frames: &ClipFrames) -> String {
    frames.fault.clone().unwrap_or_else(|| "no picture in the clip can be read".to_owned())
}
