"""Media that benches/accuracy looks up: edited pictures and clips, media without detail, and distractors.

Pictures are edited by the program itself (`firstseen calibrate --keep`), clips by FFmpeg. All of it is made once, into
folders whose names hold a mark of what it was made by.
"""
import hashlib
import json
import random
import subprocess
from collections import namedtuple
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
# Longest stretch of a clip that is edited.
STRETCH_S = 20
# Pictures in a folder of distractors, and pictures of one clip, crop and mirroring among these.
FOLDER, RUN = 1000, 50

Edit = namedtuple("Edit", "filters quality hosts", defaults=("null", "fine", 0))

# Chroma is halved, so sides are made even.
EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
FIT = "force_original_aspect_ratio=decrease"
FILL = "force_original_aspect_ratio=increase"
# 0 is the clip; 1 is a strip of text, or the clips (as many as hosts) that it is shown among.
CLIP_EDITS = {
    "none": Edit(),
    "re-encode": Edit(quality="poor"),
    "scale-50": Edit("scale=trunc(iw/4)*2:trunc(ih/4)*2"),
    "mirror": Edit("hflip"),
    "turn-90": Edit("transpose=1"),
    "turn-180": Edit("hflip,vflip"),
    "turn-270": Edit("transpose=2"),
    "grey": Edit("format=gray"),
    "ticker": Edit("[1][0]scale2ref=w=iw:h=trunc(ih/10)[t][m];[m][t]overlay=0:H-h"),
    "half-rate": Edit("framestep=2"),
    "first-third": Edit(),
    "last-third": Edit(),
    "mirror-crop-20": Edit("hflip,crop=iw*0.894:ih*0.894:iw*0.03:ih*0.08"),
    "letterbox": Edit("pad=iw:ih*1.36:0:(oh-ih)/2"),
    "blur-916": Edit(
        f"[0]split[a][b];[a]scale=540:960:{FILL},crop=540:960,boxblur=20[back];"
        f"[b]scale=540:960:{FIT}[front];[back][front]overlay=(W-w)/2:(H-h)/2"
    ),
    "news": Edit(
        "[1][0]scale2ref=w=iw:h=trunc(ih*0.17)[t][m];[m][t]overlay=0:H*0.78,"
        "drawbox=x=iw*0.83:y=ih*0.05:w=iw*0.13:h=ih*0.09:color=red:t=fill"
    ),
    "caption": Edit("[1][0]scale2ref=w=trunc(iw*0.8):h=trunc(ih*0.14)[t][m];[m][t]overlay=W*0.1:H*0.62"),
    "social-post": Edit(
        f"[0]scale=660:640:{FIT},pad=720:1080:(ow-iw)/2:240:white,drawbox=x=30:y=40:w=80:h=80:color=teal:t=fill[card];"
        "[1]crop=640:72:0:0,split[t][u];[card][t]overlay=40:145[one];[one][u]overlay=40:920"
    ),
    "speed-125": Edit("setpts=PTS/1.25"),
    "pip-50": Edit(
        f"[1]scale=960:540:{FILL},crop=960:540[host];[0]scale=480:500:{FIT}[small];"
        "[host][small]overlay=W-w-24:H-h-24:shortest=1",
        hosts=1,
    ),
    "compilation": Edit(
        "".join(f"[{i}]scale=640:360:{FIT},pad=640:360:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=25,trim=end={end}[{i}s];"
                for i, end in enumerate((STRETCH_S, 5, 5)))
        + "[1s][0s][2s]concat=n=3",
        hosts=2,
    ),
}


def ffmpeg(*arguments):
    words = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)]
    subprocess.run(words, check=True)


