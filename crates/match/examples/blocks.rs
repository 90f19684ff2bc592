//! How the share of agreeing blocks is spread over pairs of pictures of one name (the same picture) and of two names
//! (unrelated): `blocks FOLDER FOLDER`.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for measuring")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::Path;

use firstseen_fingerprint::{pdq, shrink};
use firstseen_match::Lay;
use firstseen_match::blocks::Comparison;
use firstseen_media::{Decode, Limits, decode_grey_jpeg, encode_grey_jpeg, open};
use firstseen_model::Luma;

struct Picture {
    thumbnail: Luma,
    pdq: pdq::Pdq,
}

fn load(folder: &str) -> BTreeMap<String, Picture> {
    let mut pictures = BTreeMap::new();
    for entry in fs::read_dir(Path::new(folder)).unwrap() {
        let path = entry.unwrap().path();
        let mut media = open(File::open(&path).unwrap(), &Limits::default()).unwrap();
        let see = &mut |frame: &firstseen_media::Frame<'_>| {
            let luma = frame.luma();
            let small = shrink::to_fit(luma.view(), 128);
            let jpeg = encode_grey_jpeg(small.view(), 60);
            if let Ok((pdq, _)) = pdq::pdq(luma.view()) {
                let thumbnail = decode_grey_jpeg(&jpeg, 160).unwrap();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                pictures.insert(name, Picture { thumbnail, pdq });
            }
            ControlFlow::Break(())
        };
        let _ = media.for_each_frame(&Decode::default(), see);
    }
    pictures
}

fn main() {
    let folders: Vec<String> = std::env::args().skip(1).collect();
    let (a, b) = (load(&folders[0]), load(&folders[1]));
    for least in [0.6, 0.7, 0.8] {
        let (mut same, mut other) = (Vec::new(), Vec::new());
        let mut near = 0;
        for (name, one) in &a {
            for (twin, two) in &b {
                let shot = |name: &str| {
                    name.rsplit_once('-').map_or(name.to_owned(), |(n, _)| n.to_owned())
                };
                let seen = Comparison::of(&two.thumbnail, &Lay::default(), &one.thumbnail);
                let Some(share) = seen.share(least, |_| true).filter(|_| seen.textured() >= 12)
                else {
                    continue;
                };
                let bits = one.pdq.distance(two.pdq);
                if name == twin {
                    near += usize::from(bits <= 31);
                    same.push((share, bits, name.clone()));
                } else if shot(name) != shot(twin) {
                    other.push((share, bits, format!("{name} {twin}")));
                }
            }
        }
        for (what, all) in [("same", &mut same), ("unrelated", &mut other)] {
            all.sort_by(|x, y| x.0.total_cmp(&y.0));
            let at = |q: f64| all[((all.len() - 1) as f64 * q) as usize].0;
            println!(
                "{least} {what:10} n {:6}  min {:.2} 1% {:.2} 5% {:.2} 10% {:.2} 25% {:.2} 50% {:.2} 90% {:.2} 99% {:.2} 99.9% {:.2} max {:.2}",
                all.len(),
                at(0.0),
                at(0.01),
                at(0.05),
                at(0.1),
                at(0.25),
                at(0.5),
                at(0.9),
                at(0.99),
                at(0.999),
                at(1.0)
            );
        }
        println!(
            "    same within 31 bits: {near}; among unrelated the best: {:?}",
            other.iter().rev().take(4).collect::<Vec<_>>()
        );
    }
}
