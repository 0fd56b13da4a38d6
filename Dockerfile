# Builds the image of each process: docker build --target api|worker|mock-upstream|demo .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
ENV CI=true

# Fetches pnpm and the dependencies into a layer that stays cached until a lock file changes. The lock files hold the
# hashes of both. Where a proxy inspects TLS, the build secret extra_ca holds the certificates to trust. It enters no
# layer. The later steps need no network.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY script/tools/pnpm /pnpm
RUN --mount=type=secret,id=extra_ca \
    if [ -s /run/secrets/extra_ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/extra_ca; fi; \
    npm ci --prefix /pnpm --ignore-scripts --no-audit --no-fund --loglevel=error && \
    ln -s /pnpm/node_modules/@pnpm/exe.linux-*/pnpm /usr/local/bin/pnpm && \
    pnpm fetch --store-dir /pnpm-store --reporter=append-only

COPY . .
RUN pnpm install --frozen-lockfile --offline --store-dir /pnpm-store --reporter=append-only && \
    pnpm exec tsc -b apps/api apps/worker apps/mock-upstream apps/demo && \
    pnpm --filter @sluice/dashboard build
# Deploys each process with its runtime dependencies, without source maps, types and documentation. pnpm's metadata is
# removed because it contains timestamps: without it, a process whose code has not changed keeps its image, and is not
# restarted when another process changes.
RUN for app in api worker mock-upstream demo; do \
      pnpm --filter "@sluice/$app" --prod --offline --config.store-dir=/pnpm-store --reporter=append-only \
        deploy "/out/$app" || exit; \
    done && \
    find /out -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete && \
    find /out -type d -path '*@sluice/*/src' -prune -exec rm -r {} + && \
    rm -r /out/*/src /out/*/pnpm-*.yaml /out/*/node_modules/.modules.yaml /out/*/node_modules/.pnpm-workspace-state*.json && \
    printf '%s\n' \
      "const request = require('node:http').get(process.argv[2], ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))" \
      "request.on('error', () => process.exit(1))" > /out/is-healthy.cjs

FROM ${NODE_IMAGE} AS process
ENV NODE_ENV=production
# No process installs packages.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn-* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg
WORKDIR /app
COPY --from=build /out/is-healthy.cjs /usr/local/lib/
USER node
CMD ["node", "dist/main.js"]

FROM process AS api
# A volume that is mounted here gets this owner, so that the API can write its first API key.
USER root
RUN install -d -o node -g node -m 700 /keys
USER node
# The API must listen on all addresses to be reachable from outside the container.
ENV SLUICE_HOST=0.0.0.0 SLUICE_PORT=3000
COPY --from=build /out/api ./
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
  CMD node /usr/local/lib/is-healthy.cjs "http://127.0.0.1:$SLUICE_PORT/readyz"

FROM process AS worker
ENV SLUICE_METRICS_HOST=0.0.0.0 SLUICE_METRICS_PORT=9464
COPY --from=build /out/worker ./
EXPOSE 9464
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
  CMD node /usr/local/lib/is-healthy.cjs "http://127.0.0.1:$SLUICE_METRICS_PORT/readyz"

FROM process AS mock-upstream
ENV MOCK_HOST=0.0.0.0 MOCK_PORT=19999
COPY --from=build /out/mock-upstream ./
EXPOSE 19999
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 \
  CMD node /usr/local/lib/is-healthy.cjs "http://127.0.0.1:$MOCK_PORT/stats"

FROM process AS demo
# /tmp is the only folder that any user of the container can write to.
ENV SLUICE_DEMO_RESULTS=/tmp/results.ndjson
COPY --from=build /out/demo ./
