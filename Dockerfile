# Two stages: build with the development packages, run without them, not as root.
# No engine at hand? `scripts/docker-steps` runs these very steps in a clean folder.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Not `npm ci`: it refuses a lock that was made where the binaries of other platforms could not be seen.
RUN npm install --no-save
COPY tsconfig.json tsconfig.client.json ./
COPY scripts/build.mjs scripts/wrapper.mjs scripts/
COPY packages-templates packages-templates
COPY src src
RUN node scripts/build.mjs && npm prune --omit=dev --no-save

FROM node:20-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 DATA_FOLDER=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages-templates packages-templates
COPY --from=build /app/dist dist
RUN mkdir /data && chown node:node /data && chmod 700 /data
USER node
VOLUME /data
EXPOSE 8080
# Whether the process answers, not whether it is ready: with its database away it still keeps open courses going, so nothing
# may end it or keep requests from it for that (docs/monitoring.md).
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD node -e "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"
# Twice the room for what lives for a moment: in a burst, fewer collections in which a hundred launches under way are copied.
# And none of it is taken for what stays: an engine that guesses so from a quiet moment lets a long report take 100 MB more.
CMD ["node", "--max-semi-space-size=32", "--heap-growing-percent=100", "--no-allocation-site-pretenuring", "dist/main.js"]
