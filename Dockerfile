# The bridge: one program, its configuration files, and a user without rights.

# Brings the C compiler that some crates need, too.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
# The caches stay out of the image; the program is copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    SQLX_OFFLINE=true cargo build --release --locked --package tickncook-hubrise \
 && cp target/release/tickncook-hubrise /usr/local/bin/

FROM debian:bookworm-slim
# HubRise is reached over TLS.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* \
 && groupadd --gid 10001 tickncook \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tickncook
COPY --from=build /usr/local/bin/tickncook-hubrise /usr/local/bin/
COPY config /etc/tickncook-hubrise
ENV TICKNCOOK_CONFIG_DIR=/etc/tickncook-hubrise \
    TICKNCOOK_ENV=production \
    TICKNCOOK_LISTEN=0.0.0.0:8080
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["tickncook-hubrise", "health"]
ENTRYPOINT ["tickncook-hubrise"]
CMD ["serve"]
