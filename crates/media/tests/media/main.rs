//! Whole files through the public door, made at test time by the `ffmpeg` program or byte by byte.

mod damage;
mod made;
mod stills;
mod videos;