def length(path):
    probe = ["ffprobe", "-loglevel", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
    return float(subprocess.run(probe, check=True, capture_output=True, text=True).stdout)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(out, *arguments):
    """Makes a file by FFmpeg unless it is there, and returns its path: `out` with a mark of what it was made by."""
    mark = hashlib.sha256(repr(list(map(str, arguments))).encode()).hexdigest()[:6]
    out = out.with_name(f"{out.stem}-{mark}{out.suffix}")
    if not out.exists():
        # Half a file never looks like a whole one.
        partial = out.with_name("partial-" + out.name)
        ffmpeg(*arguments, partial)
        partial.rename(out)
    return out


def coding(kind, quality):
    if kind == "picture":
        # About libjpeg's 85 and 30.
        return ["-frames:v", 1, "-update", 1, "-pix_fmt", "yuvj420p", "-q:v", {"fine": 4, "poor": 20}[quality]]
    crf = {"fine": 23, "poor": 35}[quality]
    return ["-an", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", crf, "-threads", 1]


def edited_clip(origin, name, hosts, text, folder):
    """An edit of a clip, and where in the clip it starts. `hosts` are clips that it may be shown among."""
    edit = CLIP_EDITS[name]
    whole = length(origin)
    start = whole * 2 / 3 if name == "last-third" else 0.0
    stretch = whole / 3 if "third" in name else whole
    source = ["-ss", f"{start:.3f}", "-t", f"{min(stretch, STRETCH_S):.3f}", "-i", origin]
    # The host of a small picture goes on for as long as that does.
    loop = ["-stream_loop", -1] if edit.hosts == 1 else []
    beside = [[*loop, "-i", host] for host in hosts[: edit.hosts]] or ([["-i", text]] if "[1]" in edit.filters else [])
    graph = f"{edit.filters},{EVEN}"
    filters = ["-filter_complex", graph] if beside or "[0]" in graph else ["-vf", graph]
    command = [*source, *(word for words in beside for word in words), *filters, "-map_metadata", -1]
    return make(folder / f"{origin.stem}--{name}.mp4", *command, *coding("video", edit.quality)), start


def write_text(path, width, height, size, seed):
    """A card of made-up words, dark on light, as PGM: what looks like text to a hash, without a font."""
    if path.exists():
        return path
    rng = random.Random(seed)
    rows = [bytearray([235] * width) for _ in range(height)]
    step = max(1, size // 8)
    for top in range(size // 2, height - size, size * 3 // 2):
        left = size
        while left < width - size * 2:
            if rng.random() < 0.2:
                left += size
                continue
            for y in range(8):
                for x in range(5):
                    if rng.random() < 0.45:
                        for dy in range(step):
                            row = rows[top + y * step + dy]
                            row[left + x * step : left + (x + 1) * step] = bytes([20] * step)
            left += step * 6
    path.write_bytes(b"P5 %d %d 255\n" % (width, height) + b"".join(rows))
    return path


def flat_media(folder):
    """Media without detail, and cards of text: half for the index, half to look up."""
    sources = {f"{name}": f"color={name}:s=640x360" for name in ("black", "white", "gray", "navy", "red", "green")}
    sources |= {"gradient": "gradients=s=640x360:c0=black:c1=white:x0=0:y0=0:x1=640:y1=0:nb_colors=2:speed=0.00001",
                "slope": "gradients=s=640x360:c0=navy:c1=orange:x0=0:y0=0:x1=0:y1=360:nb_colors=2:speed=0.00001"}
    halves = ([], [])
    for i, (name, source) in enumerate(sources.items()):
        for half, (tail, extra) in enumerate(((".jpg", coding("picture", "fine")), (".mp4", ["-t", 4, *coding("video", "fine")]))):
            halves[(i + half) % 2].append(make(folder / f"flat-{name}{tail}", "-f", "lavfi", "-i", source, *extra))
    for i in range(8):
        card = write_text(folder / f"card-{i}.pgm", 640, 360, (24, 40)[i % 2], i)
        loop = ["-loop", 1, "-i", card]
        halves[i // 2 % 2].append(make(folder / f"card-{i}.jpg", "-i", card, *coding("picture", "fine")))
        halves[i // 2 % 2].append(make(folder / f"card-{i}.mp4", *loop, "-t", 4, *coding("video", "fine")))
    # Only looked up: a test pattern that is in the index would rightly be found.
    halves[1].append(make(folder / "flat-bars.mp4", "-f", "lavfi", "-i", "smptebars=s=640x360", "-t", 4, *coding("video", "fine")))
    return halves


def busy_pictures(folder):
    """Pictures full of detail that are a copy of nothing, to look up: boards, walls, lattices, noise, fractals."""
    sources = {f"board-{side}": f"color=gray:s=800x600,geq=lum='if(mod(floor(X/{side})+floor(Y/{side}),2),230,60)':cb=128:cr=128" for side in (20, 50, 80)}
    sources |= {f"wall-{high}": f"color=gray:s=800x600,geq=lum='if(lt(mod(Y,{high}),3)+lt(mod(X+mod(floor(Y/{high}),2)*{high},{high}*2),3),190,"
                f"90+mod(floor(Y/{high})*37+floor((X+mod(floor(Y/{high}),2)*{high})/{high}/2)*53,40))':cb=120:cr=140" for high in (20, 34, 52)}
    sources |= {f"lattice-{step}": f"color=gray:s=800x600,geq=lum='128+60*sin(X/{step})+60*cos(Y/{step})':cb=128:cr=128" for step in (3, 8)}
    sources |= {f"noise-{side}": f"color=gray:s={800 // side}x{600 // side},noise=alls=100:all_seed={side},scale=800:600:flags=neighbor" for side in (1, 4, 16)}
    sources |= {"mandelbrot": "mandelbrot=s=800x600", "test": "testsrc=s=800x600", "test-2": "testsrc2=s=800x600", "life": "life=s=800x600:seed=5"}
    return [make(folder / f"busy-{name}.jpg", "-f", "lavfi", "-i", source, *coding("picture", "fine")) for name, source in sources.items()]


def media_of(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    kinds = (("picture", {".jpg", ".jpeg", ".png"}), ("video", {".mp4", ".mkv", ".webm", ".mov"}))
    return {kind: [path for path in paths if path.suffix.lower() in tails] for kind, tails in kinds}


def copies(program, pictures, count, folder, jobs):
    """The folder of copies of the pictures below `pictures`, or of `count` of them, by every edit of the program's own
    generator, and what is known of each copy."""
    sources = sorted((TOP / "crates/cli/pipeline/edits").glob("*.rs"))
    mark = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]
    made = folder / f"copies-{count}-{mark}"
    if not made.exists():
        partial = folder / f"partial-copies-{count}-{mark}"
        words = [program, "calibrate", pictures, "--keep", partial, "--pictures", count, "--jobs", jobs, "--quiet", "--progress", "never"]
        subprocess.run(list(map(str, words)), check=True, stdout=subprocess.DEVNULL)
        partial.rename(made)
    return made, [json.loads(line) for line in (made / "truth.jsonl").read_text().splitlines()]


def distractors(clips, count, scratch):
    """Folders of a thousand pictures each, together `count` or a few more: crops of 480 px of frames of the clips, half of
    them mirrored, of other contrast, at random."""
    frames = []
    for clip in clips:
        # Frames by themselves, so that they are quick to reach.
        every = f"fps={min(5, 120 / max(1, length(clip))):.3f},scale=960:960:{FIT}"
        frames.append(make(scratch / f"frames-{clip.stem}.mkv", "-i", clip, "-vf", every, "-an", "-c:v", "mjpeg", "-q:v", 3))
    folders = []
    for number in range((count + FOLDER - 1) // FOLDER):
        folder = scratch / f"distractors/{number:03}"
        folders.append(folder)
        if folder.exists():
            continue
        partial = folder.with_name(f"partial-{number:03}")
        partial.mkdir(parents=True, exist_ok=True)
        rng = random.Random(number)
        for run in range(FOLDER // RUN):
            wide = rng.uniform(0.3, 0.9)
            high = wide * rng.uniform(0.7, 1)
            by_chance = {name: f"if(eq(n,0),st(1,{rng.uniform(1e17, 1e18):.0f}))*0+random(1)" for name in "txy"}
            graph = [
                f"select='lt({by_chance['t']},0.3)'",
                f"crop=iw*{wide:.3f}:ih*{high:.3f}:(iw-ow)*({by_chance['x']}):(ih-oh)*({by_chance['y']})".replace(",", "\\,"),
                *(["hflip"] if rng.random() < 0.5 else []),
                f"eq=contrast={rng.uniform(0.6, 1.5):.2f}:brightness={rng.uniform(-0.1, 0.1):.2f}",
                f"scale=480:480:{FIT}",
            ]
            out = ["-frames:v", RUN, "-vsync", 0, "-q:v", rng.randint(4, 12), "-start_number", run * RUN, partial / "%03d.jpg"]
            ffmpeg("-stream_loop", -1, "-i", rng.choice(frames), "-vf", ",".join(graph), *out)
        partial.rename(folder)
    return folders
