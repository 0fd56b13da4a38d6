# The images of all processes: docker build --target api|worker|mock-upstream|demo .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
ENV CI=true

# What the lockfile names, in a layer that lasts until the lockfile changes. Where TLS is inspected, the build secret
# extra_ca holds the certificates to trust; it reaches no layer. Nothing after this step needs a network.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
RUN --mount=type=secret,id=extra_ca \
    if [ -s /run/secrets/extra_ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/extra_ca; fi; \
    npm install --global --no-audit --no-fund --loglevel=error "$(node -p 'require("./package.json").packageManager')" && \
    pnpm fetch --store-dir /pnpm-store --reporter=append-only

COPY . .
RUN pnpm install --frozen-lockfile --offline --store-dir /pnpm-store --reporter=append-only && \
    pnpm exec tsc -b apps/api apps/worker apps/mock-upstream apps/demo
# Each process with the packages it needs to run, less what only people and debuggers read, and less pnpm's notes, which
# hold times: a process whose code has not changed keeps its image, and is not restarted for the sake of another.
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
WORKDIR /app
COPY --from=build /out/is-healthy.cjs /usr/local/lib/
USER node
CMD ["node", "dist/main.js"]

FROM process AS api
# From outside the container it can be reached on no other address. It starts only with SLUICE_ALLOW_ANONYMOUS=true.
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
# The one folder that whoever runs it may write to.
ENV SLUICE_DEMO_RESULTS=/tmp/results.ndjson
COPY --from=build /out/demo ./
