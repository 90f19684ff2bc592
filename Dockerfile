# firstseen as an image: the program, Debian's FFmpeg, a user without rights. Nothing in it needs a network when it runs:
#
#   docker build --tag firstseen .
#   docker run --rm --network none --volume "$PWD/media:/media:ro" firstseen check /media --index /media/.firstseen
#
# Debian builds FFmpeg under the GPL, so the image as a whole is under the GPL; firstseen itself is MIT or Apache-2.0.
FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends pkg-config libavcodec-dev libavformat-dev libavutil-dev \
        libswscale-dev libswresample-dev libclang-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin firstseen

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libavcodec59 libavformat59 libavutil57 libswscale6 libswresample4 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/target/release/firstseen /usr/local/bin/firstseen
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/firstseen/
# A number, so that a cluster that forbids root can see that this is none.
USER 65532:65532
WORKDIR /media
ENTRYPOINT ["firstseen"]
CMD ["--help"]
