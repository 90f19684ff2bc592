#!/usr/bin/env python3
"""Sets the exact scan against FAISS's IndexBinaryFlat.range_search, one thread, in the same run.

Usage: scan_vs_faiss.py path/to/examples/scan [count]

Half the codes lie in shots of six frames within 14 bits, the others are single; half the queries are novel, half lie
0 to 31 bits from a code. Prints milliseconds a query and the ratio, and fails where the results differ.
"""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np

RADIUS = 31
QUERIES = 200
program, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
rng = np.random.default_rng(1)


def flip(codes, most):
    """Flips 0 to `most` random bits of each code."""
    bits = np.unpackbits(codes, axis=1)
    for row, number in zip(bits, rng.integers(0, most + 1, len(bits))):
        row[rng.choice(256, number, replace=False)] ^= 1
    return np.packbits(bits, axis=1)


codes = rng.integers(0, 256, (count, 32), dtype=np.uint8)
shots = count // 12
for frame in range(1, 6):
    noise = np.zeros((shots, 32), np.uint8)
    for _ in range(rng.integers(1, 3)):
        noise[np.arange(shots), rng.integers(0, 32, shots)] ^= rng.integers(0, 256, shots, dtype=np.uint8)
    codes[frame * shots : (frame + 1) * shots] = codes[:shots] ^ noise
near = flip(codes[rng.integers(0, count, QUERIES // 2)], RADIUS)
queries = np.concatenate([near, rng.integers(0, 256, (QUERIES // 2, 32), dtype=np.uint8)])

faiss.omp_set_num_threads(1)
index = faiss.IndexBinaryFlat(256)
index.add(codes)


def time_faiss(batch):
    """Best of seven, ms a query. FAISS's radius is exclusive."""
    best = float("inf")
    for _ in range(7):
        start = time.perf_counter()
        for first in range(0, len(queries), batch):
            index.range_search(queries[first : first + batch], RADIUS + 1)
        best = min(best, time.perf_counter() - start)
    return best * 1e3 / len(queries)


with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    codes.tofile(folder / "codes")
    queries.tofile(folder / "queries")
    for batch in (1, len(queries)):
        theirs = time_faiss(batch)
        hits = folder / "hits"
        command = [program, folder / "codes", folder / "queries", str(RADIUS), str(batch), hits]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for line in printed.splitlines():
            kernel, ours = line.rsplit(" ", 1)
            print(f"{count} codes, {batch} a batch: {kernel} {ours} ms, FAISS {theirs:.4f} ms, ratio {float(ours) / theirs:.3f}")
        limits, distances, labels = index.range_search(queries, RADIUS + 1)
        numbers = np.repeat(np.arange(len(queries)), np.diff(limits).astype(int))
        expected = np.stack([numbers, labels, distances], axis=1).astype(np.uint32)
        expected = expected[np.lexsort((expected[:, 1], expected[:, 0]))]
        found = np.fromfile(hits, np.uint32).reshape(-1, 3)
        assert np.array_equal(found, expected), "the results differ"
        print(f"  {len(found)} hits, identical")
