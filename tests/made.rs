//! Media made for a test, byte by byte.

const WIDTH: usize = 160;
const HEIGHT: usize = 120;

/// Pixels between the points of the grid that is blended.
const STEP: usize = 20;

/// A BMP picture that looks like that of no other seed: a coarse grid of greys, blended.
pub(crate) fn picture(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut grid = Vec::new();
    for _ in 0..(WIDTH / STEP + 1) * (HEIGHT / STEP + 1) {
        // Xorshift, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        grid.push((state >> 32) as usize % 256);
    }
    let at = |column: usize, row: usize| grid[row * (WIDTH / STEP + 1) + column];
    let mut bmp = bmp_header(WIDTH as u32, HEIGHT as u32);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (column, row, right, down) = (x / STEP, y / STEP, x % STEP, y % STEP);
            let above = at(column, row) * (STEP - right) + at(column + 1, row) * right;
            let below = at(column, row + 1) * (STEP - right) + at(column + 1, row + 1) * right;
            let grey = (above * (STEP - down) + below * down) / (STEP * STEP);
            bmp.extend([grey as u8; 3]);
        }
    }
    bmp
}

/// The header of a BMP of 24 bits a pixel, whatever follows it.
pub(crate) fn bmp_header(width: u32, height: u32) -> Vec<u8> {
    let pixels = width.wrapping_mul(height).wrapping_mul(3);
    let mut header = b"BM".to_vec();
    for number in [pixels.wrapping_add(54), 0, 54, 40, width, height] {
        header.extend(number.to_le_bytes());
    }
    header.extend([1, 0, 24, 0]);
    for number in [0, pixels, 2835, 2835, 0, 0] {
        header.extend(number.to_le_bytes());
    }
    header
}

/// The start of a PNG that says it is so large.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let sum = crc32(&header);
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\x0d",
        &header[..],
        &sum.to_be_bytes(),
        b"\0\0\0\x04IDAT\x78\x9c\x03\0",
    ]
    .concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let folded = bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    });
    !folded
}

/// A JPEG with EXIF fields put before all that it has: make, model, software and the time of the picture.
pub(crate) fn with_exif(
    jpeg: &[u8],
    make: &str,
    model: &str,
    software: &str,
    time: &str,
) -> Vec<u8> {
    const ENTRY: usize = 12;
    let texts = [(0x010f_u16, make), (0x0110, model), (0x0131, software)];
    // The fields lie behind both lists: header, count, entries, end, and the list that the last entry leads to.
    let mut at = 8 + 2 + (texts.len() + 1) * ENTRY + 4;
    let exif_list = at;
    at += 2 + ENTRY + 4;
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    let mut values: Vec<u8> = Vec::new();
    let mut entry = |tag: u16, text: &str| {
        let value = [text.as_bytes(), b"\0"].concat();
        assert!(value.len() > 4, "a shorter value stands in the entry itself");
        let offset = (at + values.len()) as u32;
        values.extend(&value);
        [
            &tag.to_be_bytes()[..],
            &[0, 2],
            &(value.len() as u32).to_be_bytes(),
            &offset.to_be_bytes(),
        ]
        .concat()
    };
    tiff.extend((texts.len() as u16 + 1).to_be_bytes());
    for (tag, text) in texts {
        tiff.extend(entry(tag, text));
    }
    tiff.extend([0x87, 0x69, 0, 4, 0, 0, 0, 1]);
    tiff.extend((exif_list as u32).to_be_bytes());
    tiff.extend([0; 4]);
    tiff.extend([0, 1]);
    tiff.extend(entry(0x9003, time));
    tiff.extend([0; 4]);
    tiff.extend(values);
    let length = (tiff.len() + 8) as u16;
    [&jpeg[..2], b"\xff\xe1", &length.to_be_bytes(), b"Exif\0\0", &tiff, &jpeg[2..]].concat()
}
